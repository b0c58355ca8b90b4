//! `ratebook adjust`: what a vendor corrected of a closed month, put on the bills of an open one.

use std::str::FromStr;
use std::sync::Arc;

use ratebook_line::{Decimal, Month};
use serde_json::{Value, json};

use super::Context;
use super::stage;
use super::verify;
use crate::archive::{self, Adjusting, Archive, Restated};
use crate::config::Workspace;
use crate::disk;
use crate::failure::{Exit, Failure, Failures, escaped};
use crate::files::Draft;
use crate::output::money::{fixed, signed};
use crate::output::table;
use crate::rating::PART_BYTES;
use crate::run::{self, From, MonthFolder, Stages};

/// Put what a vendor corrected of a closed month on the bills of an open one
#[derive(clap::Args)]
pub(super) struct Adjust {
    /// The closed month, like 2026-02
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// The open month whose bills carry the difference
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::from_str)]
    into: Month,
    /// Take the corrected payloads from recordings/ instead of asking the vendors
    #[arg(long)]
    offline: bool,
    /// Show what would be put on the bills, and write nothing
    #[arg(long, conflicts_with = "accept")]
    dry_run: bool,
    #[command(flatten)]
    accept: stage::Accept,
}

impl Adjust {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        if self.into <= self.month {
            return Err(Failure::usage(format!("{} does not come after {}", self.into, self.month)).into());
        }
        let into = MonthFolder::new(&workspace.root, self.into);
        let _lock = into.lock()?;
        archive::may_change(&into, true)?;
        self.accept.note(&into)?;
        let closed = self.closed(MonthFolder::new(&workspace.root, self.month))?;
        verify::verified(context, &workspace, &closed, true)?;

        let scratch = stage::temporary()?;
        let mut restated = into.restated(self.month);
        if self.dry_run {
            restated = into.of(self.into).moved_to(scratch.path()).restated(self.month);
        } else if into.adjustments_of(self.month).is_file() {
            // Until they are made anew there are none: a run that is killed leaves nothing half done.
            disk::remove(&into.manifest()).map_err(Failure::from_problem)?;
            disk::remove(&into.adjustments_of(self.month)).map_err(Failure::from_problem)?;
        }
        let adjusting =
            self.compare(context, &workspace, &closed, restated.clone(), &into, scratch.path())?;
        if !self.dry_run {
            if adjusting.adjustments.is_empty() {
                disk::remove(restated.path()).map_err(Failure::from_problem)?;
                // The folder stays if other months are put right here.
                let _ = std::fs::remove_dir(into.adjustments());
            } else {
                write(&into, self.month, &adjusting)?;
            }
        }
        context.print_either(|| self.text(&adjusting), || json_of(self, &adjusting))
    }

    fn closed(&self, folder: MonthFolder) -> Result<Archive, Failures> {
        let archive = verify::finished(folder)?;
        if archive.closed.is_none() {
            let failure = Failure::new(Exit::Review, "E-OPEN", format!("{} is not closed", self.month));
            let fix = format!("An open month is run again: ratebook run --month {} --refetch", self.month);
            return Err(failure.note("Nothing was written.").fix(fix).into());
        }
        Ok(archive)
    }

    fn compare(
        &self,
        context: &Context,
        workspace: &Workspace,
        closed: &Archive,
        restated: MonthFolder,
        into: &MonthFolder,
        scratch: &std::path::Path,
    ) -> Result<Adjusting, Failures> {
        let as_closed = closed.workspace_then(workspace);
        let stages = Stages {
            sources: as_closed.sources.values().collect(),
            folder: restated,
            answers: Some(vec![closed.folder.clone(), into.clone()]),
            ..stage::month(context, &as_closed, self.month, false)?
        };
        stages.fetch(if self.offline { From::Recordings } else { From::vendor(true) })?;
        stages.normalize()?;
        let (rulebook, _) = run::load_kept_rules(&closed.folder)?;
        let voice = context.terminal.voice("adjust");
        let cancel = Arc::clone(&stages.cancel);
        let job = Restated {
            closed,
            lines: stages.usage()?,
            into,
            rules: &rulebook,
            part_bytes: PART_BYTES,
            spill: &scratch.join("parts"),
            cancel: &cancel,
            voice: &voice,
        };
        archive::adjust(&job, &workspace.root)
    }

    fn text(&self, adjusting: &Adjusting) -> String {
        if adjusting.adjustments.is_empty() {
            return format!("{} is as it was billed: there is nothing to put right\n", self.month);
        }
        let places = |currency| adjusting.totals.get(&currency).map_or(2, |(places, ..)| *places);
        let mut rows = Vec::new();
        for adjustment in &adjusting.adjustments {
            let places = places(adjustment.currency);
            let line = adjustment.adjusts.line.map_or("new".to_owned(), |line| line.to_string());
            rows.push(vec![
                escaped(&adjustment.customer),
                line,
                escaped(&adjustment.name),
                fixed(adjustment.adjusts.was, places),
                fixed(adjustment.adjusts.is, places),
                signed(adjustment.amount, places),
                adjustment.currency.to_string(),
            ]);
        }
        let header = ["customer", "line", "name", "was", "is", "difference", ""];
        let mut text = table::plain(&header, &rows, &[1, 3, 4, 5]);
        if let Some(last) = adjusting.earlier.last() {
            text +=
                &format!("\n{} was put right before, last in {last}: that is what was billed.\n", self.month);
        }
        for (currency, (places, was, is)) in &adjusting.totals {
            let difference = is.checked_sub(*was).unwrap_or(Decimal::ZERO);
            text += &format!(
                "\n{} in {currency}: billed {}, by now {}, difference {}",
                self.month,
                fixed(*was, *places),
                fixed(*is, *places),
                signed(difference, *places)
            );
        }
        text.push('\n');
        if adjusting.newly_held > 0 {
            text += &format!(
                "{} lines of usage wait by now that did not before; they are in no amount\n",
                adjusting.newly_held
            );
        }
        text += &match self.dry_run {
            true => "Nothing was written.\n".to_owned(),
            false => format!("Put them on the bills: ratebook run --month {}\n", self.into),
        };
        text
    }
}

fn write(into: &MonthFolder, closed: Month, adjusting: &Adjusting) -> Result<(), Failure> {
    disk::remove(&into.manifest()).map_err(Failure::from_problem)?;
    let mut draft = Draft::new(&into.adjustments_of(closed))?;
    for adjustment in &adjusting.adjustments {
        let line = serde_json::to_string(adjustment)
            .map_err(|error| Failure::new(Exit::Internal, "E-INTERNAL", error.to_string()))?;
        draft.put((line + "\n").as_bytes())?;
    }
    draft.publish().map(|_| ())
}

fn json_of(command: &Adjust, adjusting: &Adjusting) -> Value {
    let totals: serde_json::Map<String, Value> = adjusting
        .totals
        .iter()
        .map(|(currency, (places, was, is))| {
            (currency.to_string(), json!({ "was": fixed(*was, *places), "is": fixed(*is, *places) }))
        })
        .collect();
    json!({
        "month": command.month,
        "into": command.into,
        "adjustments": adjusting.adjustments,
        "newlyHeld": adjusting.newly_held,
        "totals": totals,
    })
}
