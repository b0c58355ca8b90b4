//! What an export is, from its first bytes: its format, its columns, and the cells under each.

use ratebook_plugin::Problem;
use serde_json::Value;

use super::names;

/// Lines that are searched for the header.
const HEADER_WITHIN: usize = 50;
/// Records that are looked at.
const RECORDS: usize = 200;

/// The beginning of an export.
pub(super) struct Table {
    /// As the configuration writes it.
    pub(super) format: &'static str,
    /// If it is not the format's own.
    pub(super) delimiter: Option<char>,
    /// If it is not UTF-8.
    pub(super) encoding: Option<&'static str>,
    /// Where in a JSON document the records are.
    pub(super) rows: String,
    pub(super) columns: Vec<Column>,
    /// The first two cells of the lines above the header.
    pub(super) preamble: Vec<(String, String)>,
}

/// A column, and what stands in it.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
    /// True if the cells are numbers of JSON, which are written in one way.
    pub(super) is_json_number: bool,
}

impl Table {
    /// Looks at the first bytes of a file.
    pub(super) fn read(head: &[u8]) -> Result<Table, Problem> {
        let (text, encoding) = decode(head);
        let start = text.trim_start();
        let table = if start.starts_with("PK\u{3}\u{4}") {
            return Err(Problem::data("this is a workbook, whose header is not looked at here").advise(
                "Save the sheet as CSV for a proposal; the plugin table reads the workbook itself.",
            ));
        } else if start.starts_with('<') || start.is_empty() {
            return Err(Problem::data("this is no table: it is empty, or a page"));
        } else if start.starts_with(['{', '[']) {
            json(start)
        } else {
            delimited(&text)
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

/// Cells separated by a sign: the one by which most of the names are known, or most cells come out.
fn delimited(text: &str) -> Option<Table> {
    let candidates = [',', ';', '\t', '|'].into_iter().filter_map(|delimiter| {
        let rows: Vec<Vec<String>> =
            text.lines().take(HEADER_WITHIN + RECORDS).map(|line| cells(line, delimiter)).collect();
        let known = |row: &[String]| row.iter().filter(|name| is_known(name)).count();
        let score = |row: &[String]| (known(row), row.iter().filter(|name| !name.is_empty()).count());
        let header = (0..rows.len().min(HEADER_WITHIN)).rev().max_by_key(|at| score(&rows[*at]))?;
        (rows[header].len() > 1).then(|| (score(&rows[header]), delimiter, header, rows))
    });
    // Of equals the first: a comma is the usual one.
    let (_, delimiter, header, rows) =
        candidates.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    let records = &rows[header + 1..];
    let above = rows[..header].iter().filter(|row| row.len() > 1);
    let preamble = above.map(|row| (row[0].clone(), row[1].clone())).collect();
    let column = |(at, name): (usize, &String)| Column {
        name: name.clone(),
        cells: records
            .iter()
            .filter(|row| row.len() == rows[header].len())
            .map(|row| row[at].clone())
            .collect(),
        is_json_number: false,
    };
    Some(Table {
        format: if delimiter == '\t' { "tsv" } else { "csv" },
        delimiter: Some(delimiter).filter(|sign| ![',', '\t'].contains(sign)),
        encoding: None,
        rows: String::new(),
        preamble,
        columns: rows[header].iter().enumerate().filter(|(_, name)| !name.is_empty()).map(column).collect(),
    })
}

fn is_known(name: &str) -> bool {
    names::says_when(name).is_some() || names::FIELDS.iter().any(|known| known.fits(name).is_some())
}

/// The cells of one line; a line break inside quotes is not looked for.
fn cells(line: &str, delimiter: char) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            _ if c == delimiter && !quoted => cells.push(std::mem::take(&mut cell).trim().to_owned()),
            _ => cell.push(c),
        }
    }
    cells.push(cell.trim().to_owned());
    cells
}

/// Records of a JSON document, or one on each line. A document that is longer than what was read is cut at a record.
fn json(text: &str) -> Option<Table> {
    let lines: Vec<Value> =
        text.lines().take(RECORDS).map_while(|line| serde_json::from_str(line).ok()).collect();
    if lines.len() > 1 && lines.iter().all(Value::is_object) {
        return Some(table_of("jsonl", String::new(), &lines));
    }
    let document: Value = serde_json::from_str(text).ok()?;
    let (rows, list) = list_in(&document, String::new(), 3)?;
    Some(table_of("json", rows, &list[..list.len().min(RECORDS)]))
}

/// The first list of objects in a document, and where it is.
fn list_in(value: &Value, at: String, depth: usize) -> Option<(String, &Vec<Value>)> {
    match value {
        Value::Array(list) => list.first().is_some_and(Value::is_object).then_some((at, list)),
        Value::Object(members) if depth > 0 => members
            .iter()
            .find_map(|(name, value)| list_in(value, format!("{at}/{}", token(name)), depth - 1)),
        _ => None,
    }
}

fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn table_of(format: &'static str, rows: String, records: &[Value]) -> Table {
    let mut columns: Vec<Column> = Vec::new();
    for record in records {
        flatten(record, "", 3, &mut columns);
    }
    for column in &mut columns {
        // A member beside others is named without a slash.
        if let Some(name) = column.name.strip_prefix('/').filter(|name| !name.contains(['/', '~'])) {
            column.name = name.to_owned();
        }
    }
    Table { format, delimiter: None, encoding: None, rows, columns, preamble: Vec::new() }
}

fn flatten(value: &Value, at: &str, depth: usize, columns: &mut Vec<Column>) {
    if let (Value::Object(members), true) = (value, depth > 0) {
        for (name, value) in members {
            flatten(value, &format!("{at}/{}", token(name)), depth - 1, columns);
        }
        return;
    }
    if value.is_array() {
        return;
    }
    let cell = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => String::new(),
    };
    let is_json_number = value.is_number();
    match columns.iter_mut().find(|column| column.name == at) {
        Some(column) => {
            column.is_json_number &= is_json_number || cell.is_empty();
            column.cells.push(cell);
        }
        None => columns.push(Column { name: at.to_owned(), cells: vec![cell], is_json_number }),
    }
}
