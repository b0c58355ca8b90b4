//! What the tables are, for people and programs: `schemas/tables/`.

use serde_json::{Value, json};

use super::column::{Column, Kind, MONEY_PLACES};
use super::table::{FORMAT, Table};
use super::{bill_lines, bills, fates, lines, skipped};

/// All tables.
const TABLES: [&Table; 5] =
    [&bill_lines::LINES, &bills::BILLS, &fates::FATES, &lines::LINES, &skipped::SKIPPED];

/// The names of the tables.
pub(crate) fn table_names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name)
}

/// What a table is; none if there is none of that name.
pub(crate) fn described(name: &str) -> Option<Value> {
    let table = TABLES.iter().find(|table| table.name == name)?;
    let columns: Vec<Value> = table.columns.iter().flat_map(described_column).collect();
    Some(json!({ "table": table.name, "version": FORMAT, "columns": columns }))
}

fn described_column(column: &Column) -> Vec<Value> {
    let Column { name, kind, meaning } = column;
    let of = |name: &str, what: &str, nullable: bool, meaning: &str| json!({ "name": name, "type": what, "nullable": nullable, "meaning": meaning });
    match kind {
        Kind::Text => vec![of(name, "STRING", true, meaning)],
        Kind::Number { places } => {
            let exact = format!(
                "{name} as text where it has more than {places} places or {} digits before the point; it is what counts then",
                38 - places
            );
            vec![
                of(name, &format!("DECIMAL(38,{places})"), true, meaning),
                of(&format!("{name}_exact"), "STRING", true, &exact),
            ]
        }
        Kind::Money => vec![of(name, &format!("DECIMAL(18,{MONEY_PLACES})"), true, meaning)],
        Kind::Count => vec![of(name, "INT64", false, meaning)],
        Kind::MaybeCount => vec![of(name, "INT64", true, meaning)],
        Kind::Flag => vec![of(name, "BOOLEAN", false, meaning)],
        Kind::Counts => vec![of(name, "LIST<INT64>", false, meaning)],
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_files_of_schemas_say_what_the_tables_are() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/tables");
        let mut names: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, table_names().map(|name| format!("{name}.json")).collect::<Vec<_>>());
        for name in table_names() {
            let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
            let told = described(name).unwrap();
            assert_eq!(text, format!("{told:#}\n"), "schemas/tables/{name}.json must be\n{told:#}");
        }
    }
}
