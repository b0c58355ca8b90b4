//! Long lists as CSV beside the rules: rows by column name, each with its place.

use std::collections::BTreeMap;

use super::problem::LoadCode;
use super::written::{Place, Sources, nearest};

/// A record: its cells by column name.
pub(crate) struct Row {
    pub(crate) cells: BTreeMap<String, String>,
    pub(crate) place: Place,
}

/// The rows of a CSV file that is in `sources`; what is wrong with its shape is reported.
pub(crate) fn rows(
    file: usize,
    columns: &[&'static str],
    required: &[&str],
    sources: &mut Sources,
) -> Vec<Row> {
    let text = sources.text(file).to_owned();
    let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let start = Place { file, start: bom, end: text.find('\n').unwrap_or(text.len()) };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&text.as_bytes()[bom..]);
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            sources.report(start, LoadCode::Toml, format!("not a CSV file: {error}"));
            return Vec::new();
        }
    };
    let mut sound = true;
    for (index, name) in header.iter().enumerate() {
        if !columns.contains(&name) {
            let hint = match nearest(name, columns.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", columns.join(", ")),
            };
            sources.report_hint(start, LoadCode::Key, format!("unknown column `{name}`"), hint);
            sound = false;
        } else if header.iter().take(index).any(|earlier| earlier == name) {
            sources.report(start, LoadCode::Duplicate, format!("column `{name}` is there twice"));
            sound = false;
        }
    }
    for name in required.iter().filter(|name| !header.iter().any(|column| column == **name)) {
        sources.report(start, LoadCode::Value, format!("column `{name}` is missing"));
        sound = false;
    }
    if !sound {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let at = record.position().map_or(0, csv::Position::byte) as usize + bom;
                let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
                let cells = header.iter().zip(record.iter());
                let cells = cells.map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect();
                rows.push(Row { cells, place: Place { file, start: at, end } });
            }
            Err(error) => {
                let at = error.position().map_or(0, csv::Position::byte) as usize + bom;
                let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
                let place = Place { file, start: at, end };
                sources.report(place, LoadCode::Toml, format!("not a CSV record: {error}"));
            }
        }
    }
    rows
}
