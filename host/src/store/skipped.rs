//! `skipped/<source>.parquet`: one row per record that is no line, and why.

use std::path::Path;

use ratebook_line::{MOST_ROWS, TextBuilder, TextColumn, Values};
use ratebook_plugin::batch::SkippedRecords;

use super::column::{Data, count, text};
use super::table::{Table, TableReader, TableWriter};
use crate::failure::Failure;
use crate::files::Draft;

pub(super) const SKIPPED: Table = Table {
    name: "skipped",
    columns: &[
        text("payload", "SHA-256 of the payload, in hex"),
        count("record", "the record of the payload, counted from 1"),
        text(
            "reason",
            "why it is no line: aggregate, pseudo, no-sku, zero, trial, internal, excluded or duplicate",
        ),
        text("what", "what it is, for people: a tenant, a meter"),
    ],
};

/// A record that is no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SkippedRecord<'a> {
    /// SHA-256 of its payload, in hex.
    pub payload: &'a str,
    /// Its number in the payload, counted from 1.
    pub record: u64,
    /// Why, in a word.
    pub reason: &'a str,
    /// What it is, for people.
    pub what: &'a str,
}

/// Skipped records on their way to their table.
pub(crate) struct SkippedWriter {
    table: TableWriter,
    records: Vec<u64>,
    texts: [TextBuilder; 3],
}

impl SkippedWriter {
    /// Begins the table.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub(crate) fn new(path: &Path) -> Result<SkippedWriter, Failure> {
        let table = TableWriter::new(SKIPPED, path)?;
        Ok(SkippedWriter { table, records: Vec::new(), texts: Default::default() })
    }

    /// Adds records of a payload (its SHA-256, in hex).
    ///
    /// # Errors
    /// If they cannot be written.
    pub(crate) fn push(&mut self, payload: &str, skipped: &SkippedRecords) -> Result<(), Failure> {
        let payload = TextColumn::same(payload);
        let mut from = 0;
        while from < skipped.rows() {
            let rows = from..skipped.rows().min(from + MOST_ROWS - self.records.len());
            let columns = [&payload, skipped.reasons(), skipped.what()];
            for (column, other) in self.texts.iter_mut().zip(columns) {
                column.append(other, rows.clone());
            }
            self.records.extend(rows.clone().map(|row| skipped.records().get(row)));
            from = rows.end;
            if self.records.len() >= MOST_ROWS {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let records = std::mem::take(&mut self.records);
        let rows = records.len();
        let [payload, reason, what] = &self.texts.each_mut().map(TextBuilder::take);
        let record = Values::Each(records);
        let columns = [Data::Text(payload), Data::Count(&record), Data::Text(reason), Data::Text(what)];
        self.table.rows(rows, &columns)
    }

    /// The whole table, not yet at its place.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn finish(mut self) -> Result<Draft, Failure> {
        self.flush()?;
        self.table.finish()
    }
}

/// Gives every skipped record, in the order in which they were told.
///
/// # Errors
/// If the table cannot be read, or is not as it was written; the first of `take`.
pub(crate) fn each_skipped(
    path: &Path,
    mut take: impl FnMut(SkippedRecord<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let table = TableReader::open(SKIPPED, path)?;
    for group in 0..table.groups() {
        let group = table.group(group)?;
        let [payload, reason, what] = [group.texts("payload")?, group.texts("reason")?, group.texts("what")?];
        for (row, record) in group.counts("record")?.into_iter().enumerate() {
            let (payload, reason, what) = (payload.get(row), reason.get(row), what.get(row));
            take(SkippedRecord { payload, record, reason, what })?;
        }
    }
    Ok(())
}
