//! What is wrong with the cells of a payload, told together.

use std::fmt;

use ratebook_plugin::Problem;

/// Faults that are told one by one; the rest is counted.
const TOLD: usize = 10;

/// The faults found so far. A payload with any is refused as a whole.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    told: Vec<String>,
    count: u64,
}

impl Faults {
    /// Notes what is wrong with a row.
    pub(crate) fn row(&mut self, row: u64, what: impl fmt::Display) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(format!("row {row}: {what}"));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The refusal, if there is anything to refuse.
    pub(crate) fn refuse(self) -> Result<(), Problem> {
        let more = self.count - self.told.len() as u64;
        let mut message = self.told.join("\n");
        if more > 0 {
            message.push_str(&format!("\nand {more} more"));
        }
        if self.count == 0 { Ok(()) } else { Err(Problem::data(message)) }
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
