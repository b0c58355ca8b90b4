//! A sheet of an XLSX workbook.
//!
//! Its numbers are binary floating ones: that is what a workbook holds. Each is taken as the shortest decimal that is the
//! same number, which is what was typed as long as that had no more than 15 digits, the most that spreadsheets show.
//! Longer ones come of a calculation (0.1 + 0.2) and are refused: rounding is for rules and people.

mod guarded;
mod rows;

use std::borrow::Cow;
use std::io::Cursor;

use calamine::{Data, ExcelDateTime, Reader, Xlsx, open_workbook_from_rs};
use ratebook_plugin::{Fingerprint, Place, Problem};

use self::guarded::guarded;
use self::rows::Rows;
use super::header::{Header, Search, by_number};
use super::inflated;
use super::record::{Cell, LONG_NUMBER, Record, Seen, Take};
use crate::config::{HeaderAt, Settings};

/// The most digits that a number of a spreadsheet is sure of.
const DIGITS: usize = 15;

pub(super) fn each(settings: &Settings, bytes: &[u8], take: Take<'_>) -> Result<Seen, Problem> {
    inflated::check(bytes, settings.inflating)?;
    let mut workbook: Xlsx<_> = guarded(|| open_workbook_from_rs(Cursor::new(bytes)))?;
    let sheet = sheet(settings, &workbook.sheet_names())?;
    let mut rows = Rows::new(guarded(|| workbook.worksheet_cells_reader(&sheet))?);
    let (header, mut seen) = match settings.header {
        HeaderAt::Nowhere => by_number(settings, None)?,
        _ => find_header(settings, &mut rows)?,
    };
    let preamble = std::mem::take(&mut seen.preamble);
    while let Some(row) = rows.next()? {
        seen.records += 1;
        let cells = header
            .places
            .iter()
            .map(|at| at.and_then(|at| row.get(at)).map_or(Cell::Absent, |data| cell(data, settings)));
        let cells: Vec<Cell<'_>> = cells.collect();
        let texts: Vec<String> =
            row.cells().iter().flat_map(|(column, data)| [column.to_string(), data.to_string()]).collect();
        let first = row.cells().iter().map(|(_, data)| cell(data, settings)).find(|cell| !cell.is_empty());
        take(&Record {
            place: Place { record: seen.records, line: Some(row.line) },
            cells: &cells,
            preamble: &preamble,
            blank: first.is_none(),
            first: first.map_or_else(String::new, |cell| cell.text().to_owned()).into(),
            fingerprint: Fingerprint::of(texts.iter().map(String::as_str)),
            fault: None,
        })?;
    }
    Ok(Seen { preamble, ..seen })
}

/// The sheet that is read: the configured one, or the only one.
fn sheet(settings: &Settings, sheets: &[String]) -> Result<String, Problem> {
    match (&settings.sheet, sheets) {
        (Some(sheet), _) if sheets.contains(sheet) => Ok(sheet.clone()),
        (Some(sheet), _) => Err(Problem::data(format!("there is no sheet {sheet:?} in the workbook"))
            .advise(format!("Its sheets are: {}.", sheets.join(", ")))),
        (None, [only]) => Ok(only.clone()),
        (None, _) => {
            Err(Problem::data(format!("the workbook has {} sheets: {}", sheets.len(), sheets.join(", ")))
                .advise("Say in sheet which of them is read."))
        }
    }
}

fn find_header(settings: &Settings, rows: &mut Rows<'_, Cursor<&[u8]>>) -> Result<(Header, Seen), Problem> {
    let mut search = Search::new(settings);
    while let Some(row) = rows.next()? {
        if search.is_over(row.line) {
            break;
        }
        // A table may begin in any column.
        let Some((first, _)) = row.cells().first() else { continue };
        let last = row.cells().last().map_or(*first, |(last, _)| *last);
        let (first, end) = (*first as usize, last as usize + 1);
        let name = |at| row.get(at).map(|data| cell(data, settings).text().to_owned()).unwrap_or_default();
        if let Some(mut header) = search.look(row.line, (first..end).map(name).collect())? {
            header.places.iter_mut().flatten().for_each(|place| *place += first);
            return Ok((header, search.seen));
        }
    }
    Err(search.failed("a sheet without it"))
}

fn cell<'r>(data: &'r Data, settings: &Settings) -> Cell<'r> {
    let number = |digits: String| match digits.bytes().filter(u8::is_ascii_digit).count() {
        // Zeros before the point's first digit or at the end of a whole number say nothing of how exact it is.
        count if count > DIGITS && significant(&digits) > DIGITS => Cell::Strange(LONG_NUMBER),
        _ => Cell::Number(Cow::Owned(digits)),
    };
    match data {
        Data::Empty => Cell::Absent,
        Data::Int(value) => number(value.to_string()),
        Data::Float(value) => number(value.to_string()),
        Data::String(text) if text.trim().is_empty() => Cell::Absent,
        Data::String(text) => Cell::Text(text.trim().into()),
        Data::Bool(value) => Cell::Text(if *value { "true" } else { "false" }.into()),
        Data::DateTime(time) => date(time, settings),
        Data::DateTimeIso(text) => Cell::Text(text.into()),
        Data::DurationIso(_) => Cell::Strange("a duration"),
        Data::Error(_) => Cell::Strange("the error of a formula"),
    }
}

fn significant(digits: &str) -> usize {
    let plain: String = digits.chars().filter(char::is_ascii_digit).collect();
    plain.trim_start_matches('0').trim_end_matches('0').len()
}

/// A date as the configured pattern writes it; its time is left out.
fn date(time: &ExcelDateTime, settings: &Settings) -> Cell<'static> {
    if time.is_duration() {
        return Cell::Strange("a duration");
    }
    let (year, month, day, ..) = time.to_ymd_hms_milli();
    Cell::Text(settings.dates.write(year, month, day).into())
}
