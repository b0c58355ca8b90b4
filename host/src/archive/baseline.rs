//! What a month is compared with before it is published: the last closed month before it, and what was accepted.

use std::fs;
use std::io;
use std::path::Path;

use super::states::{State, months};
use crate::config::Bounds;
use crate::failure::{Exit, Failure};
use crate::files::{json_text, write_file};
use crate::run::{Accepted, Baseline, MonthFolder, Totals};

/// What a month is compared with; none if no month before it is closed.
///
/// # Errors
/// If the closed month, or what was accepted, cannot be read or is not as it was written.
pub(crate) fn baseline(
    root: &Path,
    folder: &MonthFolder,
    bounds: Bounds,
) -> Result<Option<Baseline>, Failure> {
    let mut before = months(root)?.into_iter().rev().filter(|other| other.folder.month < folder.month);
    let Some(last) = before.find(|other| matches!(other.state, State::Closed(..))) else { return Ok(None) };
    let path = last.folder.totals();
    let bytes = fs::read(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
    let totals = Totals::read(&bytes)
        .map_err(|why| Failure::new(Exit::Closed, "E-CLOSED-CHANGED", why).at(path.display().to_string()))?;
    Ok(Some(Baseline { month: last.folder.month, totals, bounds, accepted: read(folder)? }))
}

/// Notes what somebody accepts of a month, for good.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn accept(folder: &MonthFolder, ids: &[String], because: &str, by: &str) -> Result<(), Failure> {
    let mut accepted = read(folder)?;
    let at = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    for id in ids {
        if !accepted.iter().any(|known| known.id == *id) {
            let (because, by) = (because.to_owned(), by.to_owned());
            accepted.push(Accepted { at: at.clone(), because, by, id: id.clone() });
        }
    }
    crate::disk::remove(&folder.manifest()).map_err(Failure::from_problem)?;
    write_file(&folder.accepted(), json_text(&accepted)?.as_bytes()).map(|_| ())
}

fn read(folder: &MonthFolder) -> Result<Vec<Accepted>, Failure> {
    let path = folder.accepted();
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        bytes => bytes.map_err(|error| Failure::storage(&path, "read", &error))?,
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(Exit::Data, "E-DAMAGED", format!("this is not what was accepted: {error}"))
            .at(path.display().to_string())
            .fix("Take the file away and accept again.")
    })
}
