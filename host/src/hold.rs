//! Files that hold a part of a workspace against other commands that change it. A month has a lock of its own, which
//! refuses instead of waiting ([`crate::run::MonthFolder::lock`]).

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use ratebook_plugin::Problem;

use crate::disk;
use crate::failure::Failure;

/// What only one command changes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// `plugins.lock`.
    Plugins,
    /// Recorded months and snapshots in `tests/`.
    Tests,
    /// `runs/index.sqlite`.
    Index,
}

/// Holds a part of a workspace until it is dropped, or the process ends.
#[derive(Debug)]
pub(crate) struct Hold {
    _file: File,
}

impl Part {
    /// Holds it alone. Waits for the commands that have it.
    ///
    /// # Errors
    /// If it cannot be locked.
    pub(crate) fn alone(self, root: &Path) -> Result<Hold, Problem> {
        let file = self.open(root)?;
        file.lock().map_err(|error| self.failed(root, &error))?;
        Ok(Hold { _file: file })
    }

    /// Holds it with others that write files of their own in it; who is alone at first cleans up.
    ///
    /// # Errors
    /// If it cannot be locked; those of `clean_up`.
    pub(crate) fn shared(
        self,
        root: &Path,
        clean_up: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<Hold, Failure> {
        let failed = |error: &std::io::Error| Failure::from_problem(self.failed(root, error));
        let file = self.open(root).map_err(Failure::from_problem)?;
        match file.try_lock() {
            Ok(()) => {
                clean_up()?;
                file.unlock().map_err(|error| failed(&error))?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        file.lock_shared().map_err(|error| failed(&error))?;
        Ok(Hold { _file: file })
    }

    fn open(self, root: &Path) -> Result<File, Problem> {
        disk::make_folder(&root.join("runs"))?;
        disk::lock_file(&self.path(root)).map_err(|error| self.failed(root, &error))
    }

    /// Below `runs/`, which is shared by no repository.
    fn path(self, root: &Path) -> PathBuf {
        root.join("runs").join(match self {
            Part::Plugins => ".plugins.lock",
            Part::Tests => ".tests.lock",
            Part::Index => ".index.lock",
        })
    }

    fn failed(self, root: &Path, error: &std::io::Error) -> Problem {
        disk::storage("lock", &self.path(root), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_who_is_alone_cleans_up() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let is_cleaned_up = || {
            let mut cleaned_up = false;
            let hold = Part::Tests.shared(root, || {
                cleaned_up = true;
                Ok(())
            });
            let hold = hold.unwrap();
            (hold, cleaned_up)
        };
        let (first, cleaned_up) = is_cleaned_up();
        assert!(cleaned_up);
        let (second, cleaned_up) = is_cleaned_up();
        assert!(!cleaned_up, "somebody writes there");
        let other = Part::Tests.open(root).unwrap();
        assert!(other.try_lock().is_err());
        assert!(Part::Plugins.open(root).unwrap().try_lock().is_ok());
        drop((first, second));
        let alone = Part::Tests.alone(root).unwrap();
        assert!(other.try_lock_shared().is_err());
        drop(alone);
        assert!(other.try_lock().is_ok());
    }
}
