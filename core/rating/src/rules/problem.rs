//! What can be wrong with rules files: code words, places, advice, and how they are shown.

use std::fmt;

/// The code word of a load error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoadCode {
    /// The same SKU has two prices of one book in one month.
    BookOverlap,
    /// A price names a book that does not exist, or a book is not usable.
    Book,
    /// A commitment without what it needs.
    Commit,
    /// Two rules could meet on one line and neither wins.
    Conflict,
    /// The same id, tenant or key twice.
    Duplicate,
    /// A floating point number.
    Float,
    /// An id that is missing or not usable as one.
    Id,
    /// An include that finds nothing, finds a file twice, or leaves its folder.
    Include,
    /// A key nobody knows.
    Key,
    /// A constant that is not defined or not usable.
    Let,
    /// A month that is none.
    Month,
    /// A text that is not a decimal number.
    Number,
    /// A rule that reaches outside its file's `only`.
    Only,
    /// A percentage without its sign, or none.
    Percent,
    /// A pool, or what needs one, that cannot be.
    Pool,
    /// A price without exactly one model, or with a modifier that has no effect.
    Price,
    /// A number or a period outside its bounds.
    Range,
    /// A rule without a reason.
    Reason,
    /// Settings that are missing, misplaced or unknown.
    Settings,
    /// Tiers that do not rise, or do not end.
    Tier,
    /// The text is not TOML (or not CSV).
    Toml,
    /// A value of the wrong kind.
    Value,
    /// A rule without exactly one verb, or with a key its verb does not take.
    Verb,
    /// A version other than 1.
    Version,
    /// A matcher that cannot be.
    When,
}

impl LoadCode {
    /// The word people and programs see: `E-CONFLICT`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            LoadCode::BookOverlap => "E-BOOK-OVERLAP",
            LoadCode::Book => "E-BOOK",
            LoadCode::Commit => "E-COMMIT",
            LoadCode::Conflict => "E-CONFLICT",
            LoadCode::Duplicate => "E-DUPLICATE",
            LoadCode::Float => "E-FLOAT",
            LoadCode::Id => "E-ID",
            LoadCode::Include => "E-INCLUDE",
            LoadCode::Key => "E-KEY",
            LoadCode::Let => "E-LET",
            LoadCode::Month => "E-MONTH",
            LoadCode::Number => "E-NUMBER",
            LoadCode::Only => "E-ONLY",
            LoadCode::Percent => "E-PERCENT",
            LoadCode::Pool => "E-POOL",
            LoadCode::Price => "E-PRICE",
            LoadCode::Range => "E-RANGE",
            LoadCode::Reason => "E-REASON",
            LoadCode::Settings => "E-SETTINGS",
            LoadCode::Tier => "E-TIER",
            LoadCode::Toml => "E-TOML",
            LoadCode::Value => "E-VALUE",
            LoadCode::Verb => "E-VERB",
            LoadCode::Version => "E-VERSION",
            LoadCode::When => "E-WHEN",
        }
    }
}

impl fmt::Display for LoadCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One thing that is wrong with the rules, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The code word.
    pub code: LoadCode,
    /// What is wrong: one line, no full stop.
    pub message: String,
    /// The file, as it was asked for.
    pub file: String,
    /// The line, from 1; 0 if the whole file is meant.
    pub line: usize,
    /// The column in characters, from 1; 0 if the whole file is meant.
    pub column: usize,
    /// The text of that line.
    pub source_line: String,
    /// How many characters from `column` on are meant.
    pub marked: usize,
    /// What to do about it, if one thing is to be done.
    pub hint: Option<String>,
    /// The ids of the rules concerned; both for `E-CONFLICT`.
    pub rules: Vec<String>,
}

impl Problem {
    /// `rules.toml:14:1`, or the file alone.
    #[must_use]
    pub fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}:{}", self.file, self.column),
        }
    }
}

/// The problem as people read it: what, where, the line with the place marked, advice.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}] {}: {}", self.code, self.place(), self.message)?;
        if self.line > 0 {
            let number = self.line.to_string();
            let pad = " ".repeat(number.len());
            // Tabs stay tabs, so that the mark stands below its text in any terminal.
            let before: String = self
                .source_line
                .chars()
                .take(self.column - 1)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            let mark = "^".repeat(self.marked.max(1));
            write!(f, "\n{pad} |\n{number} | {}\n{pad} | {before}{mark}", self.source_line)?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  = {hint}")?;
        }
        Ok(())
    }
}

/// Rules files that did not load. Nothing can be billed with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// Everything that is wrong, in file order. Never empty; the first is the error.
    pub problems: Vec<Problem>,
}

impl LoadError {
    /// The first problem, which gives the error its code.
    ///
    /// # Panics
    /// Never: a load error has at least one problem.
    #[must_use]
    pub fn first(&self) -> &Problem {
        &self.problems[0]
    }
}

/// All problems, a blank line between them.
impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

/// Something worth a look that does not stop a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// The code word: `W-UNUSED-RULE`.
    pub code: &'static str,
    /// The rules concerned.
    pub rules: Vec<String>,
    /// The input line concerned, if it is one.
    pub line: Option<u64>,
    /// What is noticed: one line, no full stop.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "warning[{}] ", self.code)?;
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)
    }
}
