//! The temporary files of a month that is rated part by part.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::disk::{self, NewFile};
use crate::failure::Failure;

/// What one file's buffer takes. A file of a kind may be open for every part.
const BUFFER: usize = 64 << 10;

/// A folder of files, one of each kind for every part; it goes when this is dropped.
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

    /// Begins a file.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn write(&self, kind: &str, part: u32) -> Result<SpillFile, Failure> {
        let path = self.path(kind, part);
        let file = disk::new_file(&path).map_err(|error| Failure::storage(&path, "write", &error))?;
        Ok(SpillFile { path, output: BufWriter::with_capacity(BUFFER, file), bytes: 0 })
    }

    /// Opens a file that was finished.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(crate) fn read(&self, kind: &str, part: u32) -> Result<BufReader<File>, Failure> {
        let file = disk::open_file(&self.path(kind, part));
        Ok(BufReader::with_capacity(BUFFER, file.map_err(|error| self.unreadable(kind, part, &error))?))
    }

    /// Takes a file away that is not needed any more.
    ///
    /// # Errors
    /// If it stays.
    pub(crate) fn remove(&self, kind: &str, part: u32) -> Result<(), Failure> {
        disk::remove(&self.path(kind, part)).map_err(Failure::from_problem)
    }

    /// What it is to the command that a file cannot be read.
    pub(crate) fn unreadable(&self, kind: &str, part: u32, error: &io::Error) -> Failure {
        Failure::storage(&self.path(kind, part), "read", error)
    }

    fn path(&self, kind: &str, part: u32) -> PathBuf {
        self.folder.join(format!("{kind}-{part}"))
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // What stays is taken away before the folder is used again.
        let _ = disk::remove(&self.folder);
    }
}

/// A file on its way.
pub(crate) struct SpillFile {
    path: PathBuf,
    output: BufWriter<NewFile>,
    /// What was written, the buffer's part too.
    bytes: u64,
}

impl SpillFile {
    /// How much was written.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What it is to the command that the file cannot be written.
    pub(crate) fn unwritable(&self, error: &io::Error) -> Failure {
        Failure::storage(&self.path, "write", error)
    }

    /// Writes what is in the buffer.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
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
