//! Adjustments of closed months, as they are kept in the folder of the month whose bills they are put on.

use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use ratebook_line::Month;
use ratebook_rating::Adjustment;

use super::manifest::FileEntry;
use super::month::MonthFolder;
use crate::disk;
use crate::failure::{Exit, Failure};
use crate::files::digest;
use crate::folders::files_below;

/// All adjustments of a month, by closed month and in the order in which they were made.
///
/// # Errors
/// If a file of them cannot be read, or is not as it was written.
pub(crate) fn read(folder: &MonthFolder) -> Result<Vec<Adjustment>, Failure> {
    let mut all = Vec::new();
    for month in folder.adjusted_months()? {
        all.extend(read_of(folder, month)?);
    }
    Ok(all)
}

/// Every file of the month's adjustments, as a manifest names it. What was not finished is not there.
///
/// # Errors
/// If one cannot be read.
pub(crate) fn adjustment_files(folder: &MonthFolder) -> Result<Vec<(String, FileEntry)>, Failure> {
    let mut entries = Vec::new();
    for month in folder.adjusted_months()? {
        if !folder.adjustments_of(month).is_file() {
            continue;
        }
        let restated = folder.restated(month);
        for path in files_below(restated.path())? {
            let name = restated.relative(&path);
            // How the payloads were asked for is no part of the result.
            if name.starts_with("log/") || name.starts_with("state/") {
                continue;
            }
            let (sha256, bytes) = digest(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
            entries.push((format!("adjustments/{month}/{name}"), FileEntry { bytes, sha256 }));
        }
    }
    Ok(entries)
}

/// The adjustments of one closed month; none if they were not finished.
///
/// # Errors
/// As for [`read`].
fn read_of(folder: &MonthFolder, closed: Month) -> Result<Vec<Adjustment>, Failure> {
    let anew = format!("Make them anew: ratebook adjust --month {closed} --into {}", folder.month);
    read_file(&folder.adjustments_of(closed), &anew)
}

/// The adjustments in a file; none if it is not there. `fix` says what to do if they are damaged.
///
/// # Errors
/// As for [`read`].
pub(crate) fn read_file(path: &Path, fix: &str) -> Result<Vec<Adjustment>, Failure> {
    let failed = |error: io::Error| Failure::storage(path, "read", &error);
    let input = match disk::open_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        input => BufReader::new(input.map_err(failed)?),
    };
    let mut all = Vec::new();
    for (number, line) in (1..).zip(input.lines()) {
        let adjustment = serde_json::from_str(&line.map_err(failed)?).map_err(|error| {
            Failure::new(Exit::Data, "E-DAMAGED", format!("this is no adjustment: {error}"))
                .at(format!("{}:{number}", path.display()))
                .fix(fix)
        })?;
        all.push(adjustment);
    }
    Ok(all)
}
