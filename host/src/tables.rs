//! Tables of a month for programs in Rust.

use std::io;
use std::path::Path;

use ratebook_line::BillableLine;

use crate::failure::Failure;
use crate::rating::each_line;
use crate::store::{LinesWriter, each_skipped};

fn told(failure: &Failure) -> io::Error {
    io::Error::other(failure.message.clone())
}

/// The lines of a table.
///
/// # Errors
/// If it cannot be read, or is none.
pub fn read_lines(path: &Path) -> io::Result<Vec<BillableLine<'static>>> {
    let mut lines = Vec::new();
    let read = each_line(path, |line| {
        lines.push(line.clone().into_owned());
        Ok(())
    });
    read.map_err(|failure| told(&failure))?;
    Ok(lines)
}

/// How many records a table of skipped ones has.
///
/// # Errors
/// If it cannot be read, or is none.
pub fn count_skipped(path: &Path) -> io::Result<usize> {
    let mut count = 0;
    let read = each_skipped(path, |_| {
        count += 1;
        Ok(())
    });
    read.map(|()| count).map_err(|failure| told(&failure))
}

/// Writes a table of lines.
///
/// # Errors
/// If it cannot be written.
pub fn write_lines<'l>(path: &Path, lines: impl IntoIterator<Item = BillableLine<'l>>) -> io::Result<()> {
    let written = LinesWriter::new(path).and_then(|mut table| {
        lines.into_iter().try_for_each(|line| table.push_line(&line))?;
        table.finish()?.publish()
    });
    written.map(drop).map_err(|failure| told(&failure))
}
