//! The index of a workspace: opened, and brought to what its months say.

use std::path::Path;

use ratebook_line::Month;
use rusqlite::Connection;

use super::{file, fill};
use crate::archive::{Archive, State, months};
use crate::failure::{Exit, Failure, Failures};

/// The index of a workspace. Nobody else of ours writes it while this is there.
pub(crate) struct Index {
    pub(super) database: Connection,
    /// Why it was begun anew, and where what was there is now, in words, if it was.
    pub begun_anew: Option<String>,
    pub(super) file: file::IndexFile,
}

/// What became of the index.
#[derive(Debug, Default)]
pub(crate) struct Updated {
    /// The months that were read again.
    pub read: Vec<Month>,
    /// The months that were as they are already.
    pub kept: Vec<Month>,
    /// The months that are no longer there, or not finished.
    pub removed: Vec<Month>,
    /// What stands in the way of others; they are not in the index.
    pub failures: Vec<Failure>,
}

impl Index {
    /// Opens the index of a workspace. A file that is none, or another version's, is begun anew.
    ///
    /// # Errors
    /// If it cannot be read or made.
    pub(crate) fn open(root: &Path) -> Result<Index, Failure> {
        let file = file::IndexFile::hold(root)?;
        let (database, begun_anew) = file.open()?;
        Ok(Index { database, begun_anew, file })
    }

    /// The same with nothing in it yet.
    ///
    /// # Errors
    /// As for [`Index::open`].
    pub(crate) fn empty(root: &Path) -> Result<Index, Failure> {
        let file = file::IndexFile::hold(root)?;
        let database = file.begin_anew()?;
        Ok(Index { database, begun_anew: None, file })
    }

    /// Reads the months whose manifest is another than the one they were read by, each in one transaction, and takes
    /// out those that are gone.
    ///
    /// # Errors
    /// If the index cannot be written. What is wrong with months is in [`Updated::failures`].
    pub(crate) fn update(mut self, root: &Path) -> Result<(Index, Updated), Failure> {
        match self.try_update(root) {
            // Only reading it shows that pages of it are damaged.
            Err(failure) if failure.code == file::DAMAGED => {
                let why = failure.message;
                drop(self.database);
                let aside = self.file.put_aside()?;
                (self.database, _) = self.file.open()?;
                self.begun_anew = Some(format!("{why}. It is {aside} now"));
                let updated = self.try_update(root)?;
                Ok((self, updated))
            }
            updated => updated.map(|updated| (self, updated)),
        }
    }

    fn try_update(&mut self, root: &Path) -> Result<Updated, Failure> {
        let mut updated = Updated::default();
        let mut known = fill::known(&self.database).map_err(|error| self.file.failed(&error))?;
        for month in months(root)? {
            let name = month.folder.month;
            match month.state {
                State::Draft(archive) | State::Closed(archive) => {
                    let before = known.remove(&name);
                    match self.take_in(&archive, before.as_deref()) {
                        Ok(true) => updated.read.push(name),
                        Ok(false) => updated.kept.push(name),
                        Err(failure) if matches!(failure.exit, Exit::Data | Exit::Closed) => {
                            // What was read of it before is not what it is.
                            known.extend(before.map(|before| (name, before)));
                            updated.failures.push(failure);
                        }
                        Err(failure) => return Err(failure),
                    }
                }
                State::Fetched => {}
                State::Damaged(failure) => updated.failures.push(*failure),
            }
        }
        for (month, _) in known {
            fill::remove(&self.database, month).map_err(|error| self.file.failed(&error))?;
            updated.removed.push(month);
        }
        Ok(updated)
    }

    /// Takes a month in, if it is not there as it is; true if it was read.
    fn take_in(&mut self, archive: &Archive, before: Option<&str>) -> Result<bool, Failure> {
        let transaction = self.database.transaction().map_err(|error| self.file.failed(&error))?;
        let is_there = before == Some(&archive.sha256);
        let failed = |error: &rusqlite::Error| self.file.failed(error);
        if is_there {
            fill::restate(&transaction, archive).map_err(|error| failed(&error))?;
        } else {
            fill::month(&transaction, archive, &failed)?;
        }
        transaction.commit().map_err(|error| self.file.failed(&error))?;
        Ok(!is_there)
    }
}

impl Updated {
    /// The same, if every finished month is in the index.
    ///
    /// # Errors
    /// What is wrong with the others.
    pub(crate) fn whole(self) -> Result<Updated, Failures> {
        if self.failures.is_empty() { Ok(self) } else { Err(Failures(self.failures)) }
    }
}
