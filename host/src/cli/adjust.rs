//! `ratebook adjust`: what a vendor corrected of a closed month, and what waited in it and is decided by now, put on the
//! bills of an open one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use ratebook_line::{Decimal, Month};
use ratebook_rating::Adjustment;
use serde_json::{Value, json};

use super::context::Context;
use super::stage;
use super::verify;
use crate::archive::{self, Adjusting, Archive, Restated, RuleSet};
use crate::config::Workspace;
use crate::disk;
use crate::failure::{Exit, Failure, Failures, escaped};
use crate::fetch::Payloads;
use crate::files::Draft;
use crate::output::money::{counted, fixed, signed};
use crate::output::table;
use crate::rating::PART_LINES;
use crate::run::{self, DecidedBy, From, MonthFolder, Stages};

/// Put what a vendor corrected of a closed month, and what rules decide of it by now, on the bills of an open one
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
    /// Take this file for what the source sends by now; sources without one stay as they were billed (may be given several
    /// times)
    #[arg(long, value_name = "SOURCE=PATH", value_parser = of_source, conflicts_with = "offline")]
    file: Vec<(String, PathBuf)>,
    /// The format of the files, if the plugin does not recognize it
    #[arg(long = "as", value_name = "FORMAT", requires = "file")]
    read_as: Option<String>,
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
        stage::has_begun(self.into)?;
        let into = MonthFolder::new(&workspace.root, self.into);
        let _lock = into.lock()?;
        archive::may_change(&into, true)?;
        archive::is_last_to_adjust(&workspace.root, self.month, self.into)?;
        let closed = self.closed(MonthFolder::new(&workspace.root, self.month))?;
        verify::verified(context, &workspace, &closed, true)?;
        self.accept.note(&into)?;

        let scratch = stage::temporary()?;
        // Until it is whole it stands apart: what fails leaves the month as it was.
        let apart = match self.dry_run {
            true => scratch.path().to_owned(),
            false => into.adjusting(),
        };
        let restated = into.of(self.into).moved_to(&apart).restated(self.month);
        clear(&restated)?;
        let made = self.compare(context, &workspace, &closed, &restated, &into, scratch.path());
        let adjusting = made.inspect_err(|_| {
            // What was wrong was said; what stays behind is nothing of the month.
            let _ = clear(&restated);
        })?;
        if !self.dry_run {
            self.publish(&into, &restated, &adjusting)?;
        }
        context.print_either(|| self.text(&adjusting), || json_of(self, &adjusting))
    }

    /// Puts what was made at its place, instead of what an earlier `adjust` has put there.
    fn publish(&self, into: &MonthFolder, made: &MonthFolder, adjusting: &Adjusting) -> Result<(), Failures> {
        let place = into.restated(self.month);
        let something = !adjusting.adjustments.is_empty() || adjusting.decided > 0;
        if something {
            write(made, &adjusting.adjustments)?;
            disk::make_folder(into.adjustments()).map_err(Failure::from_problem)?;
        }
        if something || into.adjustments_of(self.month).is_file() {
            disk::remove(&into.manifest()).map_err(Failure::from_problem)?;
        }
        // First what makes them adjustments: a folder that is taken away in part is none.
        disk::remove(&into.adjustments_of(self.month)).map_err(Failure::from_problem)?;
        disk::remove(place.path()).map_err(Failure::from_problem)?;
        if something {
            std::fs::rename(made.path(), place.path())
                .map_err(|error| Failure::storage(place.path(), "write", &error))?;
            disk::sync_folder(into.adjustments()).map_err(Failure::from_problem)?;
        } else {
            // The folder stays if other months are put right here.
            let _ = std::fs::remove_dir(into.adjustments());
        }
        Ok(disk::remove(&into.adjusting()).map_err(Failure::from_problem)?)
    }

    fn closed(&self, folder: MonthFolder) -> Result<Archive, Failures> {
        let archive = verify::finished(folder)?;
        if archive.closed.is_none() {
            let failure = Failure::new(Exit::Review, "E-OPEN", format!("{} is not closed", self.month));
            let fix = match self.file.first() {
                None => format!("An open month is run again: ratebook run --month {} --refetch", self.month),
                Some((source, path)) => format!(
                    "An open month takes files in: ratebook import --source {source} --month {} {}",
                    self.month,
                    path.display()
                ),
            };
            return Err(failure.note("Nothing was written.").fix(fix).into());
        }
        Ok(archive)
    }

    fn compare(
        &self,
        context: &Context,
        workspace: &Workspace,
        closed: &Archive,
        restated: &MonthFolder,
        into: &MonthFolder,
        scratch: &std::path::Path,
    ) -> Result<Adjusting, Failures> {
        let (rules, texts) = run::load_rules(workspace)?;
        let as_closed = closed.workspace_then(workspace);
        let stages = Stages {
            sources: as_closed.sources.values().collect(),
            folder: restated.clone(),
            answers: Some(vec![closed.folder.clone(), into.clone()]),
            ..stage::month(context, &as_closed, self.month, false)?
        };
        self.payloads(&stages, closed, into)?;
        stages.normalize()?;
        let voice = context.terminal.voice("adjust");
        let cancel = Arc::clone(&stages.cancel);
        let title = "rules of the workspace".to_owned();
        let job = Restated {
            closed,
            lines: stages.usage()?,
            into,
            rules: Some(RuleSet { rules: rules.hold_unpriced(), title }),
            part_lines: PART_LINES,
            spill: &scratch.join("parts"),
            cancel: &cancel,
            voice: &voice,
        };
        let adjusting = archive::adjust(&job, &workspace.root)?;
        let by = DecidedBy {
            decided: adjusting.decided,
            held: adjusting.held,
            rules: texts.iter().map(|(name, file)| (name.clone(), file.sha256.clone())).collect(),
            rules_root: workspace.rules.clone(),
        };
        by.write(restated, &texts)?;
        Ok(adjusting)
    }

    /// Sees to it that the payloads are there that the month is made of by now.
    fn payloads(&self, stages: &Stages<'_>, closed: &Archive, into: &MonthFolder) -> Result<(), Failures> {
        let (root, restated) = (&stages.workspace.root, &stages.folder);
        if self.file.is_empty() {
            let from = match self.offline {
                true => From::Recordings,
                false => From::vendor(true),
            };
            if self.offline {
                let has_none = |source: &str| {
                    Payloads::find(&restated.recordings(source)).map(|recorded| recorded.is_none())
                };
                archive::lay_out_payloads(closed, root, into, restated, has_none)?;
            }
            return stages.fetch(from).map(drop).map_err(|failures| self.or_a_file(failures));
        }
        let mut files: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
        for (source, path) in &self.file {
            stages.workspace.source(source)?;
            files.entry(source).or_default().push(path.clone());
        }
        archive::lay_out_payloads(closed, root, into, restated, |source| Ok(!files.contains_key(source)))?;
        let how = run::How { format: self.read_as.as_deref(), how_to_say: "--as FORMAT", is_tried: true };
        let mut failed = Vec::new();
        for (source, files) in &files {
            if let Err(Failures(failures)) =
                run::import(stages, stages.workspace.source(source)?, files, &how)
            {
                failed.extend(failures);
            }
        }
        if failed.is_empty() { Ok(()) } else { Err(Failures(failed)) }
    }

    /// What is taken in by hand cannot be taken in to a closed month.
    fn or_a_file(&self, failures: Failures) -> Failures {
        let fixed = failures.0.into_iter().map(|failure| match (&failure.source, &failure.fix) {
            (Some(source), Some(fix)) if fix.contains("ratebook import") => {
                let (month, into) = (self.month, self.into);
                let fix = format!(
                    "Take in what it is by now: ratebook adjust --month {month} --into {into} --file {source}=PATH"
                );
                failure.fix(fix)
            }
            _ => failure,
        });
        Failures(fixed.collect())
    }

    fn text(&self, adjusting: &Adjusting) -> String {
        if adjusting.adjustments.is_empty() && adjusting.decided == 0 {
            let held = waiting_text(adjusting);
            return format!("{} is as it was billed: there is nothing to put right\n{held}", self.month);
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
        if adjusting.decided > 0 {
            let decided = counted(adjusting.decided, "line");
            text += &format!("{decided} of usage that waited: decided by the rules of the workspace\n");
        }
        text += &waiting_text(adjusting);
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

/// A source and a file of it.
fn of_source(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((source, path)) if !source.is_empty() && !path.is_empty() => {
            Ok((source.to_owned(), path.into()))
        }
        _ => Err("write the source's name, = and the file's path".to_owned()),
    }
}

/// How many lines are on no bill for want of a rule that decides them.
fn waiting_text(adjusting: &Adjusting) -> String {
    match adjusting.held {
        0 => String::new(),
        1 => "1 line of usage keeps waiting: no rule decides it yet\n".to_owned(),
        held => format!("{} of usage keep waiting: no rule decides them yet\n", counted(held, "line")),
    }
}

/// Takes away what an `adjust` that failed or was killed has left, but for what it noted of its vendors: a report that was
/// begun is found again.
fn clear(made: &MonthFolder) -> Result<(), Failure> {
    for name in ["adjustments.jsonl", "contents", "decided.json", "lines", "payloads", "rules", "skipped"] {
        disk::remove(&made.path().join(name)).map_err(Failure::from_problem)?;
    }
    Ok(())
}

fn write(made: &MonthFolder, adjustments: &[Adjustment]) -> Result<(), Failure> {
    let mut draft = Draft::new(&made.path().join("adjustments.jsonl"))?;
    draft.put(&archive::adjustments_text(adjustments)?)?;
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
        "decided": adjusting.decided,
        "held": adjusting.held,
        "newlyHeld": adjusting.newly_held,
        "totals": totals,
    })
}
