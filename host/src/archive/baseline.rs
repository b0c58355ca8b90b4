//! What a month is compared with before it is published: the last closed month before it, and what was accepted.

use std::path::Path;

use super::states::{State, months};
use crate::config::Bounds;
use crate::failure::Failure;
use crate::files::{json_text, write_file};
use crate::run::{Accepted, Baseline, MonthFolder};

/// What a month is compared with; none if no month before it is closed.
///
/// # Errors
/// If the closed month, or what was accepted, cannot be read or is not as it was written.
pub(crate) fn baseline(
    root: &Path,
    folder: &MonthFolder,
    bounds: Bounds,
) -> Result<Option<Baseline>, Failure> {
    let before = months(root)?.into_iter().rev().filter(|other| other.folder.month < folder.month);
    let mut closed = before.filter_map(|other| match other.state {
        State::Closed(archive) => Some(archive),
        _ => None,
    });
    let Some(last) = closed.next() else { return Ok(None) };
    let (month, totals) = (last.folder.month, last.totals()?);
    Ok(Some(Baseline { month, totals, bounds, accepted: Accepted::all_of(folder)? }))
}

/// Notes what somebody accepts of a month, for good.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn accept(folder: &MonthFolder, ids: &[String], because: &str, by: &str) -> Result<(), Failure> {
    let mut accepted = Accepted::all_of(folder)?;
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
