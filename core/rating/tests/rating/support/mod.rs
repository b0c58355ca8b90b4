//! What the integration tests share: rules files on disk, and a case folder's lines.

pub(crate) mod random;
pub(crate) mod replay;
mod runs;

use std::fs;
use std::path::{Path, PathBuf};

use ratebook_line::JsonLineReader;
use ratebook_rating::{LoadError, Rated, Rating, RuleFiles, Rulebook, RunError, path_matches};
use serde_json::Value;

/// Rules files below a folder of the repository.
pub(crate) struct Folder(pub(crate) PathBuf);

impl RuleFiles for Folder {
    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.0.join(path)).map_err(|error| error.to_string())
    }

    fn matching(&self, folder: &str, pattern: &str) -> Result<Vec<String>, String> {
        let pattern = if folder.is_empty() { pattern.to_owned() } else { format!("{folder}/{pattern}") };
        let mut found = Vec::new();
        walk(&self.0, "", &mut found);
        found.retain(|path| path_matches(&pattern, path));
        Ok(found)
    }
}

/// The paths of all files below a folder.
fn walk(root: &Path, folder: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if entry.path().is_dir() { walk(root, &path, found) } else { found.push(path) }
    }
}

/// The folder of this crate's tests.
pub(crate) fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The sub-folders of a folder, sorted.
pub(crate) fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// A case: `case.json` of a folder.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) document: Value,
    text: String,
}

impl Case {
    pub(crate) fn read(folder: &Path) -> Case {
        let text = fs::read_to_string(folder.join("case.json")).unwrap();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let document = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Case { name, document, text }
    }

    /// Rates the case's lines; `order` may rearrange them.
    pub(crate) fn rate<'r>(&self, rulebook: &'r Rulebook) -> Result<Rated<'r>, RunError> {
        let month = self.document["month"].as_str().unwrap().parse().unwrap();
        let mut rating = Rating::new(rulebook, month);
        self.each_line(|line| rating.push(line));
        rating.finish()
    }

    pub(crate) fn each_line(&self, mut take: impl FnMut(&ratebook_line::BillableLine<'_>)) {
        // Numbers are read from their text, which a JSON value does not keep.
        #[derive(serde::Deserialize)]
        struct Lines<'a> {
            #[serde(borrow)]
            lines: &'a serde_json::value::RawValue,
        }
        let lines: Lines<'_> = serde_json::from_str(&self.text).unwrap();
        JsonLineReader::new(lines.lines.get().as_bytes())
            .for_each::<ratebook_line::LineError>(|line| {
                take(&line);
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }
}

pub(crate) fn load(folder: &Path) -> Result<Rulebook, LoadError> {
    ratebook_rating::load("rules.toml", &Folder(folder.to_owned()))
}
