//! Aligned columns for people.

use unicode_width::UnicodeWidthStr as _;

use crate::failure::is_plain;

/// A table without lines: a header, rows, the columns of `right` aligned to the right. A column that is empty in
/// every row is left out.
pub(crate) fn plain(header: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let used = |column: &usize| rows.is_empty() || rows.iter().any(|row| !row[*column].is_empty());
    let columns: Vec<usize> = (0..header.len()).filter(used).collect();
    let widest = |column: &usize| {
        let cells = rows.iter().flat_map(|row| row[*column].split('\n'));
        cells.map(width).max().unwrap_or(0).max(width(header[*column]))
    };
    let widths: Vec<usize> = columns.iter().map(widest).collect();
    let place = |column: &usize| columns.iter().position(|used| used == column);
    let right: Vec<usize> = right.iter().filter_map(place).collect();
    let mut text = String::new();
    line(&mut text, columns.iter().map(|column| header[*column]), &right, &widths);
    for row in rows {
        // A cell of several lines makes the row as high.
        let height = columns.iter().map(|column| row[*column].matches('\n').count() + 1).max().unwrap_or(1);
        for at in 0..height {
            let part = |column: &usize| row[*column].split('\n').nth(at).unwrap_or_default();
            line(&mut text, columns.iter().map(part), &right, &widths);
        }
    }
    text
}

/// How many columns of a terminal a text takes.
fn width(text: &str) -> usize {
    // Most are plain; a control character has its own say.
    if is_plain(text) { text.len() } else { text.width() }
}

/// Columns that are at least so wide, so that a longer text in one row seldom moves all others: for texts that are kept
/// and compared, thousands at a time.
pub(crate) fn steady(header: &[&str], rows: &[Vec<String>], right: &[usize], widths: &[usize]) -> String {
    let mut widths: Vec<usize> =
        widths.iter().zip(header).map(|(width, name)| (*width).max(self::width(name))).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = self::width(cell).max(*width);
        }
    }
    let mut text = String::new();
    line(&mut text, header.iter().copied(), right, &widths);
    rows.iter().for_each(|row| line(&mut text, row.iter().map(String::as_str), right, &widths));
    text
}

/// One row; nothing stands behind its last cell.
fn line<'c>(text: &mut String, cells: impl Iterator<Item = &'c str>, right: &[usize], widths: &[usize]) {
    for (column, (cell, width)) in cells.zip(widths).enumerate() {
        let space = width.saturating_sub(self::width(cell));
        let (before, after) = if right.contains(&column) { (space, 0) } else { (0, space) };
        spaces(text, before);
        text.push_str(cell);
        spaces(text, after + 2);
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

fn spaces(text: &mut String, mut count: usize) {
    const MANY: &str = "                                                                ";
    while count > 0 {
        let some = count.min(MANY.len());
        text.push_str(&MANY[..some]);
        count -= some;
    }
}
