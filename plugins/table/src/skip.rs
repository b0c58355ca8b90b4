//! Filters: which records are not lines, and why.

use ratebook_plugin::written::{Beside, Negative, NumberFormat};
use ratebook_plugin::{Decimal, Skip};
use serde_json::Value;

use crate::above::said;
use crate::config::columns::Columns;
use crate::config::keys::{Keys, Wrong, one_or_many};
use crate::read::record::Record;

/// Records that are skipped.
#[derive(Debug)]
pub(crate) struct Filter {
    /// The column that is looked at, by its place.
    pub(crate) column: usize,
    when: When,
    /// Why they are no lines.
    pub(crate) reason: Skip,
}

/// What a cell must be for its record to be skipped.
#[derive(Debug, PartialEq, Eq)]
enum When {
    Equals(Vec<String>),
    NotEquals(Vec<String>),
    StartsWith(Vec<String>),
    Contains(Vec<String>),
    Empty(bool),
    Zero,
    /// What the file says above its header under this word.
    EqualsPreamble(String),
}

impl Filter {
    /// Takes one of `skip`.
    pub(crate) fn read(mut keys: Keys, columns: &mut Columns, wrong: &mut Wrong) -> Option<Filter> {
        let column = keys.take_name("column", wrong);
        let column = column.or_else(|| wrong.add(keys.path("column"), "is missing"));
        let reason: Option<String> = keys.take("reason", wrong);
        let reason = match reason {
            Some(word) => word
                .parse::<Skip>()
                .ok()
                .or_else(|| wrong.choice(keys.path("reason"), &word, &Skip::ALL.map(Skip::word))),
            None => wrong.add(
                keys.path("reason"),
                format_args!(
                    "is missing: why are these no lines? One of {}",
                    Skip::ALL.map(Skip::word).join(", ")
                ),
            ),
        };
        let mut conditions = Vec::new();
        for (key, when) in [
            ("equals", When::Equals as fn(Vec<String>) -> When),
            ("not_equals", When::NotEquals),
            ("starts_with", When::StartsWith),
            ("contains", When::Contains),
        ] {
            if let Some(value) = keys.take::<Value>(key, wrong) {
                conditions.push(when(one_or_many(value, &keys.path(key), wrong)));
            }
        }
        conditions.extend(keys.take("empty", wrong).map(When::Empty));
        conditions.extend(keys.take("equals_preamble", wrong).map(When::EqualsPreamble));
        match keys.take("zero", wrong) {
            Some(true) => conditions.push(When::Zero),
            Some(false) => _ = wrong.add::<()>(keys.path("zero"), "only true means something here"),
            None => {}
        }
        let path = keys.own_path().to_owned();
        keys.finish(wrong);
        if conditions.len() != 1 {
            wrong.add::<()>(
                path,
                format_args!(
                    "expected one of equals, not_equals, starts_with, contains, empty, zero and equals_preamble, found {}",
                    conditions.len()
                ),
            );
        }
        Some(Filter { column: columns.used(&column?), when: conditions.pop()?, reason: reason? })
    }

    /// The word above the header that the filter compares with.
    pub(crate) fn preamble(&self) -> Option<&str> {
        match &self.when {
            When::EqualsPreamble(key) => Some(key),
            _ => None,
        }
    }

    /// Whether a record is skipped.
    pub(crate) fn takes(&self, record: &Record<'_>, numbers: &[NumberFormat], beside: &Beside) -> bool {
        let cell = &record.cells[self.column];
        let text = cell.text();
        // What is not there because the row is cut is not known to be empty.
        if record.fault.is_some() && text.is_empty() {
            return false;
        }
        let any = |texts: &[String], is: fn(&str, &str) -> bool| texts.iter().any(|known| is(text, known));
        match &self.when {
            When::Equals(texts) => any(texts, |text, known| text == known),
            When::NotEquals(texts) => !any(texts, |text, known| text == known),
            When::StartsWith(texts) => any(texts, |text, known| text.starts_with(known)),
            When::Contains(texts) => any(texts, |text, known| text.contains(known)),
            When::Empty(empty) => cell.is_empty() == *empty,
            // Paths may stand without their first slash there.
            When::EqualsPreamble(key) => said(record.preamble, key)
                .is_some_and(|value| value.trim_start_matches('/') == text.trim_start_matches('/')),
            When::Zero => {
                let format = numbers.get(self.column).copied().unwrap_or_default();
                let number = cell.number(format, Negative::Keep, beside);
                number.is_some_and(|number| number.is_ok_and(|(number, _)| Decimal::is_zero(number)))
            }
        }
    }
}
