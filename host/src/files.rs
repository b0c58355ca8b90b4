//! Files that appear whole or not at all: written beside their place, synced, renamed, the folder synced.

use std::fs;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::disk::{self, NewFile};
use crate::failure::{Exit, Failure};

/// No document of ours that is read at once is this large; more is not read, and fails as damaged.
const MOST_BYTES: u64 = 64 << 20;

/// A file on its way: nothing is at its place before [`Draft::publish`].
///
/// Its bytes are hashed as they are written. A draft that is dropped takes its bytes with it.
pub(crate) struct Draft {
    target: PathBuf,
    temporary: tempfile::TempPath,
    output: BufWriter<Hashed>,
}

/// A file whose bytes are hashed on their way; behind a buffer, for hashing crumbs is slow.
struct Hashed {
    file: NewFile,
    hash: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that a manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// Where it is.
    pub path: PathBuf,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// How many bytes.
    pub bytes: u64,
    /// True if the place did not already hold these bytes.
    pub changed: bool,
}

impl Published {
    /// A file that stands at its place already.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn standing(path: PathBuf) -> Result<Published, Failure> {
        let (sha256, bytes) = digest(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
        Ok(Published { path, sha256, bytes, changed: false })
    }
}

impl Draft {
    /// Begins a file that only its owner can read. Its folder is made if it is missing.
    ///
    /// # Errors
    /// If the folder or the file cannot be made.
    pub(crate) fn new(target: &Path) -> Result<Draft, Failure> {
        disk::make_folder(disk::folder_of(target)).map_err(Failure::from_problem)?;
        let named = tempfile::Builder::new()
            .prefix(disk::DRAFT)
            .tempfile_in(disk::folder_of(target))
            .map_err(|error| Failure::storage(target, "write", &error))?;
        let (file, temporary) = named.into_parts();
        let hashed = Hashed { file: NewFile::of(file), hash: Sha256::new() };
        let output = BufWriter::with_capacity(256 << 10, hashed);
        Ok(Draft { target: target.to_owned(), temporary, output })
    }

    /// Writes to it.
    ///
    /// # Errors
    /// If it could not be written.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.output.write_all(bytes).map_err(|error| Failure::storage(&self.target, "write", &error))
    }

    /// Puts the whole file at its place, unless the same bytes are there already.
    ///
    /// # Errors
    /// If anything of it could not be written: the place is then as it was.
    pub(crate) fn publish(self) -> Result<Published, Failure> {
        self.publish_after(|| Ok(()))
    }

    /// The same, doing something first if the place is going to change.
    ///
    /// # Errors
    /// Those of `before_change` too.
    pub(crate) fn publish_after(
        self,
        before_change: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<Published, Failure> {
        let path = self.target;
        let failed = |error: &io::Error| Failure::storage(&path, "write", error);
        let Hashed { file, hash } = self.output.into_inner().map_err(|error| failed(error.error()))?;
        let (sha256, bytes) = (disk::hex(&hash.finalize()), file.bytes());
        let is_there = fs::symlink_metadata(&path).is_ok_and(|old| old.len() == bytes)
            && digest(&path).is_ok_and(|(old, _)| old == sha256);
        if !is_there {
            file.sync_all().map_err(|error| failed(&error))?;
            before_change()?;
            self.temporary.persist(&path).map_err(|error| failed(&error.error))?;
            disk::sync_folder(disk::folder_of(&path)).map_err(Failure::from_problem)?;
        }
        Ok(Published { path, sha256, bytes, changed: !is_there })
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Writes a whole file at once; see [`Draft`].
///
/// # Errors
/// If it could not be written.
pub(crate) fn write_file(target: &Path, bytes: &[u8]) -> Result<Published, Failure> {
    let mut draft = Draft::new(target)?;
    draft.put(bytes)?;
    draft.publish()
}

/// Writes a whole file at once that everybody can read; see [`disk::write_readable`].
///
/// # Errors
/// If it could not be written.
pub(crate) fn write_readable(target: &Path, bytes: &[u8]) -> Result<(), Failure> {
    disk::write_readable(target, bytes).map_err(Failure::from_problem)
}

/// Writes what a command was told to write to a path: a file whole, or as it comes to what is no file (a pipe, `/dev/stdout`).
///
/// # Errors
/// If it could not be written.
pub(crate) fn write_output(target: &Path, bytes: &[u8]) -> Result<(), Failure> {
    match fs::metadata(target) {
        Ok(found) if !found.is_file() => {
            fs::write(target, bytes).map_err(|error| Failure::storage(target, "write", &error))
        }
        _ => write_readable(target, bytes),
    }
}

/// The same for what is too much to be held: `write` writes it, and a file is there whole or not at all, for its owner alone.
///
/// # Errors
/// If it could not be written; those of `write`.
pub(crate) fn stream_output(
    target: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if !fs::metadata(target).is_ok_and(|found| !found.is_file()) {
        let mut draft = Draft::new(target)?;
        write(&mut draft)?;
        return draft.publish().map(drop);
    }
    // What is no file is written to where it is: a draft would be put in its place.
    let failed = |error: io::Error| Failure::storage(target, "write", &error);
    let mut output = BufWriter::new(fs::OpenOptions::new().write(true).open(target).map_err(failed)?);
    write(&mut output)?;
    output.flush().map_err(failed)
}

/// A document as it is written, and printed for programs: indented, with a line's end.
///
/// # Errors
/// None that a document of ours could lead to.
pub(crate) fn json_text(document: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(document);
    text.map(|text| text + "\n")
        .map_err(|error| Failure::new(Exit::Internal, "E-INTERNAL", error.to_string()))
}

/// The bytes of a file of ours, or none if it is not there; a link is not followed.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let mut bytes = Vec::new();
    match disk::open_file(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::storage(path, "read", &error)),
    }
}

/// SHA-256 (hex) and length of a file; a link is not followed.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn digest(path: &Path) -> io::Result<(String, u64)> {
    let mut input = BufReader::with_capacity(256 << 10, disk::open_file(path)?);
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 256 << 10];
    loop {
        match input.read(&mut buffer)? {
            0 => return Ok((disk::hex(&hash.finalize()), bytes)),
            count => {
                hash.update(&buffer[..count]);
                bytes += count as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_is_written_to_and_stays_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bills.csv");
        for target in [Path::new("/dev/null"), &file] {
            let put = |to: &mut dyn Write| {
                to.write_all(b"bills").map_err(|error| Failure::storage(target, "write", &error))
            };
            stream_output(target, put).unwrap();
        }
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert_eq!(fs::read(&file).unwrap(), b"bills");
    }

    #[test]
    fn a_draft_is_nothing_until_published_and_the_same_bytes_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("runs/2026-03/bills.json");
        let mut draft = Draft::new(&target).unwrap();
        draft.write_all(b"one").unwrap();
        assert!(!target.exists());
        drop(draft);
        assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 0);

        assert!(write_file(&target, b"one").unwrap().changed);
        assert!(!write_file(&target, b"one").unwrap().changed);
        let two = write_file(&target, b"two").unwrap();
        assert!(two.changed);
        assert_eq!(digest(&target).unwrap(), (two.sha256, 3));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
