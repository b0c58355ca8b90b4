//! What is wrong with a payload, told together, so that all of it can be mended at once.

use std::fmt::{self, Display};

use crate::problem::Problem;
use crate::quoted::cut;

/// Faults that are told one by one; the rest is counted.
const TOLD: usize = 20;

/// Characters of one fault that are told: it may quote several cells.
const LONGEST: usize = 1000;

/// What was found wrong with a payload so far. A payload with any fault is refused as a whole.
#[derive(Clone, Debug)]
pub struct Faults {
    told: Vec<String>,
    count: u64,
    most: usize,
    advice: Option<String>,
}

impl Default for Faults {
    /// Tells the first 20.
    fn default() -> Faults {
        Faults::telling(TOLD)
    }
}

impl Faults {
    /// Tells at most so many one by one.
    #[must_use]
    pub fn telling(most: usize) -> Faults {
        Faults { told: Vec::new(), count: 0, most, advice: None }
    }

    /// Notes what is wrong at a place: a [`Place`], or whatever the vendor's records are called.
    pub fn add(&mut self, place: impl Display, what: impl Display) {
        self.add_whole(format_args!("{place}: {what}"));
    }

    /// Notes what is wrong with the payload as a whole.
    pub fn add_whole(&mut self, what: impl Display) {
        self.count += 1;
        if self.told.len() < self.most {
            self.told.push(cut(&what.to_string(), LONGEST).into_owned());
        }
    }

    /// What to do about the first fault that has something to do about it; the first advice stays.
    pub fn advise(&mut self, advice: impl Into<String>) {
        self.advice.get_or_insert_with(|| advice.into());
    }

    /// True while nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Refuses the payload if anything is wrong with it.
    ///
    /// # Errors
    /// [`Problem::data`]: a fault on each line, how many more there are, the advice.
    pub fn refuse(self) -> Result<(), Problem> {
        if self.is_empty() {
            return Ok(());
        }
        let problem = Problem::data(self.text());
        Err(Problem { advice: self.advice, ..problem })
    }

    /// How many were noted.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The first, if there is one.
    pub(crate) fn first(&self) -> Option<&str> {
        self.told.first().map(String::as_str)
    }

    /// A fault on each line, and how many more there are.
    pub(crate) fn text(&self) -> String {
        let mut text = self.told.join("\n");
        let more = self.count - self.told.len() as u64;
        if more > 0 {
            text.push_str(&format!("\nand {more} more"));
        }
        text
    }
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The record's number, counted from 1.
    pub record: u64,
    /// The line of the file that it begins in, where lines mean something.
    pub line: Option<u64>,
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line} (record {})", self.record),
            None => write!(f, "record {}", self.record),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemKind;
    use crate::quoted::shown;

    #[test]
    fn faults_beyond_the_told_are_counted() {
        for (mut faults, told) in [(Faults::default(), 20), (Faults::telling(2), 2)] {
            for record in 1..=told + 3 {
                faults.add(Place { record, line: None }, "wrong");
            }
            let message = faults.refuse().unwrap_err().message;
            let lines: Vec<&str> = message.lines().collect();
            assert_eq!(lines.len() as u64, told + 1);
            assert_eq!((lines[0], lines[lines.len() - 1]), ("record 1: wrong", "and 3 more"));
        }
    }

    #[test]
    fn as_many_as_are_told_leave_no_rest() {
        let mut faults = Faults::telling(2);
        faults.add_whole("a page is missing");
        faults.add(Place { record: 7, line: Some(9) }, "wrong");
        let problem = faults.refuse().unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data);
        assert_eq!(problem.message, "a page is missing\nline 9 (record 7): wrong");
        assert_eq!(problem.advice, None);
    }

    #[test]
    fn only_faults_refuse_and_the_first_advice_stays() {
        let mut faults = Faults::default();
        faults.advise("Export it again.");
        assert!(faults.is_empty());
        faults.clone().refuse().unwrap();
        faults.add("row 1", "wrong");
        faults.advise("Skip it.");
        assert!(!faults.is_empty());
        assert_eq!(faults.refuse().unwrap_err().advice.as_deref(), Some("Export it again."));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shown("a \"b\""), r#""a \"b\"""#);
        assert_eq!(shown(&"ä".repeat(200)), format!("\"{}\"", "ä".repeat(200)));
        assert_eq!(shown(&"ä".repeat(201)), format!("\"{}\"... (402 bytes)", "ä".repeat(200)));
        let mut faults = Faults::default();
        faults.add("row 1", "x".repeat(1 << 20));
        let message = faults.refuse().unwrap_err().message;
        assert!(message.len() < 1100 && message.ends_with("x... (1048583 bytes)"), "{} bytes", message.len());
    }
}
