//! Cells separated by a sign: columns by name, wherever they stand, the header wherever it stands.

use csv::{ReaderBuilder, StringRecord};
use ratebook_plugin::{Problem, describe};

use super::{Cell, Fault, Record, Seen, Take};
use crate::config::{Column, Settings};
use crate::faults::{Place, did_you_mean};

pub(super) fn each(settings: &Settings, delimiter: u8, text: &str, take: Take<'_>) -> Result<Seen, Problem> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut seen = Seen::default();
    let header = find_header(settings, delimiter, text, &mut reader, &mut seen)?;
    super::check_preamble(settings, &seen.preamble)?;
    seen.unused = header
        .names
        .iter()
        .filter(|name| !name.is_empty() && !settings.columns.iter().any(|column| column.name == **name))
        .cloned()
        .collect();
    let preamble = std::mem::take(&mut seen.preamble);
    loop {
        let line = reader.position().line();
        if !reader.read_record(&mut record).map_err(|error| Problem::data(error.to_string()))? {
            return Ok(Seen { preamble, ..seen });
        }
        seen.records += 1;
        // `trim` takes spaces that do not break too.
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let cells = header.places.iter().map(|at| match at.map(cell) {
            None | Some("") => Cell::Absent,
            Some(text) => Cell::Text(text.into()),
        });
        let cells: Vec<Cell<'_>> = cells.collect();
        let (count, columns) = (record.len(), header.names.len());
        let broken = |cell: &str| match settings.line_breaks {
            false => cell.contains(['\n', '\r']),
            true => cell.lines().skip(1).any(|line| columns > 1 && cells_of(line, delimiter) >= columns),
        };
        let fault = if record.iter().any(broken) {
            Some(Fault::Swallowed(match settings.line_breaks {
                false => {
                    "a line break inside a cell: a quote that is not closed, or a text of several lines (then set \
                     line_breaks = true)"
                }
                true => "a whole row inside a cell: a quote that is not closed",
            }))
        } else {
            (count != columns).then(|| Fault::Cells(format!("{count} cells under {columns} columns")))
        };
        // Blank lines before the record were not read as records; its own line breaks count from its beginning.
        let line = record.position().map_or(line, csv::Position::line);
        take(&Record {
            place: Place { record: seen.records, line: Some(line) },
            cells: &cells,
            preamble: &preamble,
            blank: record.iter().all(|cell| cell.trim().is_empty()),
            fault,
        })?;
    }
}

fn cells_of(line: &str, delimiter: u8) -> usize {
    line.bytes().filter(|byte| *byte == delimiter).count() + 1
}

/// The header: its names, and where each column of the map stands.
struct Header {
    names: Vec<String>,
    places: Vec<Option<usize>>,
}

fn find_header(
    settings: &Settings,
    delimiter: u8,
    text: &str,
    reader: &mut csv::Reader<&[u8]>,
    seen: &mut Seen,
) -> Result<Header, Problem> {
    let mut record = StringRecord::new();
    // The line that is most like a header: how many columns it has, its number and names.
    let mut nearest: (usize, u64, Vec<String>) = (0, 1, Vec::new());
    while reader.position().line() <= settings.header_within.max(1)
        && reader.read_record(&mut record).map_err(|error| Problem::data(error.to_string()))?
    {
        let names: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
        let has = |column: &Column| names.contains(&column.name);
        let count = settings.columns.iter().filter(|column| has(column)).count();
        let line = record.position().map_or(1, csv::Position::line);
        if count > 0 && settings.columns.iter().all(|column| column.optional || has(column)) {
            return looked_up(settings, names, line);
        }
        if count > nearest.0 || nearest.2.is_empty() {
            nearest = (count, line, names.clone());
        }
        let mut cells = names.into_iter();
        seen.preamble.push((cells.next().unwrap_or_default(), cells.next().unwrap_or_default()));
    }
    Err(no_header(settings, delimiter, text, nearest))
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

fn no_header(
    settings: &Settings,
    delimiter: u8,
    text: &str,
    (count, line, names): (usize, u64, Vec<String>),
) -> Problem {
    if text.trim().is_empty() {
        return Problem::data("the file is empty");
    }
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
    let what = match count {
        0 => format!(
            "no line of the first {within} is a header with the map's columns, got {}",
            describe(text.as_bytes())
        ),
        _ => format!("line {line} is nearest to a header with the map's columns"),
    };
    let message = format!("{what}\nmissing: {}\nfound: {}", missing.join("\nmissing: "), names.join(", "));
    let head = text.lines().nth(usize::try_from(line.saturating_sub(1)).unwrap_or(0)).unwrap_or_default();
    let often = |sign: u8| head.bytes().filter(|byte| *byte == sign).count();
    let other = b",;\t|".iter().copied().filter(|sign| *sign != delimiter).max_by_key(|sign| often(*sign));
    let other = other.filter(|sign| names.len() == 1 && often(*sign) > 0);
    let problem = Problem::data(message);
    match other {
        Some(sign) => problem.advise(format!("The cells seem to be separated otherwise: set delimiter = {:?}.", char::from(sign).to_string())),
        None => problem.advise("Name the columns as the file does, take a field out with columns.<field> = \"\", or list a column that may be missing in optional."),
    }
}
