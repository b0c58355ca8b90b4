//! What every command works with: the options that all take, and somewhere to speak.

use std::cell::Cell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use serde::Serialize;

use crate::export::{Bills, Form, Halt, write};
use crate::failure::{Exit, Failure, Failures};
use crate::files::json_text;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// What every command takes.
#[derive(clap::Args)]
pub(super) struct Global {
    /// The workspace: the folder of ratebook.toml [default: here, or the nearest folder above]
    #[arg(long, short = 'w', global = true, value_name = "DIR", env = "RATEBOOK_WORKSPACE")]
    pub(super) workspace: Option<PathBuf>,
    /// How results (and errors) are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    /// Say nothing but results, warnings and errors
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Say more about what is being done
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
}

/// How results are printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// For programs: one JSON document
    Json,
    /// For programs: a JSON object a line (export, lines)
    Jsonl,
    /// For programs and spreadsheets (export, lines, todo)
    Csv,
    /// To be pasted into rules (todo)
    Toml,
    /// For a comment on a pull request (diff)
    Markdown,
    /// One page that needs nothing else (diff)
    Html,
}

/// What a command works with: the options, and somewhere to speak.
pub(crate) struct Context {
    pub(super) global: Global,
    pub(super) terminal: Arc<Terminal>,
    pub(super) stop: Stop,
    /// True once a result was printed that an error may follow.
    pub(super) has_result: Cell<bool>,
}

impl Context {
    /// Prints a result on standard output.
    pub(super) fn print(&self, text: &str) -> Result<(), Failures> {
        let mut output = io::stdout().lock();
        printed(output.write_all(text.as_bytes()).and_then(|()| output.flush()))
    }

    /// Prints a result that may be followed by an error: what it shows is what is wrong.
    pub(super) fn print_result(&self, text: &str) -> Result<(), Failures> {
        self.has_result.set(true);
        self.print(text)
    }

    /// Prints bills as the table, or as the bill document.
    pub(super) fn print_bills(
        &self,
        bills: &Bills<'_>,
        table: impl FnOnce() -> String,
    ) -> Result<(), Failures> {
        if !self.json() {
            return self.print(&table());
        }
        print_form(bills, Form::Json)
    }

    /// Prints a result as the table or as JSON, as asked for.
    pub(super) fn print_either<T: Serialize>(
        &self,
        table: impl FnOnce() -> String,
        json: impl FnOnce() -> T,
    ) -> Result<(), Failures> {
        if self.json() { self.print(&json_text(&json())?) } else { self.print(&table()) }
    }

    /// True if results are for programs.
    pub(super) fn json(&self) -> bool {
        self.global.format == Format::Json
    }
}

/// Prints bills in a form for other programs.
pub(super) fn print_form(bills: &Bills<'_>, form: Form) -> Result<(), Failures> {
    let mut output = io::BufWriter::with_capacity(256 << 10, io::stdout().lock());
    match write(bills, form, &mut output) {
        Ok(()) => printed(output.flush()),
        Err(Halt::Write(error)) => printed(Err(error)),
        Err(Halt::Read(failure)) => Err((*failure).into()),
    }
}

/// What became of printing. A reader that has seen enough is no error.
pub(super) fn printed(result: io::Result<()>) -> Result<(), Failures> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let message = format!("cannot write to standard output: {error}");
            Err(Failure::new(Exit::Storage, "E-STORAGE", message).into())
        }
        _ => Ok(()),
    }
}
