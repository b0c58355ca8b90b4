//! The sheets of a workbook: the one that is most like a table.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use ratebook_plugin::Problem;
use zip::ZipArchive;

use super::super::grid;
use super::super::table::Table;

/// The most bytes that a workbook may hold.
const MOST: u64 = 256 << 20;
/// The most columns that are looked at.
const COLUMNS: usize = 1000;

/// True for a workbook, by what is in the archive.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        && ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| {
            archive.file_names().any(|name| name.is_ok_and(|name| name.starts_with("xl/")))
        })
}

/// Reads the first rows of each sheet.
pub(super) fn read(bytes: &[u8]) -> Result<Table, Problem> {
    check(bytes)?;
    // The library that reads workbooks panics over some damages.
    let tables = catch_unwind(AssertUnwindSafe(|| tables(bytes)));
    let tables = tables.unwrap_or_else(|_| Err("it is damaged".to_owned()));
    let (count, tables) =
        tables.map_err(|why| Problem::data(format!("this is not a workbook that can be read: {why}")))?;
    let mut best: Option<((usize, usize), Table)> = None;
    for (name, rows) in tables {
        let Some((score, mut table)) = grid::read(&rows) else { continue };
        for column in &mut table.columns {
            column.is_number = column
                .cells
                .iter()
                .all(|cell| cell.is_empty() || ratebook_line::Decimal::from_json_number(cell).is_ok());
        }
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, Table { format: "xlsx", sheet: (count > 1).then_some(name), ..table }));
        }
    }
    best.map(|(_, table)| table)
        .ok_or_else(|| Problem::data("no sheet of the workbook has a header that was found"))
}

/// Sheets with their names.
type Sheets = Vec<(String, Vec<Vec<String>>)>;

fn tables(bytes: &[u8]) -> Result<(usize, Sheets), String> {
    let mut workbook: Xlsx<_> =
        open_workbook_from_rs(Cursor::new(bytes)).map_err(|error: calamine::XlsxError| error.to_string())?;
    let names = workbook.sheet_names();
    let mut sheets = Vec::new();
    for name in names.iter().take(20) {
        let mut cells = workbook.worksheet_cells_reader(name).map_err(|error| error.to_string())?;
        let mut rows: Vec<Vec<String>> = Vec::new();
        while let Some(cell) = cells.next_cell().map_err(|error| error.to_string())? {
            let (row, column) = cell.get_position();
            let (row, column) = (row as usize, column as usize);
            if row >= grid::ROWS {
                break;
            }
            if column >= COLUMNS {
                continue;
            }
            if rows.len() <= row {
                rows.resize(row + 1, Vec::new());
            }
            if rows[row].len() <= column {
                rows[row].resize(column + 1, String::new());
            }
            rows[row][column] = text(&cell.get_value().clone().into());
        }
        let width = rows.iter().map(Vec::len).max().unwrap_or_default();
        rows.iter_mut().for_each(|row| row.resize(width, String::new()));
        sheets.push((name.clone(), rows));
    }
    Ok((names.len(), sheets))
}

fn text(data: &Data) -> String {
    match data {
        Data::DateTime(time) if !time.is_duration() => {
            let (year, month, day, ..) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string().trim().to_owned(),
    }
}

/// Refuses a workbook that holds more than anybody looks at.
fn check(bytes: &[u8]) -> Result<(), Problem> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| Problem::data(error.to_string()))?;
    let (mut inflated, mut part) = (0, vec![0; 64 << 10]);
    for at in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(at) else { continue };
        while let Some(count) = entry.read(&mut part).ok().filter(|count| *count > 0) {
            inflated += count as u64;
            if inflated > MOST {
                return Err(Problem::data(format!("the workbook inflates to more than {MOST} bytes")));
            }
        }
    }
    Ok(())
}
