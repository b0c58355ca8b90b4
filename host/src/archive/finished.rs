//! A finished month as it stands on disk, and whether it may be worked on.

use std::collections::BTreeMap;
use std::io;

use super::closed::{Closed, changed, read_closed};
use crate::config::{Source, Workspace};
use crate::failure::{Exit, Failure};
use crate::files::digest;
use crate::run::{FileEntry, Manifest, MonthFolder};

/// A finished month.
#[derive(Debug)]
pub(crate) struct Archive {
    /// Where it is.
    pub folder: MonthFolder,
    /// What it is made of.
    pub manifest: Manifest,
    /// SHA-256 of the manifest.
    pub sha256: String,
    /// If it is closed: how.
    pub closed: Option<Closed>,
}

impl Archive {
    /// Opens a finished month; none if the month has no manifest.
    ///
    /// # Errors
    /// If the manifest is not as it was written, or not the one that was closed.
    pub(crate) fn open(folder: MonthFolder) -> Result<Option<Archive>, Failure> {
        let closed = read_closed(&folder)?;
        let read = Manifest::read(&folder).map_err(|failure| match &closed {
            None => failure,
            Some(_) => changed(&folder, &failure.message).at(folder.manifest().display().to_string()),
        });
        let Some((manifest, sha256)) = read? else {
            return match closed {
                None => Ok(None),
                Some(_) => Err(changed(&folder, "its manifest is missing")),
            };
        };
        if closed.as_ref().is_some_and(|closed| closed.manifest != sha256) {
            return Err(changed(&folder, "its manifest is not the one that was closed"));
        }
        Ok(Some(Archive { folder, manifest, sha256, closed }))
    }

    /// How far it is, in a word.
    pub(crate) fn word(&self) -> &'static str {
        if self.closed.is_some() { "closed" } else { "draft" }
    }

    /// What it comes to if something of it is not as it was written.
    pub(crate) fn exit_if_damaged(&self) -> Exit {
        if self.closed.is_some() { Exit::Closed } else { Exit::Data }
    }

    /// The workspace as it was when the month was run, as far as lines and bills depend on it.
    pub(crate) fn workspace_then(&self, now: &Workspace) -> Workspace {
        let sources = self.manifest.sources.iter().map(|(name, entry)| {
            let source = Source::as_kept(now.sources.get(name), name, &entry.plugin.id, &entry.settings);
            (name.clone(), source)
        });
        let sources: BTreeMap<String, Source> = sources.collect();
        Workspace {
            root: now.root.clone(),
            rules: self.manifest.rules_root.clone(),
            sources,
            bounds: now.bounds,
        }
    }

    /// Compares a file with what the manifest says of it.
    ///
    /// # Errors
    /// What differs, in words.
    pub(super) fn check(&self, name: &str, entry: &FileEntry) -> Result<(), String> {
        let path = self.folder.file(name);
        let (sha256, bytes) = digest(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "it is missing".to_owned(),
            _ => format!("it cannot be read: {error}"),
        })?;
        if bytes != entry.bytes {
            return Err(format!("it has {bytes} bytes, {} were written", entry.bytes));
        }
        if sha256 != entry.sha256 {
            return Err(format!("its sha256 is {}, {} was written", short(&sha256), short(&entry.sha256)));
        }
        Ok(())
    }
}

/// Sees to it that a month may be worked on: it is not closed, and nobody changed its results by hand. The month
/// must be held.
///
/// # Errors
/// If it may not; `force` lets results that were changed by hand be made anew.
pub(crate) fn may_change(folder: &MonthFolder, force: bool) -> Result<(), Failure> {
    if read_closed(folder)?.is_some() {
        let month = folder.month;
        return Err(Failure::new(Exit::Closed, "E-CLOSED", format!("{month} is closed"))
            .note("Nothing was changed.")
            .fix(format!(
                "What a vendor corrects later is billed in an open month: ratebook adjust --month {month} --into {}; --file \
                 SOURCE=PATH takes a file for it.",
                month.next()
            )));
    }
    if force {
        return Ok(());
    }
    let Some(archive) = Archive::open(folder.clone())? else { return Ok(()) };
    // A payload that was changed is refused where it is read, and the same payloads may come again.
    let results = archive.manifest.files.iter().filter(|(name, _)| !name.starts_with("payloads/"));
    let edited: Vec<String> = results
        .filter_map(|(name, entry)| Some(format!("{name}: {}", archive.check(name, entry).err()?)))
        .collect();
    let Some(first) = edited.first() else { return Ok(()) };
    let message = match edited.len() {
        1 => format!("{first}; it was changed after the run that made it"),
        count => format!("{count} files were changed after the run that made them, such as {first}"),
    };
    Err(Failure::new(Exit::Closed, "E-EDITED", message)
        .at(folder.path().display().to_string())
        .note("Nothing was overwritten.")
        .fix("Copy what was changed to another place and run with --force, which makes all of it anew."))
}

/// The begin of a digest, for people.
pub(super) fn short(sha256: &str) -> String {
    sha256.chars().take(12).collect::<String>() + ".."
}
