//! Records of a JSON document, or one on each line.

use serde_json::Value;

use super::super::table::{Column, RECORDS, Table};

/// Records of a document, or one on each line. A document that is longer than what was read is cut at a record.
pub(super) fn read(text: &str) -> Option<Table> {
    let lines: Vec<Value> =
        text.lines().take(RECORDS).map_while(|line| serde_json::from_str(line).ok()).collect();
    if lines.len() > 1 && lines.iter().all(Value::is_object) {
        return Some(table_of("jsonl", String::new(), &lines));
    }
    let document: Value = serde_json::from_str(text).ok().or_else(|| closed(text))?;
    let (rows, list) = list_in(&document, String::new(), 3)?;
    Some(table_of("json", rows, &list[..list.len().min(RECORDS)]))
}

/// A document that was cut, closed behind its last whole value.
fn closed(text: &str) -> Option<Value> {
    let mut ends: Vec<usize> = text.match_indices('}').map(|(at, _)| at + 1).collect();
    for end in ends.drain(..).rev().take(50) {
        let mut open = Vec::new();
        let (mut in_text, mut escaped) = (false, false);
        for c in text[..end].chars() {
            match c {
                _ if escaped => escaped = false,
                '\\' if in_text => escaped = true,
                '"' => in_text = !in_text,
                _ if in_text => {}
                '{' => open.push('}'),
                '[' => open.push(']'),
                '}' | ']' => _ = open.pop(),
                _ => {}
            }
        }
        let rest: String = open.into_iter().rev().collect();
        if let Ok(value) = serde_json::from_str(&format!("{}{rest}", &text[..end])) {
            return Some(value);
        }
    }
    None
}

/// The first list of objects in a document, and where it is.
fn list_in(value: &Value, at: String, depth: usize) -> Option<(String, &Vec<Value>)> {
    match value {
        Value::Array(list) => list.first().is_some_and(Value::is_object).then_some((at, list)),
        Value::Object(members) if depth > 0 => members
            .iter()
            .find_map(|(name, value)| list_in(value, format!("{at}/{}", token(name)), depth - 1)),
        _ => None,
    }
}

fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn table_of(format: &'static str, rows: String, records: &[Value]) -> Table {
    let mut columns: Vec<Column> = Vec::new();
    for record in records {
        flatten(record, "", 3, &mut columns);
    }
    for column in &mut columns {
        // A member beside others is named without a slash.
        if let Some(name) = column.name.strip_prefix('/').filter(|name| !name.contains(['/', '~'])) {
            column.name = name.to_owned();
        }
    }
    Table { format, rows, columns, records: records.len(), ..Table::default() }
}

fn flatten(value: &Value, at: &str, depth: usize, columns: &mut Vec<Column>) {
    if let (Value::Object(members), true) = (value, depth > 0) {
        for (name, value) in members {
            flatten(value, &format!("{at}/{}", token(name)), depth - 1, columns);
        }
        return;
    }
    if value.is_array() {
        return;
    }
    let cell = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => String::new(),
    };
    let is_number = value.is_number();
    match columns.iter_mut().find(|column| column.name == at) {
        Some(column) => {
            column.is_number &= is_number || cell.is_empty();
            column.cells.push(cell);
        }
        None => columns.push(Column { name: at.to_owned(), cells: vec![cell], is_number }),
    }
}
