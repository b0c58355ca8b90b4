//! Cells separated by a sign: the one by which most of the names are known, or most cells come out.

use ratebook_plugin::CsvReader;

use super::super::grid;
use super::super::table::Table;

/// Reads the beginning of a text; its last line may be cut.
pub(super) fn read(text: &str) -> Option<Table> {
    let whole = text.rfind('\n').filter(|_| text.len() >= grid::CUT).map_or(text, |end| &text[..end]);
    let mut best: Option<((usize, usize), Table)> = None;
    for delimiter in [',', ';', '\t', '|'] {
        let (rows, line_breaks) = rows(whole, delimiter);
        let Some((score, table)) = grid::read(&rows) else { continue };
        // Of equals the first: a comma is the usual one.
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            let format = if delimiter == '\t' { "tsv" } else { "csv" };
            let delimiter = Some(delimiter).filter(|sign| ![',', '\t'].contains(sign));
            best = Some((score, Table { format, delimiter, line_breaks, ..table }));
        }
    }
    best.map(|(_, table)| table)
}

/// The first rows, and whether a cell of one holds a line break.
fn rows(text: &str, delimiter: char) -> (Vec<Vec<String>>, bool) {
    let mut reader = CsvReader::new(text.as_bytes(), u8::try_from(delimiter).unwrap_or(b','));
    let (mut rows, mut line_breaks) = (Vec::new(), false);
    while rows.len() < grid::ROWS
        && let Ok(Some(record)) = reader.read()
    {
        line_breaks |= record.has_line_breaks();
        rows.push(record.cells().map(|cell| cell.trim().to_owned()).collect());
    }
    (rows, line_breaks)
}
