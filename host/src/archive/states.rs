//! Which months there are, and how far each is: fetched, draft, closed. No way leads back.

use std::path::Path;

use super::finished::Archive;
use crate::failure::Failure;
use crate::folders::months_in;
use crate::run::MonthFolder;

/// A month of a workspace.
#[derive(Debug)]
pub(crate) struct MonthState {
    /// Its folder.
    pub folder: MonthFolder,
    /// How far it is.
    pub state: State,
}

/// How far a month is.
#[derive(Debug)]
pub(crate) enum State {
    /// Payloads or lines, but no finished run.
    Fetched,
    /// A finished run that may still change.
    Draft(Box<Archive>),
    /// Closed.
    Closed(Box<Archive>),
    /// Not what was written.
    Damaged(Box<Failure>),
}

impl State {
    /// In a word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            State::Fetched => "fetched",
            State::Draft(archive) | State::Closed(archive) => archive.word(),
            State::Damaged(_) => "damaged",
        }
    }

    /// The finished month, if it is one.
    pub(crate) fn finished(&self) -> Option<&Archive> {
        match self {
            State::Draft(archive) | State::Closed(archive) => Some(archive),
            State::Fetched | State::Damaged(_) => None,
        }
    }
}

/// All months of a workspace, in their order. A folder in which there is nothing of a month is none.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn months(workspace: &Path) -> Result<Vec<MonthState>, Failure> {
    let mut months = Vec::new();
    for month in months_in(&workspace.join("runs"))? {
        let folder = MonthFolder::new(workspace, month);
        if folder.is_begun()? {
            months.push(state_of(folder));
        }
    }
    Ok(months)
}

/// How far a month is.
fn state_of(folder: MonthFolder) -> MonthState {
    let state = match Archive::open(folder.clone()) {
        Ok(None) => State::Fetched,
        Ok(Some(archive)) if archive.closed.is_some() => State::Closed(Box::new(archive)),
        Ok(Some(archive)) => State::Draft(Box::new(archive)),
        Err(failure) => State::Damaged(Box::new(failure)),
    };
    MonthState { folder, state }
}
