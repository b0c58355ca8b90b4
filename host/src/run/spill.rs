//! The temporary files of a month that is rated part by part: `.parts/` in the month's folder.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::PathBuf;

use super::MonthFolder;
use crate::disk;
use crate::failure::Failure;

/// What one file's buffer takes. A file of each kind is open for every part.
const BUFFER: usize = 64 << 10;

/// What a file holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Billable lines: `<number>\t<JSON>\n`.
    Lines,
    /// Bills as they stand in the document, one behind the other.
    Bills,
    /// What became of lines that are on a bill.
    Priced,
}

/// The folder; it goes when this is dropped.
pub(super) struct Spill {
    folder: PathBuf,
}

impl Spill {
    /// A folder that is empty, whatever a run that was killed has left there. The month must be locked.
    pub(super) fn new(month: &MonthFolder) -> Result<Spill, Failure> {
        let folder = month.path().join(".parts");
        disk::remove(&folder).map_err(Failure::from_problem)?;
        disk::make_folder(&folder).map_err(Failure::from_problem)?;
        Ok(Spill { folder })
    }

    /// Begins a file.
    pub(super) fn write(&self, kind: Kind, part: u32) -> Result<SpillFile, Failure> {
        let path = self.path(kind, part);
        let file = disk::new_file(&path).map_err(|error| Failure::storage(&path, "write", &error))?;
        Ok(SpillFile { path, output: BufWriter::with_capacity(BUFFER, file), bytes: 0 })
    }

    /// Opens a file that was finished.
    pub(super) fn read(&self, kind: Kind, part: u32) -> Result<BufReader<File>, Failure> {
        let path = self.path(kind, part);
        let file = disk::open_file(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
        Ok(BufReader::with_capacity(BUFFER, file))
    }

    /// Takes a file away that is not needed any more.
    pub(super) fn remove(&self, kind: Kind, part: u32) -> Result<(), Failure> {
        disk::remove(&self.path(kind, part)).map_err(Failure::from_problem)
    }

    /// What it is to the run that a file cannot be read or copied.
    pub(super) fn failure(&self, kind: Kind, part: u32, doing: &str, error: &io::Error) -> Failure {
        Failure::storage(&self.path(kind, part), doing, error)
    }

    fn path(&self, kind: Kind, part: u32) -> PathBuf {
        let name = match kind {
            Kind::Lines => "lines",
            Kind::Bills => "bills",
            Kind::Priced => "priced",
        };
        self.folder.join(format!("{name}-{part}"))
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // What stays is taken away before the next run makes its own.
        let _ = disk::remove(&self.folder);
    }
}

/// A file on its way.
pub(super) struct SpillFile {
    path: PathBuf,
    output: BufWriter<File>,
    bytes: u64,
}

impl SpillFile {
    /// How much was written.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What it is to the run that the file cannot be written.
    pub(super) fn unwritable(&self, error: &io::Error) -> Failure {
        Failure::storage(&self.path, "write", error)
    }

    /// Writes what is in the buffer.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.output.flush().map_err(|error| self.unwritable(&error))
    }
}

impl Write for SpillFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.output.write(bytes)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}
