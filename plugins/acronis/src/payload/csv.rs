//! `csv_v2_0`: columns by name, wherever they stand.

use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use ratebook_plugin::{Faults, Fingerprint, Payload, Problem, Shape, describe};

use super::utf8::Checked;
use super::{LABELS, Positions, Row};
use crate::rows::RowNumber;

/// A report on its way: the header read, the rows to come.
pub(crate) struct CsvReport<R> {
    reader: csv::Reader<Checked<R>>,
    since_record: Rc<Cell<u64>>,
    record: StringRecord,
    header: Vec<String>,
    positions: Positions,
    number: u64,
}

impl<R: Read> CsvReport<R> {
    /// Reads the header, holds it against the columns that are known and looks them up.
    pub(crate) fn open(input: R, shape: &mut Shape<'_>) -> Result<CsvReport<R>, Problem> {
        let since_record = Rc::new(Cell::new(0));
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(128 << 10)
            .from_reader(Checked::new(input, Rc::clone(&since_record)));
        let mut record = StringRecord::new();
        reader.read_record(&mut record).map_err(read_error)?;
        let header: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
        check_header(&header, shape)?;
        let positions = Positions::of(|name| header.iter().position(|found| found == name));
        Ok(CsvReport { reader, since_record, record, header, positions, number: 0 })
    }

    /// Whether the report was made with SKUs.
    pub(crate) fn has_sku_column(&self) -> bool {
        self.positions.sku != usize::MAX
    }

    /// The next row that has a cell for each column; others are noted.
    pub(crate) fn next(&mut self, faults: &mut Faults) -> Result<Option<Row<'_>>, Problem> {
        loop {
            self.since_record.set(0);
            let line = self.reader.position().line();
            if !self.reader.read_record(&mut self.record).map_err(read_error)? {
                return Ok(None);
            }
            self.number += 1;
            if self.record.len() != self.header.len() {
                let (cells, columns) = (self.record.len(), self.header.len());
                faults.add(RowNumber(self.number), format_args!("{cells} cells under {columns} columns"));
            } else if self.reader.position().line() > line + 1
                && let Some(column) = self.swallowed()
            {
                faults.add(
                    RowNumber(self.number),
                    format_args!("a line break inside {column} (a quote that is not closed?)"),
                );
            } else {
                break;
            }
        }
        let record = &self.record;
        let cell = |at| record.get(at).unwrap_or_default();
        Ok(Some(Row::of(self.number, Fingerprint::of(record), &self.positions, cell)))
    }

    /// The column in which a line break shows that a quote was not closed: any that is not a label, and a label that
    /// holds as many commas as the rest of its own row would.
    fn swallowed(&self) -> Option<&str> {
        let cells = self.record.iter().zip(&self.header).enumerate();
        let mut broken = cells.filter(|(_, (cell, _))| cell.contains(['\n', '\r']));
        let wrong = broken.find(|(at, (cell, name))| {
            let rest_of_row = self.header.len() - 1 - at;
            !LABELS.contains(&name.as_str()) || cell.matches(',').count() >= rest_of_row
        });
        wrong.map(|(_, (_, name))| name.as_str())
    }
}

fn check_header(header: &[String], shape: &mut Shape<'_>) -> Result<(), Problem> {
    let mut twice = None;
    for (at, name) in header.iter().enumerate() {
        if shape.has(name) && header[..at].contains(name) {
            twice = twice.or(Some(name));
        }
    }
    if let Some(twice) = twice {
        return Err(Problem::data(format!(
            "the report has the column {twice} twice; found {}",
            header.join(",")
        )));
    }
    let missing = shape.missing();
    if missing.is_empty() {
        return Ok(());
    }
    let (found, needed) = (header.join(","), shape.needed());
    if missing.len() == needed.len() {
        return Err(Problem::data(format!("expected a csv_v2_0 report, got {}", describe(found.as_bytes()))));
    }
    Err(Problem::data(format!(
        "the report lacks the columns {}\nexpected {},sku\nfound    {found}",
        missing.join(", "),
        needed.join(",")
    )))
}

/// What a failed read means: the host's or the check's own problem if one of them made it.
pub(crate) fn read_error(error: csv::Error) -> Problem {
    let text = error.to_string();
    match error.into_kind() {
        ErrorKind::Io(error) => Payload::read_error(&error),
        _ => Problem::data(text),
    }
}
