//! How rules files reach this crate: the host implements [`RuleFiles`], nothing here opens anything.

use std::collections::BTreeMap;

use super::glob::Glob;

/// Gives the texts of rules files. Paths use `/`; those of included files start at the root file's folder.
pub trait RuleFiles {
    /// The whole text of a file.
    ///
    /// # Errors
    /// A sentence fragment that says why there is none (`no such file`).
    fn read(&self, path: &str) -> Result<String, String>;

    /// The paths below `folder` (`""` is the folder that paths start from) that match a pattern such as
    /// `books/*.toml`, in any order. `*` and `?` do not match `/`. What it returns is given to
    /// [`RuleFiles::read`] as it is.
    ///
    /// # Errors
    /// A sentence fragment that says why the folder cannot be listed.
    fn matching(&self, folder: &str, pattern: &str) -> Result<Vec<String>, String>;
}

/// Rules files in memory: for tests, and for hosts that hold them already.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(BTreeMap<String, String>);

impl MemoryFiles {
    /// No files.
    #[must_use]
    pub fn new() -> MemoryFiles {
        MemoryFiles::default()
    }

    /// The same files and one more.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> MemoryFiles {
        self.0.insert(path.to_owned(), text.to_owned());
        self
    }
}

impl RuleFiles for MemoryFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }

    fn matching(&self, folder: &str, pattern: &str) -> Result<Vec<String>, String> {
        let pattern = join(folder, pattern);
        Ok(self.0.keys().filter(|path| path_matches(&pattern, path)).cloned().collect())
    }
}

/// Whether a path fits a pattern, part by part: `*` and `?` do not match `/`.
#[must_use]
pub fn path_matches(pattern: &str, path: &str) -> bool {
    let (parts, names): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    parts.len() == names.len() && parts.iter().zip(names).all(|(part, name)| Glob::new(part).matches(name))
}

/// The path of `name`, which is written in a file of `folder`.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folder a file lies in; `""` for the folder that paths start from.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Refuses paths that leave the folder of the file they are written in.
pub(super) fn safe(path: &str) -> Result<(), String> {
    // One spelling for each file, so that none is read twice.
    let leaves = path.split('/').any(|part| matches!(part, ".." | "." | ""));
    let absolute = path.starts_with('/') || path.contains('\\') || path.contains(':') || path.contains('\0');
    if path.is_empty() || leaves || absolute {
        return Err(format!("\"{path}\" must stay below this file's folder (no \"..\", nothing absolute)"));
    }
    Ok(())
}
