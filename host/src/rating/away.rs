//! Lines that are kept in files until their bills are made.

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use ratebook_rating::{Rating, Run};

use super::spill::Spill;
use crate::disk;
use crate::failure::Failure;

/// How many bytes of a run are read at once: some for each run, and runs may be many.
const READ_AT_ONCE: u64 = 64 << 10;

/// The runs of a session, a file each. They go when this is dropped.
pub(super) struct Away<'s> {
    /// The folder, made when the first run comes.
    at: &'s Path,
    spill: Option<Spill>,
    runs: Vec<PathBuf>,
}

impl<'s> Away<'s> {
    pub(super) fn new(at: &'s Path) -> Away<'s> {
        Away { at, spill: None, runs: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Takes the lines that a session keeps.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(super) fn take(&mut self, rating: &mut Rating<'_>) -> Result<(), Failure> {
        let spill = match self.spill.take() {
            Some(spill) => spill,
            None => Spill::new(self.at)?,
        };
        let path = self.spill.insert(spill).path().join(self.runs.len().to_string());
        let failed = |error: std::io::Error| Failure::storage(&path, "write", &error);
        let mut file = BufWriter::with_capacity(256 << 10, File::create_new(&path).map_err(failed)?);
        rating.hand_away(&mut |bytes| file.write_all(bytes).map_err(failed))?;
        file.flush().map_err(failed)?;
        self.runs.push(path);
        Ok(())
    }

    /// All runs, from their begins.
    ///
    /// # Errors
    /// If one cannot be opened.
    pub(super) fn runs(&self) -> Result<Vec<Run<'_, Failure>>, Failure> {
        let run = |path: &PathBuf| {
            let file = disk::open_file(path).map_err(|error| Failure::storage(path, "read", &error))?;
            let path = path.clone();
            let run: Run<'_, Failure> = Box::new(move |bytes| {
                let read = (&file).take(READ_AT_ONCE).read_to_end(bytes);
                read.map(drop).map_err(|error| Failure::storage(&path, "read", &error))
            });
            Ok(run)
        };
        self.runs.iter().map(run).collect()
    }
}
