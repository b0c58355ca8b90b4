//! From the bytes of a payload to records: cells in the order of the columns that the map uses.

mod csv;
mod header;
mod inflated;
mod json;
mod text;
mod xlsx;

use std::borrow::Cow;

use ratebook_plugin::{Decimal, Fingerprint, Payload, Place, Problem};

use crate::config::{Settings, TableFormat};
use crate::number::{Negative, NumberFormat, check_sign};
use crate::skip::Filter;

pub(crate) use json::{is_empty_list, scalar_at};

/// The longest payload; larger ones are not exports that people make.
const LIMIT: usize = 1 << 30;

/// The longest workbook: it is compressed, and all of it is in memory.
const WORKBOOK_LIMIT: usize = 64 << 20;

/// A value of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell<'r> {
    /// There is none, or it is empty.
    Absent,
    Text(Cow<'r, str>),
    /// A number of JSON or of a sheet, as its text.
    Number(Cow<'r, str>),
    /// Something that no field can be made of; says what.
    Strange(&'static str),
}

impl Cell<'_> {
    /// The cell's text; a number's digits as they stand.
    pub(crate) fn text(&self) -> &str {
        match self {
            Cell::Text(text) => text,
            Cell::Number(digits) => digits,
            Cell::Absent | Cell::Strange(_) => "",
        }
    }

    /// True if there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        !matches!(self, Cell::Strange(_)) && self.text().is_empty()
    }

    /// The cell as a number, if there is anything in it.
    pub(crate) fn number(&self, format: NumberFormat, negative: Negative) -> Option<Result<Decimal, String>> {
        match self {
            Cell::Number(digits) => Some(
                Decimal::from_json_number(digits)
                    .map_err(|error| error.to_string())
                    .and_then(|number| check_sign(number, negative)),
            ),
            Cell::Text(text) if !text.is_empty() => Some(format.read(text, negative)),
            _ => None,
        }
    }
}

/// A record.
#[derive(Debug)]
pub(crate) struct Record<'r> {
    pub(crate) place: Place,
    /// A cell for each column that the map uses.
    pub(crate) cells: &'r [Cell<'r>],
    /// The first two cells of the lines above the header.
    pub(crate) preamble: &'r [(String, String)],
    /// True if there is nothing in it at all.
    pub(crate) blank: bool,
    /// That of all its cells.
    pub(crate) fingerprint: Fingerprint,
    /// What is wrong with it as a whole.
    pub(crate) fault: Option<Fault>,
}

/// What is wrong with a record as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has not as many cells as there are columns; a footer may, so filters may take it by what is in it.
    Cells(String),
    /// It may have swallowed others: nothing but a refusal will do.
    Swallowed(&'static str),
}

/// What was seen besides the records.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) records: u64,
    /// Columns that the map does not use.
    pub(crate) unused: Vec<String>,
    /// Columns of the map that are not there and may be missing.
    pub(crate) absent: Vec<usize>,
    /// The first two cells of the lines above the header.
    pub(crate) preamble: Vec<(String, String)>,
}

/// What is done with each record.
pub(crate) type Take<'t> = &'t mut dyn FnMut(&Record<'_>) -> Result<(), Problem>;

/// Reads a payload, record by record.
pub(crate) fn each_record(
    settings: &Settings,
    format: TableFormat,
    payload: &mut Payload<'_>,
    take: Take<'_>,
) -> Result<Seen, Problem> {
    if format == TableFormat::Xlsx {
        return xlsx::each(settings, &payload.bytes(WORKBOOK_LIMIT)?, take);
    }
    let bytes = payload.bytes(LIMIT)?;
    let text = text::decode(&bytes, &settings.encodings)?;
    match format {
        TableFormat::Csv => csv::each(settings, settings.delimiter.unwrap_or(b','), &text, take),
        TableFormat::Tsv => csv::each(settings, settings.delimiter.unwrap_or(b'\t'), &text, take),
        TableFormat::Json => json::each(settings, &text, take),
        TableFormat::JsonLines | TableFormat::Xlsx => json::each_line(settings, &text, take),
    }
}

/// The second cell of the line above the header that begins with `key`.
pub(crate) fn said<'p>(preamble: &'p [(String, String)], key: &str) -> Option<&'p str> {
    let found = preamble.iter().find(|(name, _)| name.trim_end_matches(':').eq_ignore_ascii_case(key));
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// Refuses a payload that does not say above its header what a filter compares with.
fn check_preamble(settings: &Settings, preamble: &[(String, String)]) -> Result<(), Problem> {
    let keys = settings.filters.iter().filter_map(Filter::preamble);
    let missing: Vec<&str> = keys.filter(|key| said(preamble, key).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Problem::data(format!(
        "a filter compares with what the file says above its header as {}, and it says nothing there",
        missing.join(", ")
    ))
    .advise("Export the file with those lines, or replace the filter: equals = \"...\" in place of equals_preamble."))
}

/// What a file seems to be, by its name and first bytes.
pub(crate) fn recognize(file_name: &str, head: &[u8]) -> Option<TableFormat> {
    let name = file_name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let named = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let is_utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if head.starts_with(b"PK\x03\x04") && named(&[".xlsx", ".xlsm"]) {
        Some(TableFormat::Xlsx)
    } else if head.contains(&0) && !is_utf16 || matches!(start.first(), None | Some(b'<')) {
        None
    } else if named(&[".jsonl", ".ndjson"]) {
        Some(TableFormat::JsonLines)
    } else if start.starts_with(b"{") || start.starts_with(b"[") {
        let lines = start.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).take(2);
        let is_lines = lines.filter(|line| line.starts_with(b"{") && line.ends_with(b"}")).count() == 2;
        Some(if is_lines { TableFormat::JsonLines } else { TableFormat::Json })
    } else if named(&[".tsv", ".tab"]) || !start.contains(&b',') && start.contains(&b'\t') {
        Some(TableFormat::Tsv)
    } else {
        Some(TableFormat::Csv)
    }
}
