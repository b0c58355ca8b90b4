//! The forms of bills, and which file writes each.

use std::io::Write;

use super::bills::Bills;
use super::halt::Halt;
use super::{csv, document, json_lines};

/// A form of bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The bill document: one JSON object
    Json,
    /// A bill a line, each a JSON object
    Jsonl,
    /// A line of a bill a row
    Csv,
}

/// Writes bills; give a buffered output.
///
/// # Errors
/// Those of the output, and of the tables.
pub(crate) fn write(bills: &Bills<'_>, form: Form, to: &mut impl Write) -> Result<(), Halt> {
    match form {
        Form::Json => document::write(bills, to),
        Form::Jsonl => json_lines::write(bills, to),
        Form::Csv => csv::write(bills, to),
    }
}
