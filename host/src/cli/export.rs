//! `ratebook export`: a finished month's bills for other programs.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use ratebook_line::Month;

use super::context::{Context, Format, print_form};
use super::stage;
use super::verify;
use crate::export::{self, Bills, Form, Halt};
use crate::failure::{Failure, Failures};
use crate::files::stream_output;
use crate::output::money::counted;
use crate::run::MonthFolder;

/// Write a month's bills for other programs: --format json (the bill document), jsonl or csv
#[derive(clap::Args)]
pub(super) struct Export {
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// Where to; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    to: PathBuf,
}

impl Export {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let form = match context.global.format {
            Format::Json => Form::Json,
            Format::Jsonl => Form::Jsonl,
            Format::Csv => Form::Csv,
            _ => return Err(Failure::usage("in which form? --format json, jsonl or csv").into()),
        };
        let workspace = stage::workspace(context)?;
        let archive = verify::finished(MonthFolder::new(&workspace.root, self.month))?;
        let tables = archive.checked_tables()?;
        let manifest = &archive.manifest;
        let bills =
            Bills { month: self.month, tables: &tables, counts: manifest.counts, partial: &manifest.partial };
        if self.to == Path::new("-") {
            return print_form(&bills, form);
        }
        stream_output(&self.to, |mut to| {
            export::write(&bills, form, &mut to).map_err(|halt| match halt {
                Halt::Write(error) => Failure::storage(&self.to, "write", &error),
                Halt::Read(failure) => *failure,
            })
        })?;
        let totals = manifest.bills.iter().map(|(currency, totals)| format!("{} {currency}", totals.total));
        let totals: Vec<String> = totals.collect();
        let count: u64 = manifest.bills.values().map(|totals| totals.bills).sum();
        context.terminal.note(&format!(
            "{} {} of {} in {}: {}",
            archive.word(),
            counted(count, "bill"),
            self.month,
            self.to.display(),
            totals.join(" + ")
        ));
        Ok(())
    }
}
