//! Snapshots in insta's format: read by insta, compared, written as pending (`.snap.new`), accepted or rejected.
//!
//! They are written here: insta's macros take their mode from the environment, name a source file of this program, stop
//! the program at a difference, and list the whole folder for each of some thousand bills.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use insta::Snapshot;

use crate::disk;
use crate::failure::{Exit, Failure};
use crate::files::write_readable;
use crate::inputs;

/// No snapshot is longer.
const LONGEST: u64 = 64 << 20;

/// What a snapshot has to say to a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// It says the same.
    Same,
    /// It says something else: this.
    Changed(String),
    /// There is none.
    New,
}

/// Compares a text with the snapshot at a path.
///
/// # Errors
/// If there is something that is no snapshot.
pub(crate) fn compare(path: &Path, text: &str) -> Result<Compared, Failure> {
    let found = match inputs::read(path, LONGEST) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Compared::New),
        Err(error) => return Err(Failure::storage(path, "read", &error)),
    };
    // Most are as they were written: then there is nothing to read in them.
    if found == written(text).as_bytes() {
        return Ok(Compared::Same);
    }
    let expected = read(path)?;
    // How wide columns are says nothing: another version may lay them out otherwise.
    let same = expected == text.trim_end() || words(&expected).eq(words(text));
    Ok(if same { Compared::Same } else { Compared::Changed(expected) })
}

/// What a text says, line by line, however it is spaced.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.trim_end().lines().flat_map(|line| line.split_whitespace().chain(std::iter::once("\n")))
}

/// The text of the snapshot at a path.
///
/// # Errors
/// If it cannot be read, or is no snapshot.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    // insta takes what has no head for a snapshot of its first versions, and reads half of it.
    if !inputs::read(path, LONGEST)
        .map_err(|error| Failure::storage(path, "read", &error))?
        .starts_with(b"---")
    {
        return Err(damaged(path, "it does not begin with ---"));
    }
    let snapshot = Snapshot::from_file(path).map_err(|error| damaged(path, &*error))?;
    let text = snapshot.as_text().map(ToString::to_string).filter(|text| !text.is_empty());
    text.ok_or_else(|| damaged(path, "it holds no text"))
}

fn damaged(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Rules, "E-SNAPSHOT", format!("this is no snapshot: {error}"))
        .at(path.display().to_string())
        .fix("Take it away and accept it anew: ratebook test --accept")
}

/// Writes a text beside its snapshot, to be looked at.
///
/// # Errors
/// If it could not be written.
pub(crate) fn write_pending(path: &Path, text: &str) -> Result<(), Failure> {
    write(&pending(path), text)
}

/// Makes a text the snapshot, in one step, and takes away what waits beside it.
///
/// # Errors
/// If it could not be written: the old one stands then.
pub(crate) fn accept(path: &Path, text: &str) -> Result<(), Failure> {
    write(path, text)?;
    reject(path)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_readable(path, written(text).as_bytes())
}

/// A snapshot as insta writes it, but for the source file: there is none.
fn written(text: &str) -> String {
    ["---\nsource: ratebook test\n---\n", text.trim_end(), "\n"].concat()
}

/// Takes away what waits beside a snapshot, if something does.
///
/// # Errors
/// If it cannot be taken away.
pub(crate) fn reject(path: &Path) -> Result<(), Failure> {
    disk::remove(&pending(path)).map_err(Failure::from_problem)
}

/// Where a text waits beside its snapshot.
pub(crate) fn pending(path: &Path) -> PathBuf {
    path.with_extension("snap.new")
}

/// The snapshots of a folder, by name.
///
/// # Errors
/// If the folder is there and cannot be read.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    files_ending(folder, ".snap")
}

/// The snapshots of a folder beside which a text waits, by name; some may not be there themselves.
///
/// # Errors
/// If the folder is there and cannot be read.
pub(crate) fn list_pending(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let pending = files_ending(folder, ".snap.new")?;
    Ok(pending.into_iter().map(|path| path.with_extension("")).collect())
}

fn files_ending(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(Failure::storage(folder, "read", &error)),
    };
    for entry in entries {
        let path = entry.map_err(|error| Failure::storage(folder, "read", &error))?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(folder: &Path, text: &str) -> PathBuf {
        let path = folder.join("acme.snap");
        fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn spaces_and_line_breaks_are_no_difference() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(compare(&folder.path().join("acme.snap"), "total 1.00 EUR").unwrap(), Compared::New);
        for same in ["total 1.00 EUR\n\nlines 1\n", "total   1.00 EUR\r\n\r\nlines 1\r\n\r\n"] {
            let path = snapshot(folder.path(), &format!("---\nsource: ratebook test\n---\n{same}"));
            assert_eq!(compare(&path, "total    1.00 EUR\n\nlines 1\n").unwrap(), Compared::Same, "{same:?}");
            for other in ["total 1.00 EUR\nlines 1\n", "total 10.0 EUR\n\nlines 1", "total 1.00 EUR\n\nlines"]
            {
                assert!(matches!(compare(&path, other).unwrap(), Compared::Changed(_)), "{other:?}");
            }
        }
    }

    #[test]
    fn what_is_no_snapshot_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for damaged in ["", "total 1.00 EUR\n", "---\nsource: [\n---\ntotal\n", "---\nsource: x\n"] {
            let path = snapshot(folder.path(), damaged);
            assert_eq!(compare(&path, "total 1.00 EUR").unwrap_err().code, "E-SNAPSHOT", "{damaged:?}");
        }
    }

    #[test]
    fn what_waits_becomes_the_snapshot_and_waits_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = snapshot(folder.path(), "---\nsource: ratebook test\n---\ntotal 1.00 EUR\n");
        let waiting = "---\nsource: x.rs\nassertion_line: 3\n---\ntotal 2.00 EUR\n\nlines 1\n";
        fs::write(pending(&path), waiting).unwrap();
        assert_eq!(list_pending(folder.path()).unwrap(), std::slice::from_ref(&path));
        accept(&path, "total 2.00 EUR\n\nlines 1\n").unwrap();
        let accepted = "---\nsource: ratebook test\n---\ntotal 2.00 EUR\n\nlines 1\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), accepted);
        assert!(list_pending(folder.path()).unwrap().is_empty());
        assert_eq!(list(folder.path()).unwrap(), [path]);
    }
}
