//! From the bytes of a payload to records: cells in the order of the columns that the map uses.

mod csv;
mod header;
mod inflated;
mod json;
pub(crate) mod preamble;
pub(crate) mod record;
mod text;
mod xlsx;

use ratebook_plugin::{Payload, Problem};

use crate::config::{Settings, TableFormat};

pub(crate) use json::{is_empty_list, scalar_at};
pub(crate) use record::{Cell, Fault, Record};
use record::{Seen, Take};

/// The longest payload; larger ones are not exports that people make.
const LIMIT: usize = 1 << 30;

/// The longest workbook: it is compressed, and all of it is in memory.
const WORKBOOK_LIMIT: usize = 64 << 20;

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
