//! What stops a run: no bill is made, and everything that is wrong is listed at once.

use std::fmt;

use ratebook_line::{Currency, Decimal};

/// The code word of a run error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunCode {
    /// A line is later than the billed month.
    Month,
    /// Lines have no price (or another problem) and the settings say that this is an error.
    Unpriced,
    /// An exchange rate is missing.
    Rate,
    /// A rule meets only a part of a pooled line.
    Partial,
    /// A number is too large to be printed exactly.
    Number,
    /// An adjustment is in another currency than the bill that it is put on.
    Adjustment,
}

impl RunCode {
    /// The word people and programs see: `E-UNPRICED`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RunCode::Month => "E-MONTH",
            RunCode::Unpriced => "E-UNPRICED",
            RunCode::Rate => "E-RATE",
            RunCode::Partial => "E-PARTIAL",
            RunCode::Number => "E-NUMBER",
            RunCode::Adjustment => "E-ADJUSTMENT",
        }
    }
}

impl fmt::Display for RunCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One thing that stops the run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunProblem {
    /// The input line, from 0, if it is about one.
    pub line: Option<u64>,
    /// The code: of the line's problem (`no-book-entry`) or of the error itself (`E-RATE`).
    pub code: &'static str,
    /// The rule that was to price the line.
    pub rule: Option<String>,
    /// All rules concerned, by id.
    pub rules: Vec<String>,
    /// Whose bill it is about, if that is known.
    pub customer: Option<String>,
    /// What is wrong: one line, no full stop.
    pub message: String,
    /// The amount that waits for it, if that is known.
    pub amount: Option<(Decimal, Currency)>,
}

/// A run that made no bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunError {
    /// The kind of the gravest problem.
    pub code: RunCode,
    /// Everything that is wrong, by line. Never empty.
    pub problems: Vec<RunProblem>,
}

impl RunError {
    /// The errors of several partitions as one.
    #[must_use]
    pub fn merge(mut self, other: RunError) -> RunError {
        self.code = self.code.min(other.code);
        self.problems.extend(other.problems);
        self.problems.sort();
        self
    }

    /// What happened, in one line.
    #[must_use]
    pub fn message(&self) -> String {
        let count = self.problems.len();
        let first = &self.problems[0].message;
        match count {
            1 => first.clone(),
            _ => format!("{first} (and {} more)", count - 1),
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}] {}", self.code, self.message())?;
        for problem in self.problems.iter().take(3) {
            write!(f, "\n  ")?;
            if let Some(line) = problem.line {
                write!(f, "line {line}: ")?;
            }
            write!(f, "{}: {}", problem.code, problem.message)?;
        }
        if self.problems.len() > 3 {
            write!(f, "\n  ... {} problems in all", self.problems.len())?;
        }
        Ok(())
    }
}

impl std::error::Error for RunError {}
