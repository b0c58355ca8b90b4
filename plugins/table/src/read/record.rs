//! A record of a payload and its cells, and what was seen besides.

use std::borrow::Cow;

use ratebook_plugin::written::{Beside, Negative, NumberFormat, check_sign};
use ratebook_plugin::{Decimal, Fingerprint, Place, Problem};

use crate::above::AboveLine;

/// What a sheet's number of more digits than it is sure of is.
pub(crate) const LONG_NUMBER: &str =
    "a calculated number of more than 15 digits: round it in the sheet, or export CSV";

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

    /// The cell as a number, if there is anything in it, and what stands beside it.
    pub(crate) fn number<'b>(
        &self,
        format: NumberFormat,
        negative: Negative,
        beside: &'b Beside,
    ) -> Option<Result<(Decimal, Option<&'b str>), String>> {
        match self {
            Cell::Number(digits) => Some(
                Decimal::from_json_number(digits)
                    .map_err(|error| error.to_string())
                    .and_then(|number| Ok((check_sign(number, negative)?, None))),
            ),
            Cell::Text(text) if !text.is_empty() => Some(format.read(text, negative, beside)),
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
    /// The lines above the header.
    pub(crate) preamble: &'r [AboveLine],
    /// The first of its cells that is not empty, whether the map uses it or not; in JSON, where members have no order, none.
    pub(crate) first: Cow<'r, str>,
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
    /// The lines above the header.
    pub(crate) preamble: Vec<AboveLine>,
}

/// What is done with each record.
pub(crate) type Take<'t> = &'t mut dyn FnMut(&Record<'_>) -> Result<(), Problem>;
