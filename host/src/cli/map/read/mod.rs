//! What an export is, from its first bytes: its format, its columns, and the cells under each.

mod delimited;
mod json;
mod sheet;

use ratebook_plugin::Problem;

/// Records that are looked at.
const RECORDS: usize = 200;

/// The beginning of an export.
#[derive(Default)]
pub(super) struct Table {
    /// As the configuration writes it.
    pub(super) format: &'static str,
    /// If it is not the format's own.
    pub(super) delimiter: Option<char>,
    /// If it is not UTF-8.
    pub(super) encoding: Option<&'static str>,
    /// Where in a JSON document the records are.
    pub(super) rows: String,
    /// The sheet of a workbook that has several.
    pub(super) sheet: Option<String>,
    /// True if no line is a header: columns are called by their numbers.
    pub(super) no_header: bool,
    /// True if cells hold line breaks.
    pub(super) line_breaks: bool,
    /// True if some row begins with a word such as Total.
    pub(super) totals: bool,
    /// How many records were looked at.
    pub(super) records: usize,
    pub(super) columns: Vec<Column>,
    /// The lines above the header.
    pub(super) preamble: Vec<Vec<String>>,
}

/// A column, and what stands in it.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
    /// True if the cells are numbers of JSON or of a sheet, which are written in one way.
    pub(super) is_number: bool,
}

impl Table {
    /// Looks at a file: its first bytes, or a whole workbook.
    pub(super) fn read(bytes: &[u8]) -> Result<Table, Problem> {
        if sheet::is_workbook(bytes) {
            return sheet::read(bytes);
        }
        let (text, encoding) = decode(bytes);
        let start = text.trim_start();
        let table = if start.starts_with('<') || start.is_empty() {
            return Err(Problem::data("this is no table: it is empty, or a page"));
        } else if start.starts_with(['{', '[']) {
            json::read(start)
        } else {
            delimited::read(&text)
        };
        let table = table.ok_or_else(|| {
            Problem::data("no header or list of records was found in the first 64 KiB").advise(
                "Write the map by hand: plugins/table/README.md shows one, `ratebook schema plugin:table` every key.",
            )
        })?;
        Ok(Table { encoding, ..table })
    }
}

/// The text, and the encoding if it is not UTF-8. The end may be cut inside a character.
fn decode(head: &[u8]) -> (String, Option<&'static str>) {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match head {
        [0xff, 0xfe, rest @ ..] => return (utf16(rest, u16::from_le_bytes), Some("utf-16le")),
        [0xfe, 0xff, rest @ ..] => return (utf16(rest, u16::from_be_bytes), Some("utf-16be")),
        _ => {}
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match std::str::from_utf8(head) {
        Ok(text) => (text.to_owned(), None),
        Err(error) if error.error_len().is_none() => {
            (String::from_utf8_lossy(&head[..error.valid_up_to()]).into_owned(), None)
        }
        // Letters are where ISO 8859-1 has them; the few signs that differ are not in names of columns.
        Err(_) => (head.iter().map(|byte| char::from(*byte)).collect(), Some("windows-1252")),
    }
}
