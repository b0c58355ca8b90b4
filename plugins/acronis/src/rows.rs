//! Rows as people are told of them.

use std::fmt;

/// Faults that are told one by one; the rest is counted.
pub(crate) const FAULTS_TOLD: usize = 10;

/// A row where something is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowNumber(pub(crate) u64);

impl fmt::Display for RowNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.0)
    }
}

/// Rows that something is told about once, with the first of them named.
#[derive(Debug, Default)]
pub(crate) struct Examples {
    first: Vec<u64>,
    count: u64,
}

impl Examples {
    pub(crate) fn add(&mut self, row: u64) {
        self.count += 1;
        if self.first.len() < 3 {
            self.first.push(row);
        }
    }

    /// `3 rows (2, 5, 9)`, if there are any.
    pub(crate) fn told(&self) -> Option<String> {
        let rows: Vec<String> = self.first.iter().map(u64::to_string).collect();
        let more = if self.count > self.first.len() as u64 { " ..." } else { "" };
        let noun = if self.count == 1 { "row" } else { "rows" };
        (self.count > 0).then(|| format!("{} {noun} ({}{more})", self.count, rows.join(", ")))
    }
}
