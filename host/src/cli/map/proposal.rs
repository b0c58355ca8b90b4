//! The proposal: each column goes to the field that it most likely is; what is left over is listed.

use super::header::{Column, Table};
use super::names::{self, FIELDS, Sure};
use super::samples;

/// A column given to a field, and how sure that is.
struct Given<'t> {
    field: &'static str,
    column: &'t Column,
    sure: bool,
    /// Other columns that might be it.
    others: Vec<&'t str>,
}

/// A source for ratebook.toml.
pub(super) fn text(table: &Table, file: &str, source: &str) -> String {
    let given = give(table);
    let has = |field: &str| given.iter().any(|given| given.field == field);
    let mut text = format!(
        "# Proposed from the names of {file}'s columns: look at each line before it bills anybody.\n"
    );
    text += &format!("[source.{}]\nplugin = \"table\"\n", key(source));
    if !has("tenant") {
        text += "# No column looks like who used it: name one, or say here whose all of it is: tenant = \"...\"\n";
    }
    text += &format!("\n[source.{}.config]\nformat = {}\n", key(source), quoted(table.format));
    if let Some(delimiter) = table.delimiter {
        text += &format!("delimiter = {}\n", quoted(&delimiter.to_string()));
    }
    if let Some(encoding) = table.encoding {
        text += &format!("encoding = {}\n", quoted(encoding));
    }
    if !table.rows.is_empty() {
        text += &format!("rows = {}\n", quoted(&table.rows));
    }
    text += &numbers(&given);
    let when = table
        .columns
        .iter()
        .filter(|column| !given.iter().any(|given| given.column.name == column.name))
        .filter_map(|column| names::says_when(&column.name).map(|sure| (sure, column)))
        .max_by_key(|(sure, _)| *sure)
        .map(|(_, column)| column);
    let period =
        table.preamble.iter().find(|(_, said)| !dates_in(said).is_empty()).filter(|_| when.is_none());
    text += &match (when, period) {
        (Some(column), _) => dates(&column.name, &filled(column)),
        (None, Some((key, said))) => dates(key, &dates_in(said)),
        (None, None) => {
            "# No column looks like a date: that the file is of the month is not checked.\n".to_owned()
        }
    };
    let table_of_month = format!("\n[source.{}.config.month]\n", key(source));
    if let Some(column) = when {
        let column = quoted(&column.name);
        text += &format!(
            "{table_of_month}column = {column}  # records of another month are refused; or others = \"skip\"\n"
        );
    } else if let Some((key, _)) = period {
        text += &format!("{table_of_month}preamble = {}  # above the header\n", quoted(key));
    }
    text += &format!("\n[source.{}.config.columns]\n", key(source));
    for given in &given {
        let line = format!("{} = {}", given.field, quoted(&given.column.name));
        let mut comment = if given.sure { String::new() } else { "  # perhaps".to_owned() };
        if !given.others.is_empty() {
            comment += if given.sure { "  # or " } else { "; or " };
            comment += &given.others.join(", ");
        }
        text += &format!("{line}{}\n", comment.replace(['\n', '\r'], " "));
    }
    if !has("consumedQuantity") && !has("billableQuantity") && !has("totalCost") {
        text += "# No column looks like a quantity; without one of these it does not load:\n";
        text += "# consumedQuantity = \"...\"  # what was used\n# billableQuantity = \"...\"  # what the vendor bills\n";
    }
    text += &constants(source, &has);
    let used = |column: &&Column| {
        !given.iter().any(|given| given.column.name == column.name)
            && when.is_none_or(|when| when.name != column.name)
    };
    let unused: Vec<String> = table.columns.iter().filter(used).map(|column| quoted(&column.name)).collect();
    if !unused.is_empty() {
        text += &format!("\n# Not used: {}\n", unused.join(", "));
    }
    text += "# Rows that are sums, trials or free of a SKU are left out by [[skip]] with a reason: docs/table.md.\n";
    text
}

/// Gives each field its likeliest column; a column goes to one field.
fn give(table: &Table) -> Vec<Given<'_>> {
    let mut given: Vec<Given<'_>> = Vec::new();
    for known in &FIELDS {
        let mut fitting: Vec<(Sure, &Column)> = table
            .columns
            .iter()
            .filter(|column| !given.iter().any(|given| given.column.name == column.name))
            .filter(|column| !known.is_number || looks_like_a_number(column))
            .filter_map(|column| known.fits(&column.name).map(|sure| (sure, column)))
            .collect();
        // The surest first; of equals the first in the file.
        fitting.sort_by_key(|(sure, _)| std::cmp::Reverse(*sure));
        let Some((sure, column)) = fitting.first() else { continue };
        given.push(Given {
            field: known.field,
            column,
            sure: *sure > Sure::Perhaps,
            others: fitting[1..]
                .iter()
                .filter(|(other, _)| (*sure > Sure::Perhaps) == (*other > Sure::Perhaps))
                .map(|(_, column)| column.name.as_str())
                .collect(),
        });
    }
    given
}

fn looks_like_a_number(column: &Column) -> bool {
    let cells = filled(column);
    let numbers = cells.iter().filter(|cell| !samples::numbers(&[cell]).is_empty()).count();
    cells.is_empty() || numbers * 2 > cells.len()
}

fn filled(column: &Column) -> Vec<&str> {
    column.cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect()
}

/// How numbers are written; nothing if plainly.
fn numbers(given: &[Given<'_>]) -> String {
    let is_number = |field: &str| FIELDS.iter().any(|known| known.field == field && known.is_number);
    let columns = given.iter().filter(|given| is_number(given.field) && !given.column.is_json_number);
    let cells: Vec<&str> = columns.flat_map(|given| filled(given.column)).collect();
    let ways = samples::numbers(&cells);
    match ways.as_slice() {
        _ if cells.is_empty() => String::new(),
        [] => "# Numbers are written in more than one way, or with units: numbers = \"1.234,56\", for instance.\n".to_owned(),
        [first, others @ ..] => {
            let differ = cells.iter().any(|cell| cell.contains([',', '.', '\'', ' ', '\u{a0}']));
            let others: Vec<String> = others.iter().filter(|_| differ).map(|way| quoted(way)).collect();
            // Another way that reads the same signs as something else must be ruled out by a person.
            let doubt = match others.iter().any(|way| way.contains("234") && way.ends_with(if first.contains(',') { ".56\"" } else { ",56\"" })) {
                true => format!("  # the cells could also be written like {}", others.join(", ")),
                false => String::new(),
            };
            if *first == "1234.56" && doubt.is_empty() { String::new() } else { format!("numbers = {}{doubt}\n", quoted(first)) }
        }
    }
}

/// The words of a period such as `01.03.2026 - 31.03.2026` that are dates.
fn dates_in(period: &str) -> Vec<&str> {
    period.split_whitespace().filter(|word| !samples::dates(&[word]).is_empty()).collect()
}

fn dates(name: &str, cells: &[&str]) -> String {
    let name = quoted(name);
    match samples::dates(cells).as_slice() {
        _ if cells.is_empty() => String::new(),
        [] => format!(
            "# The dates in {name} are written otherwise: dates = \"...\" of YYYY, MM or M, DD or D.\n"
        ),
        ["YYYY-MM-DD", ..] => String::new(),
        [first, others @ ..] if others.is_empty() || first.starts_with("DD") => {
            format!("dates = {}\n", quoted(first))
        }
        [first, others @ ..] => {
            format!("dates = {}  # or {}: no cell says which\n", quoted(first), others.join(", "))
        }
    }
}

fn constants(source: &str, has: &dyn Fn(&str) -> bool) -> String {
    let priced = has("unitPrice") || has("totalCost");
    let mut text = String::new();
    if priced && !has("currency") {
        text += "currency = \"EUR\"  # no column says it: is it this one?\n";
    }
    if !has("billingUnit") {
        text += "# billingUnit = \"...\"  # no column says it\n";
    }
    if text.is_empty() { text } else { format!("\n[source.{}.config.constants]\n{text}", key(source)) }
}

/// A text of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key of TOML.
fn key(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if plain { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(text_of_file: &str) -> toml::Table {
        let table = Table::read(text_of_file.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        let text = text(&table, "usage.csv", "shop");
        let whole: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        whole["source"]["shop"]["config"].as_table().cloned().unwrap_or_default()
    }

    #[test]
    fn usual_names_go_to_their_fields() {
        let config = proposed(
            "Kundennummer;Kunde;Artikel;Bezeichnung;Menge;Einzelpreis;Währung;Datum;Status\n\
             17;Müller;X-1;Sicherung;1.234,50;0,0125;EUR;31.03.2026;aktiv\n",
        );
        let columns = config["columns"].as_table().cloned().unwrap_or_default();
        let column = |field: &str| columns[field].as_str().map(str::to_owned);
        assert_eq!(column("tenant").as_deref(), Some("Kundennummer"));
        assert_eq!(column("skuId").as_deref(), Some("Artikel"));
        assert_eq!(column("consumedQuantity").as_deref(), Some("Menge"));
        assert_eq!(column("unitPrice").as_deref(), Some("Einzelpreis"));
        assert_eq!(column("currency").as_deref(), Some("Währung"));
        assert_eq!(config["numbers"].as_str(), Some("1.234,56"));
        assert_eq!(config["dates"].as_str(), Some("DD.MM.YYYY"));
        assert_eq!(config["delimiter"].as_str(), Some(";"));
        assert_eq!(config["month"]["column"].as_str(), Some("Datum"));
    }

    #[test]
    fn members_of_json_are_named_by_pointers() {
        let config =
            proposed(r#"{"data":{"items":[{"account":{"id":"1"},"sku":"A","quantity":1.5,"a/b":1}]}}"#);
        assert_eq!(config["rows"].as_str(), Some("/data/items"));
        assert_eq!(config["columns"]["tenant"].as_str(), Some("/account/id"));
        assert_eq!(config["columns"]["skuId"].as_str(), Some("sku"));
        assert_eq!(config["columns"]["consumedQuantity"].as_str(), Some("quantity"));
        assert!(!config.contains_key("numbers"));
    }

    #[test]
    fn a_period_above_the_header_is_found() {
        let config = proposed("Report;Usage\nPeriod;1.3.2026 - 31.3.2026\n\nCustomer;SKU;Qty\nc;A;1\n");
        assert_eq!(config["month"]["preamble"].as_str(), Some("Period"));
        assert_eq!(config["dates"].as_str(), Some("D.M.YYYY"));
        assert_eq!(config["columns"]["tenant"].as_str(), Some("Customer"));
    }

    #[test]
    fn what_is_not_known_is_said() {
        let table = Table::read(b"Foo,Bar \"x\"\n1,2\n").unwrap_or_else(|error| panic!("{error}"));
        let text = text(&table, "a.csv", "a b");
        assert!(text.contains("# No column looks like a quantity"), "{text}");
        assert!(text.contains("# Not used: \"Foo\", \"Bar x\""), "{text}");
        assert!(text.contains("[source.\"a b\".config.columns]"), "{text}");
        assert!(text.parse::<toml::Table>().is_ok(), "{text}");
        for nothing in ["", "<html>", "PK\u{3}\u{4}", "word"] {
            assert!(Table::read(nothing.as_bytes()).is_err(), "{nothing}");
        }
    }
}
