//! Why recorded bills moved: what differs between the rules that they are expected of and those of the workspace.
//!
//! A recorded month keeps no rules. Those before are looked for where rules are kept (git, the month's run), and are taken
//! only if they lead to what is expected.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ratebook_rating::{Edit, Edits};

use super::check::Moved;
use super::folder::Recorded;
use crate::config::Workspace;
use crate::diff::{self, BillMove, Comparison, Job, RuleSet, RuleSource, Side};
use crate::failure::Failures;
use crate::rating::{How, PART_LINES};

/// What moved bills, by the file of their snapshot.
#[derive(Debug, Default)]
pub(crate) struct MovedBy(BTreeMap<PathBuf, Vec<String>>);

/// What is said of a bill that no edit is known for.
const UNKNOWN: &str =
    "not known: neither the rules in git nor those of the month's run lead to what is expected";

impl MovedBy {
    /// Looks for what moved the bills of recorded months.
    ///
    /// # Errors
    /// If the rules of the workspace do not load.
    pub(crate) fn look_up<'m>(
        workspace: &Workspace,
        months: impl Iterator<Item = (&'m Recorded, &'m [Moved])>,
        how: How<'_>,
    ) -> Result<MovedBy, Failures> {
        let new = RuleSource::Here.load(workspace)?;
        let mut by = BTreeMap::new();
        for (recorded, moved) in months {
            let bills: Vec<&Moved> = moved.iter().filter(|moved| moved.customer.is_some()).collect();
            if bills.is_empty() {
                continue;
            }
            let kept = [RuleSource::Git("HEAD".to_owned()), RuleSource::Run(recorded.month)];
            // What is not kept, or does not load any more, is not what is looked for.
            let sets = kept.iter().filter_map(|kept| kept.load(workspace).ok());
            let found = sets
                .filter_map(|old| compared(recorded, [&old, &new], how))
                .find(|found| fits(found, &bills));
            for bill in bills {
                let texts = match &found {
                    Some(found) => of_bill(found, bill),
                    None => vec![UNKNOWN.to_owned()],
                };
                by.insert(bill.path.clone(), texts);
            }
        }
        Ok(MovedBy(by))
    }

    /// What moved the bill of a snapshot, an edit each; nothing for the month as a whole, which follows from its bills.
    pub(crate) fn of(&self, snapshot: &Path) -> &[String] {
        self.0.get(snapshot).map(Vec::as_slice).unwrap_or_default()
    }
}

fn compared(recorded: &Recorded, sets: [&RuleSet; 2], how: How<'_>) -> Option<Comparison> {
    let edits = Edits::new(&sets[0].rulebook, &sets[1].rulebook);
    let usage = recorded.usage().ok()?;
    let job = Job {
        sides: sets.map(|set| Side { usage: &usage, rules: &set.rulebook, title: &set.title }),
        part_lines: PART_LINES,
        spill: how.spill,
        cancel: how.cancel,
        voice: how.voice,
        customers: &[],
        lines: false,
    };
    diff::compare(&job, &edits).ok()
}

/// True if the rules before lead to every bill that is expected.
fn fits(found: &Comparison, bills: &[&Moved]) -> bool {
    bills.iter().all(|bill| match moved_of(found, bill) {
        Some(moved) => moved.old.map(|old| (old.total, old.currency)) == bill.total_expected,
        // Only words moved, or nothing did.
        None => bill.total_expected == bill.total_found,
    })
}

fn moved_of<'f>(found: &'f Comparison, bill: &Moved) -> Option<&'f BillMove> {
    found.moved.iter().find(|moved| bill.customer.as_deref() == Some(moved.customer.as_str()))
}

fn of_bill(found: &Comparison, bill: &Moved) -> Vec<String> {
    let Some(moved) = moved_of(found, bill) else {
        let reworded = bill.customer.as_ref().is_some_and(|customer| found.reworded.contains(customer));
        let text = if reworded { "edits of words alone: no amount moves" } else { UNKNOWN };
        return vec![text.to_owned()];
    };
    let mut texts: Vec<String> =
        moved.edits.iter().filter_map(|at| found.edits.get(*at)).map(edit_text).collect();
    if moved.indirect {
        texts.push("lines of others (a shared pool)".to_owned());
    }
    texts
}

fn edit_text(edit: &Edit) -> String {
    match edit.new_place.as_ref().or(edit.old_place.as_ref()) {
        Some(place) => format!("{edit}  ({place})"),
        None => edit.to_string(),
    }
}
