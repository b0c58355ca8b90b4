//! The header of a table: the first line that has every column of the map, wherever it stands.

use ratebook_plugin::Problem;

use super::preamble::check_preamble;
use super::record::Seen;
use crate::above::AboveLine;
use crate::config::{Column, HeaderAt, Settings};
use crate::misspelt::did_you_mean;

/// The header: its names, and where each column of the map stands.
pub(super) struct Header {
    pub(super) names: Vec<String>,
    pub(super) places: Vec<Option<usize>>,
}

/// A search for the header, line by line.
pub(super) struct Search<'s> {
    settings: &'s Settings,
    /// The line that is most like a header: how many columns it has, its number and names.
    nearest: (usize, u64, Vec<String>),
    pub(super) seen: Seen,
}

impl<'s> Search<'s> {
    pub(super) fn new(settings: &'s Settings) -> Search<'s> {
        Search { settings, nearest: (0, 1, Vec::new()), seen: Seen::default() }
    }

    /// True if a header that begins in this line is too far down.
    pub(super) fn is_over(&self, line: u64) -> bool {
        match self.settings.header {
            HeaderAt::Line(header) => line > header,
            _ => line > self.settings.header_within.max(1),
        }
    }

    /// The header, if this line is it; else the line belongs to the preamble.
    pub(super) fn look(&mut self, line: u64, names: Vec<String>) -> Result<Option<Header>, Problem> {
        let columns = &self.settings.columns;
        let has = |column: &Column| names.contains(&column.name);
        let is_here = match self.settings.header {
            HeaderAt::Line(header) => header == line,
            _ => true,
        };
        let count = if is_here { columns.iter().filter(|column| has(column)).count() } else { 0 };
        if count > 0 && columns.iter().all(|column| column.optional || has(column)) {
            let header = looked_up(self.settings, names, line)?;
            check_preamble(self.settings, &self.seen.preamble)?;
            let unused = header
                .names
                .iter()
                .filter(|name| !name.is_empty() && !columns.iter().any(|column| column.name == **name));
            self.seen.unused = unused.cloned().collect();
            let absent = header.places.iter().zip(0..).filter(|(place, _)| place.is_none());
            self.seen.absent = absent.map(|(_, column)| column).collect();
            return Ok(Some(header));
        }
        if count > self.nearest.0 || self.nearest.2.is_empty() || is_here && self.is_told_where() {
            self.nearest = (count, line, names.clone());
        }
        self.seen.preamble.push(AboveLine { line, cells: names });
        Ok(None)
    }

    fn is_told_where(&self) -> bool {
        matches!(self.settings.header, HeaderAt::Line(_))
    }

    /// The line nearest to a header: its number, and how many cells it has.
    pub(super) fn nearest(&self) -> (u64, usize) {
        (self.nearest.1, self.nearest.2.len())
    }

    /// The refusal of a table without the header; `got` says what it begins with.
    pub(super) fn failed(self, got: &str) -> Problem {
        let Search { settings, nearest: (count, line, names), .. } = self;
        let missing: Vec<String> = settings
            .columns
            .iter()
            .filter(|column| !column.optional && !names.contains(&column.name))
            .map(|column| {
                let hint = did_you_mean(&column.name, names.iter().map(String::as_str));
                format!("{:?}{hint}", column.name)
            })
            .collect();
        let within = settings.header_within;
        let what = match (count, settings.header) {
            (0, HeaderAt::Line(header)) => format!("line {header} is not a header with the map's columns"),
            (0, _) => format!("no line of the first {within} is a header with the map's columns, got {got}"),
            (_, HeaderAt::Line(_)) => format!("line {line} is not a header with all of the map's columns"),
            _ => format!("line {line} is nearest to a header with the map's columns"),
        };
        let message =
            format!("{what}\nmissing: {}\nfound: {}", missing.join("\nmissing: "), names.join(", "));
        Problem::data(message).advise(
            "Name the columns as the file does, take a field out with columns.<field> = \"\", or list a column that may be \
             missing in optional.",
        )
    }
}

fn looked_up(settings: &Settings, names: Vec<String>, line: u64) -> Result<Header, Problem> {
    let twice: Vec<&str> = settings
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|column| names.iter().filter(|name| name == column).count() > 1)
        .collect();
    if !twice.is_empty() {
        return Err(Problem::data(format!(
            "line {line}: the header has {} more than once: which is meant cannot be told",
            twice.join(", ")
        ))
        .advise("Rename one of them in the file, or export without it."));
    }
    let place = |column: &Column| names.iter().position(|name| *name == column.name);
    let places = settings.columns.iter().map(place).collect();
    Ok(Header { names, places })
}

/// The header of a table that has none: its columns are named by their numbers. `width` is how many there are, if that is
/// known.
pub(super) fn by_number(settings: &Settings, width: Option<usize>) -> Result<(Header, Seen), Problem> {
    let columns = &settings.columns;
    let is_there = |number: &usize| width.is_none_or(|width| *number <= width);
    let places: Vec<Option<usize>> =
        columns.iter().map(|column| column.number().filter(is_there).map(|number| number - 1)).collect();
    let missing: Vec<&str> = columns
        .iter()
        .zip(&places)
        .filter(|(column, place)| place.is_none() && !column.optional)
        .map(|(column, _)| column.name.as_str())
        .collect();
    if !missing.is_empty() {
        return Err(Problem::data(format!(
            "the table has {} columns, and the map uses {}",
            width.unwrap_or_default(),
            missing.join(", ")
        ))
        .advise("Count the columns from 1; the delimiter may be another one."));
    }
    check_preamble(settings, &[])?;
    let names: Vec<String> = (1..=width.unwrap_or_default()).map(|number| number.to_string()).collect();
    let unused = names.iter().filter(|name| columns.iter().all(|column| column.name != **name));
    let seen = Seen {
        unused: unused.cloned().collect(),
        absent: places.iter().zip(0..).filter(|(place, _)| place.is_none()).map(|(_, at)| at).collect(),
        ..Seen::default()
    };
    Ok((Header { names, places }, seen))
}
