//! `closed.json`: how a month was closed, and what says that it is not what was closed.

use ratebook_line::Month;
use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure};
use crate::files::read_if_there;
use crate::output::money::counted;
use crate::run::MonthFolder;
use crate::seal::{Sealed, unsealed};

/// `closed.json`: what makes a month a closed one. The fields stand in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Closed {
    /// When, in UTC, to the second.
    pub at: String,
    /// The user who closed it, as the system calls them.
    pub by: String,
    /// The lines that were held when it was closed, and who accepted that, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldAtClosing>,
    /// SHA-256 of the manifest.
    pub manifest: String,
    /// The month.
    pub month: Month,
    /// Why, if it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The month that was closed before it, and SHA-256 of its `closed.json`: closed months are a chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// SHA-256 of this document with an empty seal.
    pub seal: String,
}

/// Lines that a month was closed without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeldAtClosing {
    /// When that was accepted, in UTC.
    pub at: String,
    /// Why.
    pub because: String,
    /// Who accepted it.
    pub by: String,
    /// How many lines.
    pub lines: u64,
}

impl HeldAtClosing {
    /// `18 lines are held, accepted on 2026-04-02 by ann: trials, sales decides`.
    pub(crate) fn text(&self) -> String {
        let held = counted(self.lines, "line");
        let are = if self.lines == 1 { "is" } else { "are" };
        let on = &self.at[..self.at.len().min(10)];
        format!("{held} {are} held, accepted on {on} by {}: {}", self.by, self.because)
    }
}

impl Sealed for Closed {
    fn seal(&mut self) -> &mut String {
        &mut self.seal
    }
}

/// The closed month before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Previous {
    /// The month.
    pub month: Month,
    /// SHA-256 of its `closed.json`.
    pub sha256: String,
}

/// Reads how a month was closed; none if it is open.
pub(super) fn read_closed(folder: &MonthFolder) -> Result<Option<Closed>, Failure> {
    let path = folder.closed();
    let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
    let closed: Closed = unsealed(&bytes)
        .map_err(|why| changed(folder, &format!("its closed.json is not what it was: {why}")))?;
    if closed.month != folder.month {
        return Err(changed(folder, &format!("closed.json is of {}", closed.month)));
    }
    Ok(Some(closed))
}

/// A closed month that is not what was closed.
pub(super) fn changed(folder: &MonthFolder, what: &str) -> Failure {
    Failure::new(Exit::Closed, "E-CLOSED-CHANGED", format!("{} is closed, and {what}", folder.month))
        .at(folder.path().display().to_string())
        .fix("Copy the month back from where it is kept.")
}
