//! Cells separated by a sign: columns by name, wherever they stand, the header wherever it stands.

use std::borrow::Cow;

use ratebook_plugin::{CsvReader, CsvRecord, Place, Problem, describe};

use super::header::{Header, Search, by_number};
use super::record::{Cell, Fault, Record, Seen, Take};
use crate::config::{HeaderAt, LineBreaks, Settings};

pub(super) fn each(settings: &Settings, delimiter: u8, text: &str, take: Take<'_>) -> Result<Seen, Problem> {
    let mut reader = CsvReader::new(text.as_bytes(), delimiter);
    let (header, mut seen) = match settings.header {
        HeaderAt::Nowhere => without_header(settings, delimiter, text)?,
        _ => find_header(settings, delimiter, text, &mut reader)?,
    };
    let preamble = std::mem::take(&mut seen.preamble);
    let mut width = None;
    while let Some(record) = reader.read()? {
        seen.records += 1;
        // `trim` takes spaces that do not break too.
        let cell = |at: usize| {
            let text = record.cell(at).unwrap_or_default().trim();
            // To compare with an empty text, which lies nowhere, takes some processors longer than all the rest of a record.
            match settings.strip_prefix.as_str() {
                "" => text,
                prefix => text.strip_prefix(prefix).unwrap_or(text),
            }
        };
        let cells = header.places.iter().map(|at| match at.map(cell) {
            None | Some("") => Cell::Absent,
            Some(text) if record.has_line_breaks() => Cell::Text(on_one_line(text, settings.line_breaks)),
            Some(text) => Cell::Text(text.into()),
        });
        let cells: Vec<Cell<'_>> = cells.collect();
        let first = record.cells().map(str::trim).find(|cell| !cell.is_empty());
        let width = match width {
            None if first.is_some() => *width.insert(width_of(&header.names, &record)),
            width => width.unwrap_or(header.names.len()),
        };
        take(&Record {
            place: Place { record: seen.records, line: Some(record.line()) },
            cells: &cells,
            preamble: &preamble,
            first: first.unwrap_or_default().into(),
            blank: first.is_none(),
            fingerprint: record.fingerprint(),
            fault: fault(settings, delimiter, &record, width),
        })?;
    }
    Ok(Seen { preamble, ..seen })
}

/// How many cells each record has. A header or its records may end with signs between cells and nothing behind them: the first
/// record shows it, and all others must be as it is.
fn width_of(names: &[String], first: &CsvRecord<'_>) -> usize {
    let named = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    let is_empty_beyond = first.cells().skip(names.len()).all(|cell| cell.trim().is_empty());
    match first.len() >= named && is_empty_beyond {
        true => first.len(),
        false => names.len(),
    }
}

/// The columns of a file without a header, by their numbers: there are as many as the first record has cells.
fn without_header(settings: &Settings, delimiter: u8, text: &str) -> Result<(Header, Seen), Problem> {
    match CsvReader::new(text.as_bytes(), delimiter).read()? {
        Some(first) => by_number(settings, Some(first.len())),
        None => Err(Problem::data("the file is empty")),
    }
}

fn fault(settings: &Settings, delimiter: u8, record: &CsvRecord<'_>, columns: usize) -> Option<Fault> {
    let broken = |cell: &str| match settings.line_breaks {
        LineBreaks::Refused => cell.contains(['\n', '\r']),
        _ => cell.lines().skip(1).any(|line| columns > 1 && cells_of(line, delimiter) >= columns),
    };
    if record.has_line_breaks() && record.cells().any(broken) {
        return Some(Fault::Swallowed(match settings.line_breaks {
            LineBreaks::Refused => {
                "a line break inside a cell: a quote that is not closed, or a text of several lines (then set \
                 line_breaks = true)"
            }
            _ => "a whole row inside a cell: a quote that is not closed",
        }));
    }
    let count = record.len();
    (count != columns).then(|| Fault::Cells(format!("{count} cells under {columns} columns")))
}

/// A text of several lines as one: ids and names hold no line breaks.
fn on_one_line(text: &str, breaks: LineBreaks) -> Cow<'_, str> {
    let mut lines = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    match breaks {
        LineBreaks::FirstLine => lines.next().unwrap_or_default().into(),
        _ => lines.collect::<Vec<_>>().join(" ").into(),
    }
}

fn cells_of(line: &str, delimiter: u8) -> usize {
    line.bytes().filter(|byte| *byte == delimiter).count() + 1
}

fn find_header(
    settings: &Settings,
    delimiter: u8,
    text: &str,
    reader: &mut CsvReader<&[u8]>,
) -> Result<(Header, Seen), Problem> {
    let mut search = Search::new(settings);
    while !search.is_over(reader.line())
        && let Some(record) = reader.read()?
    {
        let names = record.cells().map(|name| name.trim().to_owned()).collect();
        if let Some(header) = search.look(record.line(), names)? {
            return Ok((header, search.seen));
        }
    }
    if text.trim().is_empty() {
        return Err(Problem::data("the file is empty"));
    }
    let (line, cells) = search.nearest();
    let problem = search.failed(&describe(text.as_bytes()));
    let head = text.lines().nth(usize::try_from(line.saturating_sub(1)).unwrap_or(0)).unwrap_or_default();
    let often = |sign: u8| head.bytes().filter(|byte| *byte == sign).count();
    let others = b",;\t|".iter().copied().filter(|sign| *sign != delimiter);
    let other = others.max_by_key(|sign| often(*sign)).filter(|sign| cells == 1 && often(*sign) > 0);
    Err(match other {
        Some(sign) => problem.advise(format!(
            "The cells seem to be separated otherwise: set delimiter = {:?}.",
            char::from(sign).to_string()
        )),
        None => problem,
    })
}
