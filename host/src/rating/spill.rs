//! The folder of a month's temporary files.

use std::path::{Path, PathBuf};

use crate::disk;
use crate::failure::Failure;

/// A folder of temporary files; it goes when this is dropped.
pub(crate) struct Spill {
    folder: PathBuf,
}

impl Spill {
    /// A folder that is empty, whatever a command that was killed has left there. Nobody else may use it meanwhile.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn new(folder: &Path) -> Result<Spill, Failure> {
        disk::remove(folder).map_err(Failure::from_problem)?;
        disk::make_folder(folder).map_err(Failure::from_problem)?;
        Ok(Spill { folder: folder.to_owned() })
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // What stays is taken away before the folder is used again.
        let _ = disk::remove(&self.folder);
    }
}
