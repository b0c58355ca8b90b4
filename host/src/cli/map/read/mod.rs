//! What an export is, from its first bytes: its format, its columns, and the cells under each.

mod delimited;
mod json;
mod sheet;

use ratebook_plugin::Problem;

use super::table::Table;

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
