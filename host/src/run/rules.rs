//! The rules of a workspace: read from disk for the rating room, which opens nothing itself; and those that a month was
//! rated with, kept beside its bills.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ratebook_rating::{LoadError, MemoryFiles, RuleFiles, Rulebook, path_matches};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Manifest, MonthFolder};
use crate::config::Workspace;
use crate::disk::hex;
use crate::failure::{Exit, Failure, Failures};

/// Every rules file that was read, by its path.
pub(crate) type RuleTexts = BTreeMap<String, RuleText>;

/// A rules file as it was read.
#[derive(Debug)]
pub(crate) struct RuleText {
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// What it says.
    pub text: String,
}

/// Rules files below a folder. Notes what was read.
struct Folder {
    root: PathBuf,
    read: RefCell<RuleTexts>,
}

/// No rules file is this large.
const MOST_BYTES: u64 = 64 << 20;

impl RuleFiles for Folder {
    fn read(&self, path: &str) -> Result<String, String> {
        let file = self.root.join(path);
        let told = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            _ => error.to_string(),
        };
        if fs::metadata(&file).map_err(told)?.len() > MOST_BYTES {
            return Err(format!("it is larger than {} MiB", MOST_BYTES >> 20));
        }
        let bytes = fs::read(&file).map_err(told)?;
        let sha256 = hex(&Sha256::digest(&bytes));
        let text = String::from_utf8(bytes)
            .map_err(|error| format!("not UTF-8 text (at byte {})", error.utf8_error().valid_up_to()))?;
        self.read.borrow_mut().insert(path.to_owned(), RuleText { sha256, text: text.clone() });
        Ok(text)
    }

    fn matching(&self, folder: &str, pattern: &str) -> Result<Vec<String>, String> {
        let pattern = if folder.is_empty() { pattern.to_owned() } else { format!("{folder}/{pattern}") };
        // Only the folders that the pattern's parts name or match are listed.
        let mut found = vec![String::new()];
        for (depth, part) in pattern.split('/').enumerate() {
            let mut next = Vec::new();
            for parent in &found {
                let entries = match fs::read_dir(self.root.join(parent)) {
                    Ok(entries) => entries,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => continue,
                    Err(error) => return Err(format!("{parent}: {error}")),
                };
                for entry in entries {
                    let name = entry.map_err(|error| format!("{parent}: {error}"))?.file_name();
                    if let Some(name) = name.to_str().filter(|name| path_matches(part, name)) {
                        next.push(if depth == 0 { name.to_owned() } else { format!("{parent}/{name}") });
                    }
                }
            }
            found = next;
        }
        found.retain(|path| self.root.join(path).is_file());
        Ok(found)
    }
}

/// Reads and checks the rules of a workspace, without data.
///
/// # Errors
/// Everything that is wrong with them.
pub(crate) fn load_rules(workspace: &Workspace) -> Result<(Rulebook, RuleTexts), Failures> {
    load(&workspace.root, &workspace.rules)
}

/// Reads and checks the rules that begin in a file.
///
/// # Errors
/// Everything that is wrong with them.
pub(crate) fn load_rules_file(file: &Path) -> Result<(Rulebook, RuleTexts), Failures> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    load(file.parent().unwrap_or(Path::new("")), &name)
}

fn load(root: &Path, path: &str) -> Result<(Rulebook, RuleTexts), Failures> {
    let files = Folder { root: root.to_owned(), read: RefCell::default() };
    let rulebook = ratebook_rating::load(path, &files).map_err(|error| rules_failures(&error))?;
    Ok((rulebook, files.read.into_inner()))
}

/// Reads the rules that a month was rated with, which its manifest names.
///
/// # Errors
/// If there is no finished run of the month, or its rules are not as they were.
pub(crate) fn load_kept_rules(month: &MonthFolder) -> Result<(Rulebook, RuleTexts), Failures> {
    let Some((manifest, _)) = Manifest::read(month)? else {
        let failure = Failure::new(Exit::Data, "E-DATA", "there is no finished run of this month");
        let failure = failure.at(month.manifest().display().to_string());
        return Err(failure.fix(format!("Make one: ratebook run --month {}", month.month)).into());
    };
    load_texts(month, &manifest.rules, &manifest.rules_root)
}

/// Reads the rules that are kept in a folder, given their digests.
///
/// # Errors
/// If they are not as they were.
pub(super) fn load_texts(
    folder: &MonthFolder,
    digests: &BTreeMap<String, String>,
    root: &str,
) -> Result<(Rulebook, RuleTexts), Failures> {
    let (mut files, mut texts) = (MemoryFiles::new(), RuleTexts::new());
    for (name, sha256) in digests {
        let file = folder.rules(name);
        let bytes = fs::read(&file).map_err(|error| Failure::storage(&file, "read", &error))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if hex(&Sha256::digest(&bytes)) != *sha256 {
            let failure =
                Failure::new(Exit::Data, "E-DAMAGED", "this is not the file that the month was rated with");
            return Err(failure.at(file.display().to_string()).fix("Rate the month again.").into());
        }
        files = files.with(name, &text);
        texts.insert(name.clone(), RuleText { sha256: sha256.clone(), text });
    }
    let rulebook = ratebook_rating::load(root, &files).map_err(|error| rules_failures(&error))?;
    Ok((rulebook, texts))
}

/// Rules that did not load, as failures: the first is the error, all are its problems.
pub(crate) fn rules_failures(error: &LoadError) -> Failures {
    let problems: Vec<_> = error
        .problems
        .iter()
        .map(|problem| {
            json!({
                "code": problem.code.word(), "message": problem.message, "where": problem.place(),
                "rules": problem.rules, "fix": problem.hint,
            })
        })
        .collect();
    let mut failures: Vec<Failure> = error
        .problems
        .iter()
        .map(|problem| {
            let text = problem.to_string();
            // The room shows problems itself; below the first line stands the excerpt.
            let excerpt = text.split_once('\n').map(|(_, below)| below.to_owned());
            Failure {
                excerpt,
                rules: problem.rules.clone(),
                ..Failure::new(Exit::Rules, problem.code.word(), problem.message.clone()).at(problem.place())
            }
        })
        .collect();
    if let Some(first) = failures.first_mut() {
        first.problems = problems;
    }
    Failures(failures)
}
