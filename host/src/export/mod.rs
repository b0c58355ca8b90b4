//! A month's bills in forms for other programs: views of the tables, made when somebody asks. Nothing here rates.

mod csv;
mod document;
mod json_lines;

use std::io::{self, Write};

use ratebook_line::Month;
use ratebook_rating::Counts;

use crate::failure::Failure;
use crate::run::BillTables;
use crate::store::BillsReader;

/// What is exported.
pub(crate) struct Bills<'b> {
    /// The billed month.
    pub month: Month,
    /// Its tables.
    pub tables: &'b BillTables,
    /// What became of its lines.
    pub counts: Counts,
    /// The sources whose usage is missing in it.
    pub partial: &'b [String],
}

/// A form of bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// The bill document: one JSON object
    Json,
    /// A bill a line, each a JSON object
    Jsonl,
    /// A line of a bill a row
    Csv,
}

/// Why an export ended early.
pub(crate) enum Halt {
    /// It cannot be written.
    Write(io::Error),
    /// The tables cannot be read.
    Read(Box<Failure>),
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Halt {
        Halt::Write(error)
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Halt {
        Halt::Read(Box::new(failure))
    }
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

impl Bills<'_> {
    fn open(&self) -> Result<BillsReader, Failure> {
        BillsReader::open(&self.tables.bills, &self.tables.lines)
    }
}
