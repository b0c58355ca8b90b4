//! What `plugins.lock` says: which files a workspace trusts, by content.

use std::path::{Path, PathBuf};

use ratebook_plugin::manifest::Manifest;
use serde::{Deserialize, Serialize};

use super::error::PluginError;

const HEAD: &str = "\
# The plugin files that this workspace uses, by their content; any other content is not opened.
# Written by `ratebook plugin trust FILE`.
";

/// `plugins.lock`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    #[serde(default, rename = "plugin")]
    pub(super) plugins: Vec<Entry>,
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

    /// The text of a lock.
    pub(super) fn text(&self, path: &Path) -> Result<String, PluginError> {
        let text = toml::to_string(self).map_err(|error| wrong(path.to_owned(), &error))?;
        Ok(format!("{HEAD}\n{text}"))
    }
}

impl Entry {
    /// The entry of a file that was read.
    pub(super) fn new(manifest: &Manifest, bytes: u64, sha256: &str) -> Entry {
        Entry { id: manifest.id.clone(), version: manifest.version.clone(), bytes, sha256: sha256.to_owned() }
    }
}

/// A lock that cannot be used.
pub(super) fn wrong(path: PathBuf, why: &dyn std::fmt::Display) -> PluginError {
    PluginError::Lock { path, why: why.to_string().trim_end().to_owned() }
}
