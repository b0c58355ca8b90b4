//! Which rules: those of the workspace, of a folder, of a revision of git, or those that a month was rated with.

use std::fmt;
use std::path::{Path, PathBuf};

use ratebook_line::Month;
use ratebook_rating::{Rulebook, Unpriced};

use super::git;
use crate::config::{FILE, Workspace};
use crate::failure::{Exit, Failure, Failures};
use crate::run::{self, MonthFolder};

/// Where rules stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RuleSource {
    /// In the workspace, as its files are now.
    Here,
    /// In a folder: a workspace, or a folder that holds the root rules file; or in that file.
    Path(PathBuf),
    /// In a revision of git.
    Git(String),
    /// Beside the bills of a month.
    Run(Month),
}

/// Rules, and what they are called.
pub(crate) struct RuleSet {
    /// The rules. They hold what cannot be priced, so that it is shown instead of stopping the comparison.
    pub rulebook: Rulebook,
    /// `rules of git main (1a2b3c4)`.
    pub title: String,
    /// True if a run under them stops at a line that cannot be priced.
    pub stops_at_unpriced: bool,
}

impl RuleSource {
    /// What somebody wrote: `git:REVISION`, `run:MONTH`, `dir:PATH`; without a prefix a path if there is one, else
    /// a revision of git.
    ///
    /// # Errors
    /// If `run:` names no month.
    pub(crate) fn parse(text: &str) -> Result<RuleSource, String> {
        if let Some(revision) = text.strip_prefix("git:") {
            return Ok(RuleSource::Git(revision.to_owned()));
        }
        if let Some(path) = text.strip_prefix("dir:") {
            return Ok(RuleSource::Path(path.into()));
        }
        if let Some(month) = text.strip_prefix("run:") {
            return month.parse().map(RuleSource::Run).map_err(|error| format!("{month:?}: {error}"));
        }
        let path = Path::new(text);
        Ok(if path.exists() { RuleSource::Path(path.into()) } else { RuleSource::Git(text.to_owned()) })
    }

    /// Reads and checks the rules.
    ///
    /// # Errors
    /// If they are not there; everything that is wrong with them.
    pub(crate) fn load(&self, workspace: &Workspace) -> Result<RuleSet, Failures> {
        let (rulebook, title) = match self {
            RuleSource::Here => (run::load_rules(workspace)?.0, "rules here".to_owned()),
            RuleSource::Path(path) => (
                run::load_rules_file(&root_file(path, workspace)?)?.0,
                format!("rules in {}", path.display()),
            ),
            RuleSource::Git(revision) => {
                let folder = workspace.rules.rsplit_once('/').map_or("", |(folder, _)| folder);
                let found = git::files_at(&workspace.root, revision, folder)?;
                let rulebook = ratebook_rating::load(&workspace.rules, &found.files)
                    .map_err(|error| run::rules_failures(&error))
                    .map_err(|failures| noted(failures, &format!("So it is in git {revision}.")))?;
                let short = found.commit.get(..7).unwrap_or(&found.commit);
                (rulebook, format!("rules of git {revision} ({short})"))
            }
            RuleSource::Run(month) => {
                let folder = MonthFolder::new(&workspace.root, *month);
                (run::load_kept_rules(&folder)?.0, format!("rules of run {month}"))
            }
        };
        let stops_at_unpriced = rulebook.unpriced() == Unpriced::Error;
        Ok(RuleSet { rulebook: rulebook.hold_unpriced(), title, stops_at_unpriced })
    }
}

fn noted(failures: Failures, note: &str) -> Failures {
    Failures(failures.0.into_iter().map(|failure| failure.note(note)).collect())
}

/// The root rules file that a path means.
fn root_file(path: &Path, workspace: &Workspace) -> Result<PathBuf, Failures> {
    if path.is_file() {
        return Ok(path.to_owned());
    }
    if path.join(FILE).is_file() {
        let other = Workspace::open(Some(path))?;
        return Ok(other.root.join(&other.rules));
    }
    // `rules/` beside it, or that folder itself.
    let name = workspace.rules.rsplit('/').next().unwrap_or_default();
    let found = [path.join(&workspace.rules), path.join(name)].into_iter().find(|file| file.is_file());
    found.ok_or_else(|| {
        let message = format!("there is neither {FILE} nor {} nor {name} in this folder", workspace.rules);
        Failure::new(Exit::Usage, "E-USAGE", message).at(path.display().to_string()).into()
    })
}

impl fmt::Display for RuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuleSource::Here => f.write_str("here"),
            RuleSource::Path(path) => write!(f, "{}", path.display()),
            RuleSource::Git(revision) => write!(f, "git:{revision}"),
            RuleSource::Run(month) => write!(f, "run:{month}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_says_what_is_meant_and_without_one_a_path_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        for (text, shown) in [
            ("git:v2", "git:v2"),
            ("v2", "git:v2"),
            ("git:run:2026-03", "git:run:2026-03"),
            ("run:2026-03", "run:2026-03"),
            ("dir:nowhere", "nowhere"),
            (&path, &path),
            (&format!("{path}/nowhere"), &format!("git:{path}/nowhere")),
        ] {
            assert_eq!(RuleSource::parse(text).unwrap().to_string(), shown, "{text}");
        }
        assert!(RuleSource::parse("run:HEAD").is_err());
    }
}
