//! `ratebook diff`: whose bill moves, and by how much.

use std::str::FromStr;

use ratebook_line::Month;
use ratebook_rating::Edits;

use super::context::{Context, Format};
use super::stage;
use crate::config::Workspace;
use crate::diff::{Comparison, Fate, Job, Limit, Metric, RuleSource, Side, compare};
use crate::failure::{Exit, Failure, Failures};
use crate::output::diff::{self as output, Compared};
use crate::rating::PART_LINES;
use crate::run::LineFacts;
use crate::testing::{Tests, kept_usage};

/// Show whose bill moves: one usage under two rule sets, or two months under one
///
/// RULES is a revision of git (`main`, `HEAD~1`, `git:v2`), a folder of rules or a workspace (`../other`,
/// `dir:rules-2027`), or the rules that a month was rated with (`run:2026-03`).
///
/// A LIMIT is METRIC > NUMBER, or METRIC > NUMBER% of what it was: `total` (all bills of a currency), `bill` (any one
/// bill), `moved` (how many bills), `held`, `dropped`, `unpriced` (how many lines newly so, of all customers). It holds
/// upwards and downwards; if one is passed the exit code is 4.
#[derive(clap::Args)]
pub(super) struct Diff {
    /// The month, like 2026-03: its run, or, if there is none, as it was recorded [default: all recorded months]
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Vec<Month>,
    /// The rules before [default: git:HEAD]
    #[arg(long, value_name = "RULES", value_parser = RuleSource::parse)]
    from: Option<RuleSource>,
    /// The rules after [default: those of the workspace, as its files are now]
    #[arg(long, value_name = "RULES", value_parser = RuleSource::parse)]
    to: Option<RuleSource>,
    /// Compare with this month instead, both under the rules of --to
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::from_str, conflicts_with = "from")]
    from_month: Option<Month>,
    /// Take months as they were recorded, even if there is a run
    #[arg(long)]
    recorded: bool,
    /// Only this customer, with the lines that move (may be given several times)
    #[arg(long, short, value_name = "ID")]
    customer: Vec<String>,
    /// Show the lines that move, of every bill
    #[arg(long)]
    lines: bool,
    /// Exit with 4 if more moves than this (may be given several times)
    #[arg(long, value_name = "LIMIT", value_parser = Limit::from_str)]
    fail_if: Vec<Limit>,
    /// How many lines are rated at once
    #[arg(long, hide = true, value_name = "N", default_value_t = PART_LINES)]
    part_lines: u64,
}

impl Diff {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let new = self.to.as_ref().unwrap_or(&RuleSource::Here).load(&workspace)?;
        let old = match (&self.from, self.from_month) {
            (_, Some(_)) => None,
            (Some(from), None) => Some(from.load(&workspace)?),
            (None, None) => {
                Some(RuleSource::Git("HEAD".to_owned()).load(&workspace).map_err(name_the_rules)?)
            }
        };
        let old = old.as_ref().unwrap_or(&new);
        let edits = Edits::new(&old.rulebook, &new.rulebook);
        let lines = self.lines || !self.customer.is_empty() || context.global.format == Format::Html;
        let (voice, spill) = (context.terminal.voice("diff"), stage::temporary()?);
        let (mut compared, mut failed) = (Vec::new(), Vec::new());
        for month in self.months(&workspace)? {
            let after = kept_usage(&workspace, month, self.recorded)?;
            let before = match self.from_month {
                Some(month) => kept_usage(&workspace, month, self.recorded)?,
                None => after.clone(),
            };
            let cancel = context.stop.flag();
            let job = Job {
                sides: [
                    Side { usage: &before.usage, rules: &old.rulebook, title: &old.title },
                    Side { usage: &after.usage, rules: &new.rulebook, title: &new.title },
                ],
                part_lines: self.part_lines,
                spill: spill.path(),
                cancel: &cancel,
                voice: &voice,
                customers: &self.customer,
                lines,
            };
            // A month that one side cannot rate does not hide the others.
            let comparison = match compare(&job, &edits) {
                Ok(comparison) => comparison,
                Err(failures) => {
                    failed.extend(failures.0);
                    continue;
                }
            };
            let wanted = comparison.fates.iter().flat_map(|fate| fate.examples.iter().copied());
            let facts = LineFacts::of_subjects(&after.usage.files, wanted);
            compared.push(Compared {
                month,
                from_month: self.from_month,
                rules: [old.title.clone(), new.title.clone()],
                usage: match before.title == after.title {
                    true => after.title,
                    false => format!("{} -> {}", before.title, after.title),
                },
                some: !self.customer.is_empty(),
                stops: new.stops_at_unpriced && comparison.unpriced[1] > 0,
                passed: self.fail_if.iter().filter_map(|limit| passed(limit, &comparison)).collect(),
                comparison,
                facts,
            });
        }
        drop(voice);
        if compared.is_empty() && !failed.is_empty() {
            return Err(Failures(failed));
        }
        self.known(&compared)?;
        context.print_result(&match context.global.format {
            // The others are not given to this command.
            Format::Table | Format::Jsonl | Format::Csv | Format::Toml => output::text(&compared),
            Format::Json => output::json(&compared),
            Format::Markdown => output::markdown(&compared),
            Format::Html => output::html(&compared)?,
        })?;
        failed.extend(limits_passed(&compared));
        if failed.is_empty() { Ok(()) } else { Err(Failures(failed)) }
    }

    fn months(&self, workspace: &Workspace) -> Result<Vec<Month>, Failures> {
        if !self.month.is_empty() {
            return Ok(self.month.clone());
        }
        let recorded = Tests::of(workspace).months()?;
        if recorded.is_empty() || self.from_month.is_some() {
            return Err(Failure::usage("which month? --month YYYY-MM says it")
                .fix("Without it all recorded months are compared; `ratebook test record --month YYYY-MM` records one.")
                .into());
        }
        Ok(recorded)
    }

    /// A customer that no side has a bill for is a slip of the keyboard.
    fn known(&self, compared: &[Compared]) -> Result<(), Failures> {
        let found: u64 = compared.iter().map(|compared| compared.comparison.bills).sum();
        if self.customer.is_empty() || found > 0 {
            return Ok(());
        }
        Err(Failure::usage(format!("there is no bill of {}, before or after", self.customer.join(", ")))
            .into())
    }
}

fn name_the_rules(failures: Failures) -> Failures {
    let fix = "Say what to compare with: --from REVISION, --from FOLDER, or --from run:YYYY-MM.";
    Failures(
        failures
            .0
            .into_iter()
            .map(|failure| match failure.code.as_str() {
                "E-GIT" => failure.fix(fix),
                _ => failure,
            })
            .collect(),
    )
}

/// A sentence for a limit that was passed.
fn passed(limit: &Limit, found: &Comparison) -> Option<String> {
    let newly = |fate: Fate| -> u64 {
        let newly = found.fates.iter().filter(|moved| moved.newly && moved.why.fate == fate);
        newly.map(|moved| moved.count).sum()
    };
    let count = |count: u64| limit.is_passed_by_count(count).then(|| format!("{limit}: {count}"));
    match limit.metric() {
        Metric::Moved => count(found.moved.len() as u64),
        Metric::Held => count(newly(Fate::Held)),
        Metric::Dropped => count(newly(Fate::Dropped)),
        Metric::Unpriced => count(newly(Fate::Unpriced)),
        Metric::Total => {
            let mut totals = found.totals.iter();
            let (currency, totals) = totals.find(|(_, totals)| {
                let [old, new] = totals.sums;
                limit.is_passed_by(Some(old), Some(new))
            })?;
            let [old, new] = totals.sums;
            Some(format!("{limit}: {old} -> {new} {currency}"))
        }
        Metric::Bill => {
            // In two currencies the two sides say nothing of each other: each is as if the other were not there.
            let bill = found.moved.iter().find(|bill| {
                let total = |side: Option<crate::diff::BillSide>| side.map(|side| side.total);
                match bill.difference() {
                    Some(_) => limit.is_passed_by(total(bill.old), total(bill.new)),
                    None => {
                        limit.is_passed_by(total(bill.old), None) || limit.is_passed_by(None, total(bill.new))
                    }
                }
            })?;
            Some(format!("{limit}: the bill of {}", bill.customer))
        }
    }
}

/// What ends the command if limits were passed.
fn limits_passed(compared: &[Compared]) -> Vec<Failure> {
    let passed =
        compared.iter().flat_map(|compared| compared.passed.iter().map(|passed| (compared.month, passed)));
    passed
        .map(|(month, passed)| {
            let message = format!("more moves than --fail-if allows: {passed}");
            Failure { month: Some(month), ..Failure::new(Exit::Review, "E-LIMIT", message) }
        })
        .collect()
}
