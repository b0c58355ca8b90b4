//! `ratebook run`: a month from the vendors to the bills.

use std::str::FromStr;

use ratebook_line::Month;

use super::context::Context;
use super::stage::{self, Selection};
use crate::failure::{Exit, Failure, Failures};
use crate::output::summary;
use crate::rating::PART_LINES;
use crate::run;

/// Fetch, normalize and rate a month: from the vendors to the bills
#[derive(clap::Args)]
pub(super) struct Run {
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// Load plugins into this process instead of one of their own, without sandbox and limits: for debugging
    #[arg(long)]
    in_process: bool,
    /// Take payloads from recordings/ instead of asking the vendors
    #[arg(long)]
    offline: bool,
    /// Ask the vendors again even for what is already here and whole
    #[arg(long, conflicts_with = "offline")]
    refetch: bool,
    /// Bill without the sources whose vendor fails; every file of it says so, and it cannot be closed
    #[arg(long)]
    allow_partial: bool,
    #[command(flatten)]
    accept: stage::Accept,
    /// Stop at whatever there is to warn of, before anything is published
    #[arg(long)]
    strict: bool,
    /// Make results anew that were changed by hand after they were made
    #[arg(long)]
    force: bool,
    /// How many lines are rated at once
    #[arg(long, hide = true, value_name = "N", default_value_t = PART_LINES)]
    part_lines: u64,
}

impl Run {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        // Always all sources: a bill of some of them would be a wrong bill.
        let selection = Selection { in_process: self.in_process, ..Selection::of_month(self.month) };
        let mut stages = stage::stages(context, &workspace, &selection)?;
        stages.part_lines = self.part_lines;
        stages.strict = self.strict;
        // Wrong rules are told before a vendor is asked.
        let (rulebook, rules) = run::load_rules(&workspace)?;
        let _lock = stage::hold(&stages, self.force)?;
        let from = if self.offline { run::From::Recordings } else { run::From::vendor(self.refetch) };
        let failed = match stages.fetch(from) {
            Ok(_) => None,
            Err(failures) if self.allow_partial => Some(stages.leave_out(failures)?),
            Err(failures) => return Err(failures),
        };
        self.accept.note(&stages.folder)?;
        let normalized = stages.normalize()?;
        stages.baseline = stage::baseline(&stages)?;
        let rated = stages.rate(&rulebook, &normalized)?;
        stages.finish(&rules, &normalized, &rated)?;
        let rows = &rated.rows;
        stage::warn(context, &rows.warnings, 0);
        let tables = stages.folder.bill_tables();
        context.print_bills(&stage::bills(&stages, rows, &tables), || {
            summary::run(&stages.folder, &normalized, rows, &stage::facts(&stages, rows))
        })?;
        match failed {
            None => Ok(()),
            Some(failures) => {
                context.has_result.set(true);
                Err(partial(&stages, failures))
            }
        }
    }
}

/// What ends a run that bills without some source: not what was wanted, but what was allowed.
fn partial(stages: &run::Stages<'_>, failures: Failures) -> Failures {
    let missing = stages.missing.join(", ");
    let failure =
        Failure::new(Exit::Partial, "E-PARTIAL", format!("the usage of {missing} is missing in these bills"))
            .fix(format!("Fetch it, and bill the whole month: ratebook run --month {}", stages.folder.month));
    // That no bill was written is not so here.
    let told =
        failures.0.into_iter().map(|failure| Failure { exit: Exit::Partial, notes: Vec::new(), ..failure });
    Failures(told.chain([failure]).collect())
}
