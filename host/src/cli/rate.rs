//! `ratebook rate`: lines and rules to bills, of a month of the workspace or of any files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use ratebook_line::Month;

use super::context::Context;
use super::stage;
use crate::export::Bills;
use crate::failure::{Exit, Failure, Failures};
use crate::output::summary;
use crate::rating::{How, PART_LINES, Usage};
use crate::run::{self, BillTables, LineFacts};

/// Rate billable lines: the month's of the workspace, or any files with --rules and --lines
#[derive(clap::Args)]
pub(super) struct Rate {
    /// The billed month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// A root rules file; nothing of a workspace is read or written then
    #[arg(long, value_name = "FILE", requires = "lines")]
    rules: Option<PathBuf>,
    /// Billable lines: JSON Lines, a JSON array, or by its name CSV or a table (.parquet); `-` is standard input (may be given several times)
    #[arg(long, value_name = "FILE", requires = "rules")]
    lines: Vec<PathBuf>,
    #[command(flatten)]
    accept: stage::Accept,
    /// Stop at whatever there is to warn of, before anything is published
    #[arg(long)]
    strict: bool,
    /// Make results anew that were changed by hand after they were made
    #[arg(long)]
    force: bool,
    /// How many lines of a month are rated at once
    #[arg(long, hide = true, value_name = "N", default_value_t = PART_LINES)]
    part_lines: u64,
}

impl Rate {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        match &self.rules {
            Some(rules) => self.pure(context, rules),
            None => self.month(context),
        }
    }

    /// The pure stage: files in, the bill document out.
    fn pure(&self, context: &Context, rules: &std::path::Path) -> Result<(), Failures> {
        let (rulebook, _) = run::load_rules_file(rules)?;
        if self.lines.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
            return Err(Failure::usage("standard input can be read once only").into());
        }
        let usage = Usage::new(self.month, self.lines.clone());
        let (folder, voice) = (stage::temporary()?, context.terminal.voice("bills"));
        let how = How {
            parts: usage.parts(self.part_lines)?,
            spill: &folder.path().join("parts"),
            cancel: &context.stop.flag(),
            voice: &voice,
        };
        let tables = BillTables::in_folder(folder.path());
        let mut laid = run::lay_down(&usage, &rulebook, how, &tables)?;
        laid.rows.place_warnings(&rulebook, &BTreeMap::new());
        drop(voice);
        if self.strict && !laid.rows.warnings.is_empty() {
            return Err(run::refused_warnings(Exit::Review, &laid.rows.warnings, usage.counts_from()));
        }
        stage::warn(context, &laid.rows.warnings, usage.counts_from());
        let rows = laid.rows;
        for table in laid.tables {
            table.publish()?;
        }
        let bills = Bills { month: self.month, tables: &tables, counts: rows.counts, partial: &[] };
        context.print_bills(&bills, || summary::bills(self.month, &rows, &LineFacts::default()))
    }

    fn month(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let (rulebook, digests) = run::load_rules(&workspace)?;
        let mut stages = stage::stages(context, &workspace, &stage::Selection::of_month(self.month))?;
        stages.part_lines = self.part_lines;
        stages.strict = self.strict;
        let _lock = stage::hold(&stages, self.force)?;
        // Nothing is accepted of a month that is not there.
        stages.usage()?;
        self.accept.note(&stages.folder)?;
        stages.baseline = stage::baseline(&stages)?;
        let normalized = stages.normalized()?;
        let rated = stages.rate(&rulebook, &normalized)?;
        stages.finish(&digests, &normalized, &rated)?;
        let rows = &rated.rows;
        stage::warn(context, &rows.warnings, 0);
        let tables = stages.folder.bill_tables();
        context.print_bills(&stage::bills(&stages, rows, &tables), || {
            summary::bills(self.month, rows, &stage::facts(&stages, rows)) + &summary::todo(self.month, rows)
        })
    }
}
