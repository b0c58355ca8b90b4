//! What is wrong with the records of a payload, told together.

use std::fmt;

use ratebook_plugin::Problem;

/// Faults that are told one by one; the rest is counted.
const TOLD: usize = 20;

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The record's number, counted from 1.
    pub(crate) record: u64,
    /// The line of a CSV that it begins in.
    pub(crate) line: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line} (record {})", self.record),
            None => write!(f, "record {}", self.record),
        }
    }
}

/// The faults found so far. A payload with any is refused as a whole.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    told: Vec<String>,
    count: usize,
    advice: Option<&'static str>,
}

impl Faults {
    /// Notes what is wrong with a record.
    pub(crate) fn add(&mut self, place: Place, what: impl fmt::Display) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(format!("{place}: {what}"));
        }
    }

    /// What to do about the first fault that has something to do about it.
    pub(crate) fn advise(&mut self, advice: &'static str) {
        self.advice.get_or_insert(advice);
    }

    /// The refusal, if there is anything to refuse.
    pub(crate) fn refuse(self) -> Result<(), Problem> {
        if self.count == 0 {
            return Ok(());
        }
        let mut message = self.told.join("\n");
        if self.count > self.told.len() {
            message.push_str(&format!("\nand {} more", self.count - self.told.len()));
        }
        Err(Problem { advice: self.advice.map(str::to_owned), ..Problem::data(message) })
    }
}

/// A text for people, shortened.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_beyond_the_told_are_counted() {
        let mut faults = Faults::default();
        for record in 1..=TOLD as u64 + 3 {
            faults.add(Place { record, line: None }, "wrong");
        }
        let problem = faults.refuse().unwrap_err();
        assert_eq!(problem.message.lines().count(), TOLD + 1);
        assert!(problem.message.ends_with("and 3 more"));
    }
}
