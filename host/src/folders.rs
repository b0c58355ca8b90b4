//! Folders of ours: what is in them, and what a killed run has left there. Links in them lead nowhere.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ratebook_line::Month;

use crate::disk;
use crate::failure::{Exit, Failure};

/// Every file below a folder, by path; none if the folder is not there. A link counts as a file and leads nowhere. What
/// begins with a dot is a lock, or on its way, and is passed over.
///
/// # Errors
/// If a folder cannot be read.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in entries(&folder)? {
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let kind = entry.file_type().map_err(|error| Failure::storage(&entry.path(), "read", &error))?;
            match (hidden, kind.is_dir()) {
                (true, _) => {}
                (false, true) => folders.push(entry.path()),
                (false, false) => files.push(entry.path()),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Makes a folder, which must be one and no link to another.
///
/// # Errors
/// If it is a link, or cannot be made.
pub(crate) fn make(folder: &Path) -> Result<(), Failure> {
    disk::make_folder(folder).map_err(Failure::from_problem)?;
    match fs::symlink_metadata(folder).is_ok_and(|found| found.is_symlink()) {
        true => Err(a_link(folder)),
        false => Ok(()),
    }
}

/// Takes away the drafts that a killed run has left below a folder that nobody else works in.
///
/// # Errors
/// If anything below it is a link: what it leads to is not ours to write. If a draft cannot be taken away.
pub(crate) fn sweep(folder: &Path) -> Result<(), Failure> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in entries(&folder)? {
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| Failure::storage(&path, "read", &error))?;
            if kind.is_symlink() {
                return Err(a_link(&path));
            }
            if kind.is_dir() {
                folders.push(path);
            } else if entry.file_name().as_encoded_bytes().starts_with(disk::DRAFT.as_bytes()) {
                disk::remove(&path).map_err(Failure::from_problem)?;
            }
        }
    }
    Ok(())
}

/// Takes away every folder below a folder in which there is nothing; what stays is harmless.
pub(crate) fn prune(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            prune(&entry.path());
            // Refused where there is anything in it.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// True if a folder has one entry, of that name.
pub(crate) fn holds_only(folder: &Path, name: &str) -> bool {
    entries(folder).is_ok_and(|entries| entries.len() == 1 && entries[0].file_name() == name)
}

/// A link where a file or folder of ours belongs.
fn a_link(path: &Path) -> Failure {
    Failure::new(Exit::Storage, "E-STORAGE", "it is a link, and links are not followed here")
        .at(path.display().to_string())
        .fix("Take it away, or put what it leads to in its place.")
}

/// What is in a folder; nothing if it is not there.
fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, Failure> {
    let failed = |error: io::Error| Failure::storage(folder, "read", &error);
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries.map_err(failed)?.collect::<Result<_, _>>().map_err(failed),
    }
}

/// The months that a folder has entries of, in their order; none if it is not there.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn months_in(folder: &Path) -> Result<Vec<Month>, Failure> {
    let mut months = Vec::new();
    for entry in entries(folder)? {
        months.extend(entry.file_name().to_str().and_then(|name| name.parse::<Month>().ok()));
    }
    months.sort();
    Ok(months)
}
