//! Adjustments of closed months, as they are kept in the folder of the month whose bills they are put on.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use ratebook_line::Month;
use ratebook_rating::Adjustment;

use super::{FileEntry, MonthFolder};
use crate::failure::{Exit, Failure};
use crate::files::digest;

/// All adjustments of a month, by closed month and in the order in which they were made.
///
/// # Errors
/// If a file of them cannot be read, or is not as it was written.
pub(crate) fn read(folder: &MonthFolder) -> Result<Vec<Adjustment>, Failure> {
    let months = folder.adjusted_months();
    let months = months.map_err(|error| Failure::storage(folder.path(), "read", &error))?;
    let mut all = Vec::new();
    for month in months {
        all.extend(read_of(folder, month)?);
    }
    Ok(all)
}

/// Every file of the month's adjustments, as a manifest names it. What was not finished is not there.
///
/// # Errors
/// If one cannot be read.
pub(crate) fn adjustment_files(folder: &MonthFolder) -> Result<Vec<(String, FileEntry)>, Failure> {
    let months = folder.adjusted_months();
    let months = months.map_err(|error| Failure::storage(folder.path(), "read", &error))?;
    let mut entries = Vec::new();
    for month in months.into_iter().filter(|month| folder.adjustments_of(*month).is_file()) {
        each_file(folder.restated(month).path(), &format!("adjustments/{month}"), &mut |path, name| {
            let (sha256, bytes) = digest(path).map_err(|error| Failure::storage(path, "read", &error))?;
            entries.push((name.to_owned(), FileEntry { bytes, sha256 }));
            Ok(())
        })?;
    }
    Ok(entries)
}

fn each_file(
    folder: &Path,
    name: &str,
    take: &mut dyn FnMut(&Path, &str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::storage(folder, "read", &error);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let Some(last) = path.file_name().and_then(|last| last.to_str()) else { continue };
        let name = format!("{name}/{last}");
        // How the payloads were asked for is no part of the result.
        match last {
            "log" | "state" | ".lock" => {}
            _ if path.is_dir() => each_file(&path, &name, take)?,
            _ => take(&path, &name)?,
        }
    }
    Ok(())
}

/// The adjustments of one closed month; none if they were not finished.
///
/// # Errors
/// As for [`read`].
fn read_of(folder: &MonthFolder, closed: Month) -> Result<Vec<Adjustment>, Failure> {
    let path = folder.adjustments_of(closed);
    let failed = |error: io::Error| Failure::storage(&path, "read", &error);
    let input = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        input => BufReader::new(input.map_err(failed)?),
    };
    let mut all = Vec::new();
    for (number, line) in (1..).zip(input.lines()) {
        let adjustment = serde_json::from_str(&line.map_err(failed)?).map_err(|error| {
            Failure::new(Exit::Data, "E-DAMAGED", format!("this is no adjustment: {error}"))
                .at(format!("{}:{number}", path.display()))
                .fix(format!("Make them anew: ratebook adjust --month {closed} --into {}", folder.month))
        })?;
        all.push(adjustment);
    }
    Ok(all)
}
