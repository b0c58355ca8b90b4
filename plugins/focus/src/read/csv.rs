//! FOCUS as CSV, streamed: memory is for one record, whatever the length of the file.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};
use ratebook_plugin::{Fingerprint, Payload, Place, Problem};

use super::{Record, Seen, Take};
use crate::cell::Cell;
use crate::columns::find;
use crate::config::Settings;

pub(super) fn each(settings: &Settings, payload: &mut Payload<'_>, take: Take<'_>) -> Result<Seen, Problem> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(payload);
    let mut row = StringRecord::new();
    if !reader.read_record(&mut row).map_err(|error| problem(&error))? {
        return Err(Problem::data("the file is empty"));
    }
    let header: Vec<String> = row.iter().map(|name| name.trim().to_owned()).collect();
    let found = find(&header, &settings.wanted, &settings.one_of)?;
    let columns = header.len();
    let mut records = 0;
    while reader.read_record(&mut row).map_err(|error| problem(&error))? {
        records += 1;
        let cells: Vec<Cell<'_>> = found
            .at
            .iter()
            .map(|at| match at.and_then(|at| row.get(at)) {
                None | Some("") => Cell::Null,
                Some(text) => Cell::Text(Cow::Borrowed(text)),
            })
            .collect();
        let fault = if row.iter().any(|cell| holds_a_row(cell, columns)) {
            Some("a whole row inside a cell: a quote that is not closed".to_owned())
        } else {
            (row.len() != columns).then(|| format!("{} cells under {columns} columns", row.len()))
        };
        let line = row.position().map(csv::Position::line);
        let fingerprint = Some(Fingerprint::of(&row));
        take(&Record { place: Place { record: records, line }, cells: &cells, fingerprint, fault })?;
    }
    Ok(Seen { records, found, floats: Vec::new() })
}

/// True if a line inside a cell has as many commas as a row.
fn holds_a_row(cell: &str, columns: usize) -> bool {
    cell.contains('\n')
        && cell.lines().skip(1).any(|line| line.bytes().filter(|byte| *byte == b',').count() + 1 >= columns)
}

/// What stopped the reading: the host's own problem, or bytes that are no text.
fn problem(error: &csv::Error) -> Problem {
    match error.kind() {
        csv::ErrorKind::Io(error) => Payload::read_error(error),
        csv::ErrorKind::Utf8 { pos, err } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            Problem::data(format!("line {line}: not UTF-8 text, in cell {}", err.field() + 1))
        }
        _ => Problem::data(error.to_string()),
    }
}
