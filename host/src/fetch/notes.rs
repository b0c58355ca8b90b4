//! What a plugin noted for its source and month: "report 8b50 was created", so that a killed run adopts it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use ratebook_plugin::{Problem, ProblemKind};

use crate::disk;

/// More is not a note.
const LONGEST: u64 = 1 << 20;

/// The notes of one source and month: a small JSON file, durable after every change.
#[derive(Debug)]
pub(crate) struct Notes {
    path: PathBuf,
    notes: BTreeMap<String, String>,
}

impl Notes {
    /// Reads the notes; a missing file holds none.
    ///
    /// # Errors
    /// If the file cannot be read or is not one of ours.
    pub(crate) fn open(path: &Path) -> Result<Notes, Problem> {
        let notes = match disk::open_file(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(disk::storage("read", path, &error)),
            Ok(file) => {
                let mut text = String::new();
                file.take(LONGEST)
                    .read_to_string(&mut text)
                    .map_err(|error| disk::storage("read", path, &error))?;
                serde_json::from_str(&text).map_err(|error| {
                    Problem::new(ProblemKind::Storage, format!("{} is damaged: {error}", path.display()))
                        .advise(
                            "It says what the vendor was already asked for. Look at it, then move it away; \
                         the next run looks for an unfinished report at the vendor.",
                        )
                })?
            }
        };
        Ok(Notes { path: path.to_owned(), notes })
    }

    /// A note.
    #[must_use]
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.notes.get(key).map(String::as_str)
    }

    /// Writes a note, or takes it away; it lasts when this returns.
    ///
    /// # Errors
    /// If it could not be written; then the note is as it was.
    pub(crate) fn set(&mut self, key: &str, value: Option<&str>) -> Result<(), Problem> {
        let mut notes = self.notes.clone();
        match value {
            Some(value) => notes.insert(key.to_owned(), value.to_owned()),
            None => notes.remove(key),
        };
        if notes == self.notes {
            return Ok(());
        }
        if notes.is_empty() {
            disk::remove(&self.path)?;
            disk::sync_folder(disk::folder_of(&self.path))?;
        } else {
            disk::make_folder(disk::folder_of(&self.path))?;
            let text =
                serde_json::to_string_pretty(&notes).map_err(|error| Problem::plugin(error.to_string()))?;
            disk::write_whole(&self.path, format!("{text}\n").as_bytes())?;
        }
        self.notes = notes;
        Ok(())
    }

    /// Takes all notes away: the month's fetch is complete.
    ///
    /// # Errors
    /// If the file could not be removed.
    pub(crate) fn clear(&mut self) -> Result<(), Problem> {
        if self.notes.is_empty() {
            return Ok(());
        }
        self.notes.clear();
        disk::remove(&self.path)?;
        disk::sync_folder(disk::folder_of(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn notes_outlive_the_run_and_go_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs/2026-03/state/eu.json");
        let mut notes = Notes::open(&path).unwrap();
        assert_eq!(notes.get("report"), None);
        notes.set("report", Some("8b50")).unwrap();
        notes.set("asked", Some("2026-03")).unwrap();
        let mut again = Notes::open(&path).unwrap();
        assert_eq!(again.get("report"), Some("8b50"));
        again.set("asked", None).unwrap();
        assert_eq!(Notes::open(&path).unwrap().get("asked"), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        again.clear().unwrap();
        assert!(!path.exists());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
    }

    #[test]
    fn damaged_notes_are_not_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("eu.json");
        fs::write(&path, "{\"report\": \"8b").unwrap();
        let problem = Notes::open(&path).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Storage);
        assert!(problem.message.contains("damaged"), "{problem}");
    }
}
