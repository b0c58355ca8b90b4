//! FOCUS as CSV, streamed: memory is for one record, whatever the length of the file.

use std::borrow::Cow;

use ratebook_plugin::{CsvFault, CsvReader, CsvRecord, Payload, Place, Problem};

use super::record::{Record, Seen, Take};
use crate::cell::Cell;
use crate::columns::find;
use crate::config::Settings;

pub(super) fn each(settings: &Settings, payload: &mut Payload<'_>, take: Take<'_>) -> Result<Seen, Problem> {
    let mut reader = CsvReader::new(payload, b',');
    let Some(first) = reader.read().map_err(problem)? else {
        return Err(Problem::data("the file is empty"));
    };
    let header: Vec<String> = first.cells().map(|name| name.trim().to_owned()).collect();
    let found = find(&header, &settings.wanted, &settings.one_of)?;
    let mut records = 0;
    while let Some(record) = reader.read().map_err(problem)? {
        records += 1;
        let cells: Vec<Cell<'_>> = found
            .at
            .iter()
            .map(|at| match at.and_then(|at| record.cell(at)) {
                None | Some("") => Cell::Null,
                Some(text) => Cell::Text(Cow::Borrowed(text)),
            })
            .collect();
        take(&Record {
            place: Place { record: records, line: Some(record.line()) },
            cells: &cells,
            fingerprint: Some(record.fingerprint()),
            fault: fault(&record, header.len()),
        })?;
    }
    Ok(Seen { records, found, floats: Vec::new() })
}

fn fault(record: &CsvRecord<'_>, columns: usize) -> Option<String> {
    if record.has_line_breaks() && record.cells().any(|cell| holds_a_row(cell, columns)) {
        return Some("a whole row inside a cell: a quote that is not closed".to_owned());
    }
    let count = record.len();
    (count != columns).then(|| format!("{count} cells under {columns} columns"))
}

/// True if a line inside a cell has as many commas as a row.
fn holds_a_row(cell: &str, columns: usize) -> bool {
    cell.contains('\n')
        && cell.lines().skip(1).any(|line| line.bytes().filter(|byte| *byte == b',').count() + 1 >= columns)
}

/// What stopped the reading: the host's own problem, or bytes that are no text.
fn problem(fault: CsvFault) -> Problem {
    match fault {
        CsvFault::NotUtf8 { line, cell, .. } | CsvFault::Cut { line, cell, .. } => {
            Problem::data(format!("line {line}: not UTF-8 text, in cell {cell}"))
        }
        other => other.into(),
    }
}
