//! `csv_v2_0`: columns by name, wherever they stand.

use std::io::Read;

use ratebook_plugin::{CsvReader, CsvRecord, Faults, Place, Problem, Shape, describe};

use super::row::{LABELS, Positions, Row, positions};

/// A report on its way: the header read, the rows to come.
pub(crate) struct CsvReport<R> {
    reader: CsvReader<R>,
    header: Vec<String>,
    positions: Positions,
}

impl<R: Read> CsvReport<R> {
    /// Reads the header, holds it against the columns that are known and looks them up.
    pub(crate) fn open(input: R, shape: &mut Shape<'_>) -> Result<CsvReport<R>, Problem> {
        let mut reader = CsvReader::new(input, b',');
        let header: Vec<String> = match reader.read()? {
            Some(record) => record.cells().map(|name| name.trim().to_owned()).collect(),
            None => Vec::new(),
        };
        check_header(&header, shape)?;
        let positions = positions(|name| header.iter().position(|found| found == name));
        Ok(CsvReport { reader, header, positions })
    }

    /// Whether the report was made with SKUs.
    pub(crate) fn has_sku_column(&self) -> bool {
        self.header.iter().any(|name| name == "sku")
    }

    /// Hands over each row that has a cell for each column; others are noted.
    pub(crate) fn rows(
        &mut self,
        faults: &mut Faults,
        mut take: impl FnMut(&Row<'_>, &mut Faults) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let CsvReport { reader, header, positions } = self;
        let mut number = 0;
        while let Some(record) = reader.read()? {
            number += 1;
            let place = Place { record: number, line: Some(record.line()) };
            let (cells, columns) = (record.len(), header.len());
            if cells != columns {
                faults.add(place, format_args!("{cells} cells under {columns} columns"));
            } else if let Some(column) = swallowed(&record, header) {
                faults.add(place, format_args!("a line break inside {column} (a quote that is not closed?)"));
            } else {
                take(&Row::of(place, record.fingerprint(), record.cells_at(positions)), faults)?;
            }
        }
        Ok(())
    }
}

/// The column in which a line break shows that a quote was not closed: any that is not a label, and a label that holds as
/// many commas as the rest of its own row would.
fn swallowed<'h>(record: &CsvRecord<'_>, header: &'h [String]) -> Option<&'h str> {
    if !record.has_line_breaks() {
        return None;
    }
    let mut broken =
        record.cells().zip(header).enumerate().filter(|(_, (cell, _))| cell.contains(['\n', '\r']));
    let wrong = broken.find(|(at, (cell, name))| {
        let rest_of_row = header.len() - 1 - at;
        !LABELS.contains(&name.as_str()) || cell.matches(',').count() >= rest_of_row
    });
    wrong.map(|(_, (_, name))| name.as_str())
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
