//! Which months there are, and how far each is: fetched, draft, closed. No way leads back.

use std::fs;
use std::io;
use std::path::Path;

use ratebook_line::Month;

use super::{Archive, Closed};
use crate::failure::Failure;
use crate::run::{Manifest, MonthFolder};

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
    Draft(Box<Manifest>),
    /// Closed.
    Closed(Box<Manifest>, Closed),
    /// Not what was written.
    Damaged(Box<Failure>),
}

impl State {
    /// In a word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            State::Fetched => "fetched",
            State::Draft(_) => "draft",
            State::Closed(..) => "closed",
            State::Damaged(_) => "damaged",
        }
    }
}

/// All months of a workspace, in their order.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn months(workspace: &Path) -> Result<Vec<MonthState>, Failure> {
    let runs = workspace.join("runs");
    let failed = |error: io::Error| Failure::storage(&runs, "read", &error);
    let entries = match fs::read_dir(&runs) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut months = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let month = name.to_str().and_then(|name| name.parse::<Month>().ok());
        months.extend(month.map(|month| state_of(MonthFolder::new(workspace, month))));
    }
    months.sort_by_key(|month| month.folder.month);
    Ok(months)
}

/// How far a month is.
fn state_of(folder: MonthFolder) -> MonthState {
    let state = match Archive::open(folder.clone()) {
        Ok(None) => State::Fetched,
        Ok(Some(Archive { manifest, closed: None, .. })) => State::Draft(Box::new(manifest)),
        Ok(Some(Archive { manifest, closed: Some(closed), .. })) => State::Closed(Box::new(manifest), closed),
        Err(failure) => State::Damaged(Box::new(failure)),
    };
    MonthState { folder, state }
}
