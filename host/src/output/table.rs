//! Aligned columns for people.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

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

/// The same with columns that are at least so wide, so that a longer text in one row seldom moves all others: for
/// texts that are kept and compared.
pub(crate) fn steady(header: &[&str], rows: &[Vec<String>], right: &[usize], widths: &[u16]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().copied());
    for row in rows {
        table.add_row(row.iter().map(String::as_str));
    }
    for (column, (shown, width)) in table.column_iter_mut().zip(widths).enumerate() {
        shown.set_padding((0, 2)).set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(*width)));
        if right.contains(&column) {
            shown.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
