//! Folders that begin as templates (`init`, `plugin new`): each file is made whole, and a try that ended half-way is gone on
//! with.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::disk;
use crate::failure::{Failure, Failures};
use crate::files::{read_if_there, write_file, write_readable};
use crate::folders;

/// Who may read what a template makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner alone.
    Owner,
    /// Everybody, as source that is built and shared.
    Everybody,
}

/// What stands in a folder where a template is to go.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// The files that are there and say something else.
    pub others: Vec<PathBuf>,
    /// How many are there as the template has them.
    pub same: usize,
}

/// Looks which of a template's files are there already.
///
/// # Errors
/// If one cannot be read.
pub(crate) fn standing(folder: &Path, files: &[(&str, &str)]) -> Result<Standing, Failure> {
    let mut standing = Standing::default();
    for (name, text) in files {
        let path = folder.join(name);
        let is_file = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Failure::storage(&path, "read", &error)),
            Ok(found) => found.is_file(),
        };
        if is_file && read_if_there(&path)?.is_some_and(|bytes| bytes == text.as_bytes()) {
            standing.same += 1;
        } else {
            standing.others.push(path);
        }
    }
    Ok(standing)
}

/// Writes the files that are not there yet, in their order. Until the last is there the folder is nobody's yet, and what a
/// killed try has left half written goes.
///
/// # Errors
/// If one cannot be written: those before it stand, and the same command goes on from there.
pub(crate) fn write(folder: &Path, files: &[(&str, &str)], readers: Readers) -> Result<(), Failures> {
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    if paths.last().is_some_and(|last| !last.exists()) {
        let folders: BTreeSet<&Path> = paths.iter().map(|path| disk::folder_of(path)).collect();
        folders.into_iter().try_for_each(folders::sweep_here)?;
    }
    for (path, (_, text)) in paths.iter().zip(files).filter(|(path, _)| !path.exists()) {
        match readers {
            Readers::Owner => drop(write_file(path, text.as_bytes())?),
            Readers::Everybody => write_readable(path, text.as_bytes())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [(&str, &str); 3] = [("a/one", "1"), ("a/two", "2"), ("three", "3")];

    #[test]
    fn a_try_that_ended_half_way_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("new");
        write(&root, &FILES[..1], Readers::Owner).unwrap();
        fs::write(root.join("a/.draft-a1B2c3"), "2").unwrap();
        fs::write(root.join("a/.draft-of-mine"), "theirs").unwrap();
        let there = standing(&root, &FILES).unwrap();
        assert_eq!((there.same, there.others.len()), (1, 0));
        write(&root, &FILES, Readers::Everybody).unwrap();
        assert_eq!(standing(&root, &FILES).unwrap().same, 3);
        let names = |folder: PathBuf| {
            let mut names: Vec<_> =
                fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(names(root.join("a")), [".draft-of-mine", "one", "two"]);

        fs::write(root.join("three"), "mine").unwrap();
        assert_eq!(standing(&root, &FILES).unwrap().others, [root.join("three")]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_something_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("three")).unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        std::os::unix::fs::symlink("/dev/null", folder.path().join("a/two")).unwrap();
        let there = standing(folder.path(), &FILES).unwrap();
        assert_eq!(there.others, [folder.path().join("a/two"), folder.path().join("three")]);
    }
}
