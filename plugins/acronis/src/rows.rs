//! Rows as people are told of them.

use ratebook_plugin::Place;

/// Faults that are told one by one; the rest is counted.
pub(crate) const FAULTS_TOLD: usize = 10;

/// Rows that something is told about once, with the first of them named.
#[derive(Debug, Default)]
pub(crate) struct Examples {
    first: Vec<Place>,
    count: u64,
}

impl Examples {
    pub(crate) fn add(&mut self, row: Place) {
        self.count += 1;
        if self.first.len() < 3 {
            self.first.push(row);
        }
    }

    /// `3 rows (lines 2, 5, 9)`, if there are any; rows of a document without lines by their numbers.
    pub(crate) fn told(&self) -> Option<String> {
        let lines: Option<Vec<u64>> = self.first.iter().map(|place| place.line).collect();
        let (what, numbers) = match lines {
            Some(lines) => (if self.count == 1 { "line " } else { "lines " }, lines),
            None => ("", self.first.iter().map(|place| place.record).collect()),
        };
        let rows: Vec<String> = numbers.iter().map(u64::to_string).collect();
        let more = if self.count > self.first.len() as u64 { " ..." } else { "" };
        let noun = if self.count == 1 { "row" } else { "rows" };
        (self.count > 0).then(|| format!("{} {noun} ({what}{}{more})", self.count, rows.join(", ")))
    }
}
