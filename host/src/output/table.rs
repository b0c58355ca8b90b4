//! Aligned columns for people.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use unicode_width::UnicodeWidthStr as _;

/// A table without lines: a header, rows, the columns of `right` aligned to the right. A column that is empty in
/// every row is left out.
pub(crate) fn plain(header: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let used = |column: &usize| rows.is_empty() || rows.iter().any(|row| !row[*column].is_empty());
    let columns: Vec<usize> = (0..header.len()).filter(used).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| header[*column]));
    for row in rows {
        table.add_row(columns.iter().map(|column| row[*column].as_str()));
    }
    for (column, shown) in columns.iter().zip(table.column_iter_mut()) {
        shown.set_padding((0, 2));
        if right.contains(column) {
            shown.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Columns that are at least so wide, so that a longer text in one row seldom moves all others: for texts that are kept
/// and compared, thousands at a time.
pub(crate) fn steady(header: &[&str], rows: &[Vec<String>], right: &[usize], widths: &[usize]) -> String {
    let mut widths: Vec<usize> =
        widths.iter().zip(header).map(|(width, name)| (*width).max(name.width())).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
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
        let space = width.saturating_sub(cell.width());
        let (before, after) = if right.contains(&column) { (space, 0) } else { (0, space) };
        text.extend(std::iter::repeat_n(' ', before));
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', after + 2));
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}
