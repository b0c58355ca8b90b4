//! `fates.parquet`: the lines of usage that are on no bill, by number: held, or dropped by a rule.

use std::path::Path;

use ratebook_line::{MOST_ROWS, TextBuilder, TextColumn, Values};

use super::column::{Data, count, some, text};
use super::table::{Table, TableReader, TableWriter};
use crate::failure::Failure;
use crate::files::Draft;

pub(super) const FATES: Table = Table {
    name: "fates",
    columns: &[
        count("line", "the line of usage, counted from 0 over all sources by name"),
        text("fate", "held or dropped"),
        text("code", "why it is held: rule, or the problem (no-price ...)"),
        text("rule", "the rule that holds or drops it, or that the problem is about"),
        text("reason", "the rule's reason, or the problem in words"),
        text("customer", "whose bill it waits for"),
    ],
};

/// A line of usage that is on no bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate<'a> {
    /// Its number.
    pub line: u64,
    /// Why it is held; none if it is dropped.
    pub held: Option<&'a str>,
    /// The rule.
    pub rule: Option<&'a str>,
    /// The reason.
    pub reason: &'a str,
    /// Whose bill it waits for.
    pub customer: Option<&'a str>,
}

/// Fates on their way to their table.
pub(crate) struct FatesWriter {
    table: TableWriter,
    lines: Vec<u64>,
    texts: [TextBuilder; 5],
}

impl FatesWriter {
    /// Begins the table.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub(crate) fn new(path: &Path) -> Result<FatesWriter, Failure> {
        Ok(FatesWriter {
            table: TableWriter::new(FATES, path)?,
            lines: Vec::new(),
            texts: Default::default(),
        })
    }

    /// Adds a line; they come by number.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn push(&mut self, fate: Fate<'_>) -> Result<(), Failure> {
        let word = if fate.held.is_some() { "held" } else { "dropped" };
        let texts = [
            word,
            fate.held.unwrap_or_default(),
            fate.rule.unwrap_or_default(),
            fate.reason,
            fate.customer.unwrap_or_default(),
        ];
        self.texts.iter_mut().zip(texts).for_each(|(column, text)| column.push(text));
        self.lines.push(fate.line);
        if self.lines.len() >= MOST_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let lines = Values::Each(std::mem::take(&mut self.lines));
        let texts = self.texts.each_mut().map(TextBuilder::take);
        let mut columns = vec![Data::Count(&lines)];
        columns.extend(texts.iter().map(Data::Text));
        let rows = if let Values::Each(lines) = &lines { lines.len() } else { 0 };
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

/// Fates that are read one behind the other, by number.
pub(crate) struct FatesReader {
    table: TableReader,
    /// The row group to read next.
    group: usize,
    lines: Vec<u64>,
    /// Fate, code, rule, reason, customer.
    texts: [TextColumn; 5],
    at: usize,
}

impl FatesReader {
    /// Opens the table.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub(crate) fn open(path: &Path) -> Result<FatesReader, Failure> {
        let table = TableReader::open(FATES, path)?;
        let texts = [""; 5].map(TextColumn::same);
        Ok(FatesReader { table, group: 0, lines: Vec::new(), texts, at: 0 })
    }

    /// The number of the next line, without going on to it.
    ///
    /// # Errors
    /// If the table cannot be read, or is not as it was written.
    pub(crate) fn peek(&mut self) -> Result<Option<u64>, Failure> {
        while self.at == self.lines.len() && self.group < self.table.groups() {
            let group = self.table.group(self.group)?;
            self.lines = group.counts("line")?;
            self.texts = [
                group.texts("fate")?,
                group.texts("code")?,
                group.texts("rule")?,
                group.texts("reason")?,
                group.texts("customer")?,
            ];
            (self.group, self.at) = (self.group + 1, 0);
        }
        Ok(self.lines.get(self.at).copied())
    }

    /// The next line.
    ///
    /// # Errors
    /// As for [`FatesReader::peek`].
    pub(crate) fn next(&mut self) -> Result<Option<Fate<'_>>, Failure> {
        let Some(line) = self.peek()? else { return Ok(None) };
        let row = self.at;
        self.at += 1;
        let [fate, code, rule, reason, customer] = self.texts.each_ref().map(|column| column.get(row));
        if (fate == "held") != some(code).is_some() {
            return Err(self.table.damaged("a line is neither held nor dropped"));
        }
        Ok(Some(Fate { line, held: some(code), rule: some(rule), reason, customer: some(customer) }))
    }
}
