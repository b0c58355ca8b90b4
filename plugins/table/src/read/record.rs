//! A record of a payload and its cells, and what was seen besides.

use std::borrow::Cow;

use ratebook_plugin::{Decimal, Fingerprint, Place, Problem};

use crate::number::{Negative, NumberFormat, check_sign};

/// A value of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell<'r> {
    /// There is none, or it is empty.
    Absent,
    Text(Cow<'r, str>),
    /// A number of JSON or of a sheet, as its text.
    Number(Cow<'r, str>),
    /// Something that no field can be made of; says what.
    Strange(&'static str),
}

impl Cell<'_> {
    /// The cell's text; a number's digits as they stand.
    pub(crate) fn text(&self) -> &str {
        match self {
            Cell::Text(text) => text,
            Cell::Number(digits) => digits,
            Cell::Absent | Cell::Strange(_) => "",
        }
    }

    /// True if there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        !matches!(self, Cell::Strange(_)) && self.text().is_empty()
    }

    /// The cell as a number, if there is anything in it.
    pub(crate) fn number(&self, format: NumberFormat, negative: Negative) -> Option<Result<Decimal, String>> {
        match self {
            Cell::Number(digits) => Some(
                Decimal::from_json_number(digits)
                    .map_err(|error| error.to_string())
                    .and_then(|number| check_sign(number, negative)),
            ),
            Cell::Text(text) if !text.is_empty() => Some(format.read(text, negative)),
            _ => None,
        }
    }
}

/// A record.
#[derive(Debug)]
pub(crate) struct Record<'r> {
    pub(crate) place: Place,
    /// A cell for each column that the map uses.
    pub(crate) cells: &'r [Cell<'r>],
    /// The first two cells of the lines above the header.
    pub(crate) preamble: &'r [(String, String)],
    /// True if there is nothing in it at all.
    pub(crate) blank: bool,
    /// That of all its cells.
    pub(crate) fingerprint: Fingerprint,
    /// What is wrong with it as a whole.
    pub(crate) fault: Option<Fault>,
}

/// What is wrong with a record as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has not as many cells as there are columns; a footer may, so filters may take it by what is in it.
    Cells(String),
    /// It may have swallowed others: nothing but a refusal will do.
    Swallowed(&'static str),
}

/// What was seen besides the records.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) records: u64,
    /// Columns that the map does not use.
    pub(crate) unused: Vec<String>,
    /// Columns of the map that are not there and may be missing.
    pub(crate) absent: Vec<usize>,
    /// The first two cells of the lines above the header.
    pub(crate) preamble: Vec<(String, String)>,
}

/// What is done with each record.
pub(crate) type Take<'t> = &'t mut dyn FnMut(&Record<'_>) -> Result<(), Problem>;

/// The second cell of the line above the header that begins with `key`.
pub(crate) fn said<'p>(preamble: &'p [(String, String)], key: &str) -> Option<&'p str> {
    let found = preamble.iter().find(|(name, _)| name.trim_end_matches(':').eq_ignore_ascii_case(key));
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}
