//! A TOML file that people write: read section by section, every problem with its place and what to do.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, ValueDeserializer};

use crate::failure::{Exit, Failure, Failures};

/// The file that makes a folder a workspace.
pub(crate) const FILE: &str = "ratebook.toml";

/// One file and what was found wrong with it so far.
pub(crate) struct Document<'t> {
    name: String,
    text: &'t str,
    problems: Vec<Failure>,
}

impl<'t> Document<'t> {
    /// A file by the name that people know it under, and its text.
    pub(crate) fn new(name: impl Into<String>, text: &'t str) -> Self {
        Document { name: name.into(), text, problems: Vec::new() }
    }

    /// The file's tables; what is no TOML is a problem and left out.
    pub(crate) fn tables(&mut self) -> DeTable<'t> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        // One slip makes a parser stumble several times: the first of each line is the slip.
        let mut last_line = 0;
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let (line, _) = self.line_and_column(span.start);
            if line != last_line {
                self.problem(span, format!("not TOML: {}", error.message()), None);
                last_line = line;
            }
        }
        table.into_inner()
    }

    /// True if nothing was found wrong so far.
    pub(crate) fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// A value as `T`; what is wrong with it is a problem.
    pub(crate) fn read<T: DeserializeOwned>(&mut self, value: Spanned<DeValue<'t>>) -> Option<T> {
        let whole = value.span();
        T::deserialize(ValueDeserializer::from(value)).map_err(|error| self.refused(&error, whole)).ok()
    }

    /// A value that must not be quoted back, as `T`; `otherwise` is said in place of what the reader says.
    pub(crate) fn read_unquoted<T: DeserializeOwned>(
        &mut self,
        value: Spanned<DeValue<'t>>,
        otherwise: &str,
    ) -> Option<T> {
        let span = value.span();
        let read = T::deserialize(ValueDeserializer::from(value)).ok();
        if read.is_none() {
            self.problem_unquoted(span, otherwise);
        }
        read
    }

    /// Notes a problem at a place whose text must not be shown.
    pub(crate) fn problem_unquoted(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.problem(span, message, None);
        if let Some(problem) = self.problems.last_mut() {
            problem.excerpt = None;
        }
    }

    /// A table as `T`; what is wrong with it is a problem. `place` is where the table begins.
    pub(crate) fn read_table<T: DeserializeOwned>(
        &mut self,
        table: DeTable<'t>,
        place: Range<usize>,
    ) -> Option<T> {
        let spanned = Spanned::new(place.clone(), table);
        T::deserialize(Deserializer::from(spanned)).map_err(|error| self.refused(&error, place)).ok()
    }

    fn refused(&mut self, error: &toml::de::Error, whole: Range<usize>) {
        let message = error.message().to_owned();
        let hint = suggestion(&message);
        self.problem(error.span().unwrap_or(whole), message, hint);
    }

    /// Notes a problem at a place of the text.
    pub(crate) fn problem(&mut self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        let excerpt = self.excerpt(span.clone());
        let failure = Failure::new(Exit::Rules, "E-CONFIG", message).at(self.place(span.start));
        self.problems.push(Failure { excerpt: Some(excerpt), fix: hint, ..failure });
    }

    /// The line of a place, with the place marked.
    pub(super) fn excerpt(&self, span: Range<usize>) -> String {
        let (line, column) = self.line_and_column(span.start);
        let source = self.text.lines().nth(line - 1).unwrap_or_default();
        let before: String =
            source.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let length =
            self.text.get(span).and_then(|text| text.lines().next()).map_or(1, |text| text.chars().count());
        let number = line.to_string();
        let pad = " ".repeat(number.len());
        format!("{number} | {source}\n{pad} | {before}{}", "^".repeat(length.max(1)))
    }

    /// Ends the reading: the value, or all problems.
    ///
    /// # Errors
    /// If there were problems.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, Failures> {
        if self.problems.is_empty() {
            return Ok(value);
        }
        Err(Failures(self.problems))
    }

    /// A place of the text for people: `ratebook.toml:7:1`.
    pub(crate) fn place(&self, at: usize) -> String {
        let (line, column) = self.line_and_column(at);
        format!("{}:{line}:{column}", self.name)
    }

    fn line_and_column(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// "Did you mean" from serde's own "unknown field `x`, expected one of `a`, `b`".
pub(crate) fn suggestion(message: &str) -> Option<String> {
    let mut quoted = message.strip_prefix("unknown ")?.split('`').skip(1).step_by(2);
    let wrong = quoted.next()?;
    nearest(wrong, quoted).map(|known| format!("Did you mean `{known}`?"))
}

/// The known word that looks most like a wrong one, if one does.
pub(crate) fn nearest<'k>(wrong: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|word| (strsim::damerau_levenshtein(wrong, word), word))
        .filter(|(distance, word)| *distance <= 1 + word.len() / 4)
        .min()
        .map(|(_, word)| word)
}
