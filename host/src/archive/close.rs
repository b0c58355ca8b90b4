//! Closing a month: what must be true before, the record that does it, and files that nobody may write any more.

use std::fs;
use std::io;
use std::path::Path;

use ratebook_line::Month;
use sha2::{Digest as _, Sha256};

use super::states::{State, months};
use super::{Archive, Closed, Previous};
use crate::disk;
use crate::failure::{Exit, Failure, Failures};
use crate::files::Draft;
use crate::run::RuleTexts;
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
}

/// Closes a month that was verified. The month must be held.
///
/// # Errors
/// Everything that stands in the way.
pub(crate) fn close(archive: &Archive, root: &Path, closing: Closing<'_>) -> Result<Closed, Failures> {
    let month = archive.folder.month;
    let mut wrong = in_the_way(archive, &closing);
    let mut previous = None;
    for earlier in months(root)?.into_iter().filter(|other| other.folder.month < month) {
        match earlier.state {
            State::Closed(..) => previous = Some(earlier.folder),
            State::Draft(_) | State::Fetched => wrong.push(
                review(
                    month,
                    "E-OPEN",
                    format!("{} comes before it and is not closed", earlier.folder.month),
                )
                .fix(format!("Months are closed in order: ratebook close --month {}", earlier.folder.month)),
            ),
            State::Damaged(failure) => wrong.push(*failure),
        }
    }
    if !wrong.is_empty() {
        return Err(Failures(wrong));
    }
    let previous = previous
        .map(|folder| {
            let path = folder.closed();
            let bytes = fs::read(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
            Ok::<_, Failure>(Previous { month: folder.month, sha256: disk::hex(&Sha256::digest(bytes)) })
        })
        .transpose()?;
    let manifest = archive.folder.manifest();
    let (sha256, _) =
        crate::files::digest(&manifest).map_err(|error| Failure::storage(&manifest, "read", &error))?;
    let closed = Closed {
        at: closing.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        by: closing.by,
        manifest: sha256,
        month,
        note: closing.note,
        previous,
        seal: String::new(),
    };
    let path = archive.folder.closed();
    let mut draft = Draft::new(&path)?;
    draft.put(sealed(&closed)?.as_bytes())?;
    // The record is what closes; that files cannot be written any more only keeps slips away.
    draft.publish()?;
    freeze(archive)?;
    Ok(closed)
}

fn in_the_way(archive: &Archive, closing: &Closing<'_>) -> Vec<Failure> {
    let (folder, manifest) = (&archive.folder, &archive.manifest);
    let month = folder.month;
    let mut wrong = Vec::new();
    if month.last_day() >= closing.at.to_zoned(jiff::tz::TimeZone::UTC).date() {
        wrong.push(review(month, "E-PROVISIONAL", "the month is not over".to_owned()));
    }
    if !manifest.partial.is_empty() {
        let missing = manifest.partial.join(", ");
        wrong.push(
            review(month, "E-PARTIAL", format!("the usage of {missing} is missing"))
                .fix(format!("Fetch it: ratebook run --month {month}")),
        );
    }
    let now: Vec<(&String, &String)> =
        closing.rules.iter().map(|(name, file)| (name, &file.sha256)).collect();
    if now != manifest.rules.iter().collect::<Vec<_>>() {
        let changed: Vec<&str> = closing
            .rules
            .iter()
            .filter(|(name, file)| manifest.rules.get(*name) != Some(&file.sha256))
            .map(|(name, _)| name.as_str())
            .chain(
                manifest.rules.keys().filter(|name| !closing.rules.contains_key(*name)).map(String::as_str),
            )
            .collect();
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
