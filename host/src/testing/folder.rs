//! Where tests stand in a workspace: `tests/<month>/` for recorded months, `tests/cases/<name>/` for cases written by
//! hand.

use std::fs;
use std::path::{Path, PathBuf};

use ratebook_line::Month;
use sha2::{Digest as _, Sha256};

use crate::config::Workspace;
use crate::disk::{self, hex, safe_name};
use crate::failure::{Exit, Failure};
use crate::folders::sweep_here;
use crate::hold::{Hold, Part};
use crate::rating::Usage;
use crate::run::{self, MonthFolder};

/// The tests of a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Tests {
    root: PathBuf,
}

impl Tests {
    /// Those of a workspace; there need not be any.
    pub(crate) fn of(workspace: &Workspace) -> Tests {
        Tests { root: workspace.root.join("tests") }
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// A month on its way to being recorded.
    pub(super) fn part(&self, month: Month) -> Recorded {
        Recorded { month, folder: self.root.join(format!(".{month}.part")) }
    }

    /// Holds the tests of a workspace against others that write there; what killed commands have left half written goes.
    ///
    /// # Errors
    /// If they cannot be held, or that cannot be taken away.
    pub(super) fn hold_alone(&self, root: &Path) -> Result<Hold, Failure> {
        let hold = Part::Tests.alone(root).map_err(Failure::from_problem)?;
        self.sweep()?;
        Ok(hold)
    }

    /// The same beside others that write snapshots.
    ///
    /// # Errors
    /// As for [`Tests::hold_alone`].
    pub(crate) fn hold(&self, root: &Path) -> Result<Hold, Failure> {
        Part::Tests.shared(root, || self.sweep())
    }

    fn sweep(&self) -> Result<(), Failure> {
        for (month, ending) in self.left()? {
            let (left, place) = (self.root.join(format!(".{month}.{ending}")), self.month(month).folder);
            // Killed before the new one was in its place: the old one goes back there.
            if ending == "old" && !place.exists() {
                fs::rename(&left, &place).map_err(|error| Failure::storage(&place, "write", &error))?;
            } else {
                disk::remove(&left).map_err(Failure::from_problem)?;
            }
        }
        for month in self.months()? {
            let recorded = self.month(month);
            let inside = [recorded.folder.clone(), recorded.bills(), recorded.lines()];
            inside.iter().try_for_each(|folder| sweep_here(folder))?;
        }
        Ok(())
    }

    /// What recordings that were killed have left: `.2026-03.part`, `.2026-03.old`.
    fn left(&self) -> Result<Vec<(Month, &'static str)>, Failure> {
        let failed = |error: std::io::Error| Failure::storage(&self.root, "read", &error);
        let entries = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut left = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_prefix('.')?.rsplit_once('.'));
            let Some((month, ending)) = name else { continue };
            let ending = ["old", "part"].into_iter().find(|known| *known == ending);
            left.extend(month.parse().ok().zip(ending));
        }
        // An old one goes back before anything is taken away.
        left.sort();
        Ok(left)
    }

    /// The recorded months, in order.
    ///
    /// # Errors
    /// If the folder is there and cannot be read.
    pub(crate) fn months(&self) -> Result<Vec<Month>, Failure> {
        let names = folders(&self.root)?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// A recorded month.
    pub(crate) fn month(&self, month: Month) -> Recorded {
        Recorded { month, folder: self.root.join(month.to_string()) }
    }

    /// The folders of cases, by name.
    ///
    /// # Errors
    /// If the folder is there and cannot be read.
    pub(crate) fn cases(&self) -> Result<Vec<PathBuf>, Failure> {
        let folder = self.root.join("cases");
        Ok(folders(&folder)?.into_iter().map(|name| folder.join(name)).collect())
    }
}

/// A month as it was recorded: lines, and the bills that are expected.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// The month.
    pub month: Month,
    /// Its folder.
    pub folder: PathBuf,
}

impl Recorded {
    /// Its lines, source by source.
    pub(crate) fn lines(&self) -> PathBuf {
        self.folder.join("lines")
    }

    /// The expected bills.
    pub(crate) fn bills(&self) -> PathBuf {
        self.folder.join("bills")
    }

    /// The snapshot of a customer's bill.
    pub(crate) fn bill(&self, customer: &str) -> PathBuf {
        self.bills().join(format!("{}.snap", file_name(customer)))
    }

    /// What is expected of the month as a whole.
    pub(crate) fn whole(&self) -> PathBuf {
        self.folder.join("month.snap")
    }

    /// The adjustments of closed months that are on its bills, if there are any.
    pub(crate) fn adjustments(&self) -> PathBuf {
        self.folder.join("adjustments.jsonl")
    }

    /// Its lines, to be rated, and what else is on its bills.
    ///
    /// # Errors
    /// If there are none.
    pub(crate) fn usage(&self) -> Result<Usage, Failure> {
        let folder = self.lines();
        let mut files = Vec::new();
        let failed = |error: std::io::Error| Failure::storage(&folder, "read", &error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                files.push(path);
            }
        }
        if files.is_empty() {
            let failure = Failure::new(Exit::Data, "E-DATA", "no lines were recorded here");
            return Err(failure.at(folder.display().to_string()));
        }
        files.sort();
        let anew = format!("Record it anew: ratebook test record --month {} --replace", self.month);
        let adjustments = run::adjustments_in(&self.adjustments(), &anew)?;
        Ok(Usage { adjustments, ..Usage::new(self.month, files) })
    }
}

/// What is on a month's bills, on disk, and where.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The lines and adjustments.
    pub usage: Usage,
    /// `run of 2026-03`, `2026-03 as recorded`.
    pub title: String,
}

/// The lines of a month's run, and what else is on its bills; if there is none, or if it is asked for, those of the recorded
/// month.
///
/// # Errors
/// If there are neither.
pub(crate) fn kept_usage(workspace: &Workspace, month: Month, recorded: bool) -> Result<Kept, Failure> {
    let run = MonthFolder::new(&workspace.root, month);
    let files: Vec<PathBuf> = workspace.sources.keys().map(|source| run.lines(source)).collect();
    if !recorded && !files.is_empty() && files.iter().all(|file| file.is_file()) {
        let usage = Usage { adjustments: run::adjustments(&run)?, ..Usage::new(month, files) };
        return Ok(Kept { usage, title: format!("run of {month}") });
    }
    let kept = Tests::of(workspace).month(month);
    if !kept.lines().is_dir() {
        let failure = Failure::new(Exit::Data, "E-DATA", format!("there are no lines of {month}"));
        return Err(failure.fix(format!(
            "Make a run of it (ratebook run --month {month}), or record one (ratebook test record --month {month})."
        )));
    }
    Ok(Kept { usage: kept.usage()?, title: format!("{month} as recorded") })
}

/// The names of the folders in a folder, sorted; none if it is not there.
fn folders(folder: &Path) -> Result<Vec<String>, Failure> {
    let failed = |error: std::io::Error| Failure::storage(folder, "read", &error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if entry.path().is_dir()
            && let Ok(name) = entry.file_name().into_string()
            && !name.starts_with('.')
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The name of a customer's file: its id where that is a plain name, else a readable part of it and a digest, so that no
/// two customers share a file, whatever the file system makes of letters.
fn file_name(customer: &str) -> String {
    let plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter);
    let safe = safe_name(customer);
    if customer.chars().all(plain) && safe == customer {
        return safe;
    }
    let digest = hex(&Sha256::digest(customer.as_bytes()));
    format!("{}-{}", safe.to_ascii_lowercase(), &digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_customer_has_a_file_of_its_own() {
        assert_eq!(file_name("northwind"), "northwind");
        let names = ["ACME", "acme", "a/b", "a-b", "../../x", "acronis:1b9d", "CON", ""].map(file_name);
        assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), names.len(), "{names:?}");
        assert!(names.iter().all(|name| !name.contains('/') && !name.starts_with('.')), "{names:?}");
    }
}
