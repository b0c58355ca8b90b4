//! Closing a month: what must be true before, the record that does it, and files that nobody may write any more.

use std::fs;
use std::io;
use std::path::Path;

use ratebook_line::Month;

use super::closed::{Closed, HeldAtClosing, Previous};
use super::finished::Archive;
use super::held;
use super::states::{State, months};
use crate::config::Workspace;
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::Payloads;
use crate::files::{digest, write_file};
use crate::run::{MonthFolder, RuleTexts};
use crate::seal::sealed;

/// What a month is closed with.
pub(crate) struct Closing<'c> {
    /// The rules of the workspace as they are now.
    pub rules: &'c RuleTexts,
    /// When, in UTC.
    pub at: jiff::Timestamp,
    /// Who.
    pub by: String,
    /// Why, if it is said.
    pub note: Option<String>,
    /// Why it is right to close while lines are held, if that is accepted.
    pub accept_held: Option<String>,
}

/// Closes a month that was verified. The month must be held.
///
/// # Errors
/// Everything that stands in the way.
pub(crate) fn close(archive: &Archive, root: &Path, closing: Closing<'_>) -> Result<Closed, Failures> {
    let month = archive.folder.month;
    let mut wrong = in_the_way(archive, &closing);
    if archive.manifest.counts.held > 0 && closing.accept_held.is_none() {
        wrong.push(held::refused(archive, &held::waiting(archive)?));
    }
    let mut previous = None;
    for earlier in months(root)?.into_iter().filter(|other| other.folder.month < month) {
        match earlier.state {
            State::Closed(closed) => previous = Some(closed.folder),
            State::Draft(_) => wrong.push(
                open(month, earlier.folder.month)
                    .fix(format!("Months are closed in order: ratebook close --month {}", earlier.folder.month)),
            ),
            // Closing it would be refused: there is nothing to close yet.
            State::Fetched => wrong.push(open(month, earlier.folder.month).fix(format!(
                "Months are closed in order: ratebook run --month {0}, then close it; if {0} is no month of yours, take {1} away.",
                earlier.folder.month,
                earlier.folder.path().display()
            ))),
            State::Damaged(failure) => wrong.push(*failure),
        }
    }
    if !wrong.is_empty() {
        return Err(Failures(wrong));
    }
    let previous = previous
        .map(|folder| {
            let path = folder.closed();
            let (sha256, _) = digest(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
            Ok::<_, Failure>(Previous { month: folder.month, sha256 })
        })
        .transpose()?;
    let at = closing.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let because = closing.accept_held.filter(|_| archive.manifest.counts.held > 0);
    let held = because.map(|because| HeldAtClosing {
        at: at.clone(),
        because,
        by: closing.by.clone(),
        lines: archive.manifest.counts.held,
    });
    let closed = Closed {
        at,
        by: closing.by,
        held,
        manifest: archive.sha256.clone(),
        month,
        note: closing.note,
        previous,
        seal: String::new(),
    };
    // The record is what closes; that files cannot be written any more only keeps slips away.
    write_file(&archive.folder.closed(), sealed(&closed)?.as_bytes())?;
    freeze(archive)?;
    Ok(closed)
}

fn in_the_way(archive: &Archive, closing: &Closing<'_>) -> Vec<Failure> {
    let (folder, manifest) = (&archive.folder, &archive.manifest);
    let month = folder.month;
    let mut wrong = Vec::new();
    if month.last_day() >= closing.at.to_zoned(jiff::tz::TimeZone::UTC).date() {
        wrong.push(review(month, "E-PROVISIONAL", "the month is not over".to_owned()));
    } else {
        wrong.extend(manifest.sources.keys().filter_map(|source| fetched_too_early(folder, source)));
    }
    if !manifest.partial.is_empty() {
        let missing = manifest.partial.join(", ");
        wrong.push(
            review(month, "E-PARTIAL", format!("the usage of {missing} is missing"))
                .fix(format!("Fetch it: ratebook run --month {month}")),
        );
    }
    let changed = manifest.rules_changed(closing.rules);
    if !changed.is_empty() {
        wrong.push(
            review(
                month,
                "E-RULES-CHANGED",
                format!("the rules were changed since the month was rated: {}", changed.join(", ")),
            )
            .fix(format!(
                "See what moves: ratebook diff --from run:{month}. Rate it again: ratebook rate --month {month}"
            )),
        );
    }
    wrong
}

/// A source whose payloads were kept before the month was over: usage of the last days is not in them.
fn fetched_too_early(folder: &MonthFolder, source: &str) -> Option<Failure> {
    let month = folder.month;
    match Payloads::find(&folder.payloads(source)) {
        Err(problem) => Some(Failure::from_problem(problem).of(source, month)),
        Ok(payloads) => {
            let day = payloads?.kept_on().filter(|day| *day <= month.last_day())?;
            let what = format!("its usage was fetched on {day}, before the month was over");
            let failure = review(month, "E-PROVISIONAL", what).of(source, month);
            Some(failure.fix(format!(
                "Fetch the whole month: ratebook run --month {month}; what was imported by hand: ratebook import."
            )))
        }
    }
}

/// What is on no bill of a month because it was never asked for; nobody need have meant that.
///
/// # Errors
/// If the folder of months cannot be read.
pub(crate) fn never_asked(archive: &Archive, workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let month = archive.folder.month;
    let sources = workspace.sources.keys().filter(|source| !archive.manifest.sources.contains_key(*source));
    let mut told: Vec<String> = sources
        .map(|source| {
            format!(
                "the source {source} was set up after {month} was run: its usage of that month is on no bill"
            )
        })
        .collect();
    let before = months(&workspace.root)?.into_iter().map(|other| other.folder.month);
    if let Some(last) = before.filter(|other| *other < month).max()
        && last.next() != month
    {
        told.push(format!("no month between {last} and {month} was ever run"));
    }
    Ok(told)
}

fn open(month: Month, earlier: Month) -> Failure {
    review(month, "E-OPEN", format!("{earlier} comes before it and is not closed"))
}

fn review(month: Month, code: &str, message: String) -> Failure {
    let failure = Failure::new(Exit::Review, code, message).note("Nothing was closed.");
    Failure { month: Some(month), ..failure }
}

/// Takes the right to write from every file that the manifest names, from it and from the record. What ended before
/// all of them were done is done by closing once more.
///
/// # Errors
/// If a file does not let it be taken.
pub(crate) fn freeze(archive: &Archive) -> Result<(), Failure> {
    let folder = &archive.folder;
    let named = archive.manifest.files.keys().map(|name| folder.file(name));
    for path in named.chain([folder.manifest(), folder.closed()]) {
        read_only(&path).map_err(|error| Failure::storage(&path, "make read-only", &error))?;
    }
    Ok(())
}

fn read_only(path: &Path) -> io::Result<()> {
    let mut permissions = fs::symlink_metadata(path)?.permissions();
    if !permissions.readonly() {
        permissions.set_readonly(true);
        fs::set_permissions(path, permissions)?;
    }
    Ok(())
}
