//! The rules of a workspace: read from disk for the rating room, which opens nothing itself.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ratebook_rating::{LoadError, RuleFiles, Rulebook, path_matches};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::config::Workspace;
use crate::disk::{folder_of, hex};
use crate::failure::{Exit, Failure, Failures};
use crate::inputs;

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

/// Rules files below a folder. Notes what was read, and what of it everybody may write to.
struct Folder {
    root: PathBuf,
    /// The file that a command names, which may be anywhere.
    named: Option<String>,
    read: RefCell<RuleTexts>,
    open_to_all: RefCell<BTreeSet<PathBuf>>,
}

/// No rules file is this large.
const MOST_BYTES: u64 = 64 << 20;

impl RuleFiles for Folder {
    fn read(&self, path: &str) -> Result<String, String> {
        let told = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            _ => error.to_string(),
        };
        let file = self.root.join(path);
        let real = file.canonicalize().map_err(told)?;
        if self.named.as_deref() != Some(path) && !real.starts_with(self.root.canonicalize().map_err(told)?) {
            return Err(format!("it leads out of this folder, to {}, and was not read", real.display()));
        }
        let bytes = inputs::read(&real, MOST_BYTES).map_err(told)?;
        self.open_to_all.borrow_mut().extend(inputs::open_to_all(&file, &self.root));
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
        // What is no file is not passed over: it is refused where it is read.
        found.retain(|path| !self.root.join(path).is_dir());
        Ok(found)
    }
}

/// Reads and checks the rules of a workspace, without data.
///
/// # Errors
/// Everything that is wrong with them.
pub(crate) fn load_rules(workspace: &Workspace) -> Result<(Rulebook, RuleTexts), Failures> {
    load(&workspace.root, &workspace.rules, None)
}

/// Reads and checks the rules that begin in a file.
///
/// # Errors
/// Everything that is wrong with them.
pub(crate) fn load_rules_file(file: &Path) -> Result<(Rulebook, RuleTexts), Failures> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    load(folder_of(file), &name, Some(name.clone()))
}

fn load(root: &Path, path: &str, named: Option<String>) -> Result<(Rulebook, RuleTexts), Failures> {
    let root = root.to_owned();
    let files = Folder { root, named, read: RefCell::default(), open_to_all: RefCell::default() };
    let loaded = ratebook_rating::load(path, &files).map_err(|error| rules_failures(&error));
    let refused: Vec<Failure> =
        files.open_to_all.into_inner().iter().map(|path| inputs::refused(path)).collect();
    match loaded {
        Ok(rulebook) if refused.is_empty() => Ok((rulebook, files.read.into_inner())),
        Ok(_) => Err(Failures(refused)),
        Err(Failures(failures)) => Err(Failures(failures.into_iter().chain(refused).collect())),
    }
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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    /// Rules that include `books/*.toml`, in a folder.
    fn rules() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let main = "version = 1\ninclude = [\"books/*.toml\"]\n[settings]\ncurrency = \"EUR\"\n";
        fs::create_dir(folder.path().join("books")).unwrap();
        fs::write(folder.path().join("main.toml"), main).unwrap();
        fs::write(folder.path().join("books/one.toml"), "").unwrap();
        folder
    }

    fn told(root: &Path) -> Vec<String> {
        match load(root, "main.toml", None) {
            Ok(_) => Vec::new(),
            Err(Failures(failures)) => {
                assert!(failures.iter().all(|failure| failure.exit == Exit::Rules));
                failures.iter().map(ToString::to_string).collect()
            }
        }
    }

    #[test]
    fn c11_what_everybody_may_write_to_is_refused_all_of_it_at_once() {
        let folder = rules();
        let root = folder.path();
        assert_eq!(told(root), [""; 0]);
        for name in ["main.toml", "books/one.toml", "books"] {
            let path = root.join(name);
            let mode = fs::metadata(&path).unwrap().permissions().mode() | 0o002;
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let told = told(root);
        assert_eq!(told.len(), 3, "{told:?}");
        for (told, name) in told.iter().zip(["books", "books/one.toml", "main.toml"]) {
            assert!(told.contains(&format!("\n  chmod o-w {}", root.join(name).display())), "{told}");
        }
    }

    #[test]
    fn c12_what_is_no_file_or_elsewhere_is_refused_unread() {
        let elsewhere = tempfile::tempdir().unwrap();
        let other = elsewhere.path().join("other.toml");
        fs::write(&other, "").unwrap();
        let pipe = elsewhere.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        for (target, why) in [
            (other.as_path(), "leads out of this folder"),
            (&pipe, "leads out of this folder"),
            (Path::new("/dev/zero"), "leads out of this folder"),
            (Path::new("../nowhere.toml"), "no such file"),
        ] {
            let folder = rules();
            symlink(target, folder.path().join("books/two.toml")).unwrap();
            let told = told(folder.path());
            let is_told = told.len() == 1 && told[0].contains(why) && told[0].contains("books/two.toml");
            assert!(is_told, "{}: {told:?}", target.display());
        }
        let folder = rules();
        fs::rename(pipe, folder.path().join("books/two.toml")).unwrap();
        assert!(told(folder.path())[0].contains("it is a pipe, not a file"), "{:?}", told(folder.path()));

        // A link that stays inside is followed.
        let folder = rules();
        fs::rename(folder.path().join("books/one.toml"), folder.path().join("one.txt")).unwrap();
        symlink("../one.txt", folder.path().join("books/one.toml")).unwrap();
        assert_eq!(told(folder.path()), [""; 0]);
    }

    #[test]
    fn a_root_file_that_a_command_names_may_be_a_link() {
        let folder = rules();
        let elsewhere = tempfile::tempdir().unwrap();
        let named = elsewhere.path().join("rules.toml");
        fs::write(folder.path().join("alone.toml"), "version = 1\n[settings]\ncurrency = \"EUR\"\n").unwrap();
        symlink(folder.path().join("alone.toml"), &named).unwrap();
        assert!(load_rules_file(&named).is_ok());
        assert!(load(elsewhere.path(), "rules.toml", None).is_err());
    }
}
