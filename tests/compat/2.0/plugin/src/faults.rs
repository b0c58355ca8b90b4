//! What is wrong with a payload, told together, so that all of it can be mended at once.

use std::borrow::Cow;
use std::fmt::{self, Display};

use crate::Problem;

/// Faults that are told one by one; the rest is counted.
const TOLD: usize = 20;

/// Characters of a cell that are shown.
const SHOWN: usize = 200;

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

/// A message with each of its lines cut: whatever they quote, somebody is to read them.
#[must_use]
pub fn cut_lines(message: String) -> String {
    const LINE: usize = 2000;
    const LINES: usize = 200;
    if message.len() <= LINE {
        return message;
    }
    let lines: Vec<Cow<'_, str>> = message.lines().take(LINES).map(|line| cut(line, LINE)).collect();
    let more = message.lines().count() - lines.len();
    let rest = if more > 0 { format!("\nand {more} more lines") } else { String::new() };
    lines.join("\n") + &rest
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

/// The text of a cell for people: in quotes; a long one is cut, and its length is said.
#[must_use]
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}... ({} bytes)", &text[..end], text.len()),
        None => format!("{text:?}"),
    }
}

/// A text of at most so many characters; a longer one is cut, and its length is said.
#[must_use]
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}... ({} bytes)", &text[..end], text.len())),
        None => Cow::Borrowed(text),
    }
}
