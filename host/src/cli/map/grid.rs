//! Rows of cells as a table: which row is the header, if any, and what stands under each name.

use ratebook_plugin::written::ways_of;

use super::names;
use super::table::{Column, Table};

/// Lines that are searched for the header.
const HEADER_WITHIN: usize = 50;
/// Rows that are looked at.
pub(super) const ROWS: usize = 250;
/// A text of so many bytes may be cut in its last row.
pub(super) const CUT: usize = 60 << 10;

/// Words that the first cell of a total holds.
const TOTALS: [&str; 8] =
    ["total", "grand total", "subtotal", "sub total", "sum", "summe", "gesamt", "gesamtsumme"];

/// The table of some rows, and how sure it is that they are one: how many names are known, and how many cells there are.
pub(super) fn read(rows: &[Vec<String>]) -> Option<((usize, usize), Table)> {
    let known = |row: &[String]| row.iter().filter(|name| names::is_known(name)).count();
    let filled = |row: &[String]| row.iter().filter(|name| !name.is_empty()).count();
    // One known word alone is in many a row.
    let score =
        |row: &[String]| (Some(known(row)).filter(|count| *count > 1).unwrap_or_default(), filled(row));
    let first = |row: &[String]| row.iter().find(|cell| !cell.is_empty()).is_some_and(|cell| is_total(cell));
    let may_be = |at: &usize| known(&rows[*at]) > 1 || !is_data(&rows[*at]) && !first(&rows[*at]);
    let header = (0..rows.len().min(HEADER_WITHIN)).rev().filter(may_be).max_by_key(|at| score(&rows[*at]));
    let widest = rows.iter().map(|row| filled(row)).max().unwrap_or_default();
    let Some(header) = header.filter(|at| score(&rows[*at]).0 > 0 || filled(&rows[*at]) * 2 > widest) else {
        return (widest > 1).then(|| ((0, widest), without_header(rows)));
    };
    let sure = score(&rows[header]);
    if rows[header].len() < 2 {
        return None;
    }
    let names = &rows[header];
    let named = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    let (mut totals, mut records) = (false, Vec::new());
    for row in &rows[header + 1..] {
        let first = row.iter().find(|cell| !cell.is_empty());
        let is_total = first.is_some_and(|cell| is_total(cell));
        totals |= is_total;
        if !is_total && first.is_some() && row.len() >= named {
            records.push(row);
        }
    }
    let column = |(at, name): (usize, &String)| Column {
        name: name.clone(),
        cells: records.iter().map(|row| row.get(at).cloned().unwrap_or_default()).collect(),
        is_number: false,
    };
    let columns = names.iter().enumerate().filter(|(_, name)| !name.is_empty()).map(column).collect();
    let preamble = rows[..header].to_vec();
    Some((sure, Table { totals, preamble, columns, records: records.len(), ..Table::default() }))
}

fn is_total(cell: &str) -> bool {
    TOTALS.contains(&cell.trim_end_matches(':').trim().to_lowercase().as_str())
}

/// True for a row that holds numbers or dates, as no header does.
fn is_data(row: &[String]) -> bool {
    row.iter().any(|cell| {
        let is_number = cell.contains(|c: char| c.is_ascii_digit()) && !cell.contains(char::is_alphabetic);
        is_number || !ways_of(cell).is_empty()
    })
}

fn without_header(rows: &[Vec<String>]) -> Table {
    let width = rows.iter().map(Vec::len).max().unwrap_or_default();
    let records: Vec<&Vec<String>> = rows.iter().filter(|row| row.len() == width).collect();
    let column = |at: usize| Column {
        name: (at + 1).to_string(),
        cells: records.iter().map(|row| row[at].clone()).collect(),
        is_number: false,
    };
    let columns = (0..width).map(column).collect();
    Table { no_header: true, columns, records: records.len(), ..Table::default() }
}
