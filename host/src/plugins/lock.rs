//! `plugins.lock`: which files a workspace trusts, by content.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ratebook_plugin::manifest::Manifest;
use serde::{Deserialize, Serialize};

use super::PluginError;

/// The lock's name inside a workspace.
const LOCK_FILE: &str = "plugins.lock";

const HEAD: &str = "\
# The plugin files that this workspace uses, by their content; any other content is not opened.
# Written by `ratebook plugin trust FILE`.
";

/// `plugins.lock`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    #[serde(default, rename = "plugin")]
    plugins: Vec<Entry>,
}

/// One trusted file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) version: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Lock {
    /// Reads a workspace's lock; a workspace without one trusts nothing.
    pub(super) fn read(workspace: &Path) -> Result<Lock, PluginError> {
        let path = workspace.join(LOCK_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Lock::default()),
            Err(error) => return Err(wrong(path, &error)),
        };
        Lock::parse(&path, &text)
    }

    /// Reads the text of a lock.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Lock, PluginError> {
        let lock: Lock = toml::from_str(text).map_err(|error| wrong(path.to_owned(), &error))?;
        for (index, entry) in lock.plugins.iter().enumerate() {
            if lock.plugins[..index].iter().any(|other| other.id == entry.id) {
                return Err(wrong(path.to_owned(), &format!("it names the plugin {} twice", entry.id)));
            }
        }
        Ok(lock)
    }

    pub(super) fn entry(&self, id: &str) -> Option<&Entry> {
        self.plugins.iter().find(|entry| entry.id == id)
    }

    /// Puts an entry in the place of the one with its id.
    pub(super) fn put(&mut self, entry: Entry) {
        self.plugins.retain(|other| other.id != entry.id);
        self.plugins.push(entry);
        self.plugins.sort_by(|one, other| one.id.cmp(&other.id));
    }

    /// Writes the lock, whole or not at all.
    pub(super) fn write(&self, workspace: &Path) -> Result<(), PluginError> {
        let path = workspace.join(LOCK_FILE);
        let text = toml::to_string(self).map_err(|error| wrong(path.clone(), &error))?;
        let write = || -> std::io::Result<()> {
            let mut file = new_file(workspace)?;
            file.write_all(HEAD.as_bytes())?;
            file.write_all(b"\n")?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|error| wrong(path.clone(), &error))
    }
}

impl Entry {
    /// The entry of a file that was read.
    pub(super) fn new(manifest: &Manifest, bytes: u64, sha256: &str) -> Entry {
        Entry { id: manifest.id.clone(), version: manifest.version.clone(), bytes, sha256: sha256.to_owned() }
    }
}

fn new_file(workspace: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".plugins.lock.");
    // Like any file that is kept in git: readable, and only its owner writes it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder.tempfile_in(workspace)
}

fn wrong(path: PathBuf, why: &dyn std::fmt::Display) -> PluginError {
    PluginError::Lock { path, why: why.to_string().trim_end().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, sha256: &str) -> Entry {
        Entry { id: id.to_owned(), version: "0.1.0".to_owned(), bytes: 7, sha256: sha256.to_owned() }
    }

    #[test]
    fn entries_there_and_back_sorted_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let mut lock = Lock::read(folder.path()).unwrap();
        assert!(lock.entry("acme").is_none());
        lock.put(entry("zenith", "ee"));
        lock.put(entry("acme", "aa"));
        lock.put(entry("acme", "ab"));
        lock.write(folder.path()).unwrap();
        let lock = Lock::read(folder.path()).unwrap();
        assert_eq!(lock.plugins, [entry("acme", "ab"), entry("zenith", "ee")]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_lock_that_is_not_understood_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCK_FILE);
        for (text, why) in [
            ("plugin = 7", "invalid type"),
            ("[[plugin]]\nid = \"a\"\nversion = \"1\"\nbytes = 1\nsha256 = \"a\"\nsigned = true\n", "signed"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Lock::read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let one = "[[plugin]]\nid = \"a\"\nversion = \"1\"\nbytes = 1\nsha256 = \"a\"\n";
        std::fs::write(&path, one.repeat(2)).unwrap();
        assert!(Lock::read(folder.path()).unwrap_err().to_string().contains("names the plugin a twice"));
    }
}
