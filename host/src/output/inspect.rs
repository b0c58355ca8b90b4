//! What `ratebook plugin inspect` prints for people.

use ratebook_plugin::About;
use serde_json::Value;

use super::table;
use crate::failure::escaped;

/// How wide a description is before it goes on below.
const WIDTH: usize = 72;

/// Names and values, one a line.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let shown: Vec<(&str, String)> = facts.iter().map(|(name, value)| (*name, escaped(value))).collect();
    table::facts(&shown)
}

/// The formats that a plugin reads.
pub(crate) fn formats(about: &About) -> String {
    let rows: Vec<Vec<String>> = about
        .formats
        .iter()
        .map(|format| {
            let notes = [(format.experimental, "experimental"), (format.reference, "looked up")];
            let notes: Vec<&str> = notes.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
            vec![escaped(&format.id), escaped(&format.description), notes.join(", ")]
        })
        .collect();
    format!("\n{}", table::plain(&["format", "what it is", "marks"], &rows, &[]))
}

/// What the vendor's fields become.
pub(crate) fn fields(about: &About) -> String {
    if about.fields.is_empty() {
        return "\nIt does not say which of the vendor's fields it maps.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = about
        .fields
        .iter()
        .map(|field| {
            let line = field.line.as_deref().unwrap_or("-");
            let cells = [&field.format, &field.name, line, field.presence.word(), &field.why];
            cells.into_iter().map(escaped).collect()
        })
        .collect();
    format!("\n{}", table::plain(&["format", "vendor's field", "line", "there", "how"], &rows, &[]))
}

/// The keys of a configuration's JSON Schema: key, type, default, whether it is required, description.
pub(crate) fn config(schema: &str) -> String {
    let Ok(schema) = serde_json::from_str::<Value>(schema) else {
        return "\nThe schema of its configuration is not JSON.\n".to_owned();
    };
    let mut rows = Vec::new();
    keys(&schema, &schema, "", 0, &mut rows);
    if rows.is_empty() {
        return "\nIt takes no configuration.\n".to_owned();
    }
    format!("\n{}", table::plain(&["config", "type", "default", "required", "description"], &rows, &[]))
}

fn keys(root: &Value, of: &Value, path: &str, depth: usize, rows: &mut Vec<Vec<String>>) {
    let required: Vec<&str> =
        of["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, written) in of["properties"].as_object().into_iter().flatten() {
        let value = resolved(root, written);
        let key_path = format!("{path}{key}");
        let description =
            [written, value].iter().find_map(|value| value["description"].as_str()).unwrap_or_default();
        let default = match &value["default"] {
            Value::Null => String::new(),
            default => default.to_string(),
        };
        let is_required = if required.contains(&key.as_str()) { "yes" } else { "" };
        // A table that fits wraps it itself.
        let lines = match table::is_fitted() {
            true => vec![description.to_owned()],
            false => table::wrapped(description, WIDTH),
        };
        let mut lines = lines.into_iter();
        let first = lines.next().unwrap_or_default();
        rows.push(
            [key_path.clone(), type_of(root, value), default, is_required.to_owned(), first]
                .map(|cell| escaped(&cell))
                .to_vec(),
        );
        rows.extend(
            lines
                .map(|line| vec![String::new(), String::new(), String::new(), String::new(), escaped(&line)]),
        );
        // A schema may go round in a circle.
        if depth < 4 {
            keys(root, value, &format!("{key_path}."), depth + 1, rows);
            keys(root, resolved(root, &value["items"]), &format!("{key_path}[]."), depth + 1, rows);
        }
    }
}

/// What a reference of the same document leads to.
fn resolved<'v>(root: &'v Value, value: &'v Value) -> &'v Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(value)
}

fn type_of(root: &Value, value: &Value) -> String {
    type_beneath(root, value, &[]).unwrap_or_else(|| "any".to_owned())
}

/// The type behind some references; none if it goes round in a circle.
fn type_beneath<'v>(root: &'v Value, value: &'v Value, behind: &[&'v str]) -> Option<String> {
    let mut behind = behind.to_vec();
    if let Some(reference) = value["$ref"].as_str() {
        if behind.contains(&reference) {
            return None;
        }
        behind.push(reference);
    }
    let value = resolved(root, value);
    if let Some(choices) = value["enum"].as_array() {
        let choices: Vec<String> = choices.iter().map(Value::to_string).collect();
        return Some(format!("one of {}", choices.join(" ")));
    }
    if let Some(value) = value.get("const") {
        return Some(value.to_string());
    }
    if let Some(any) = ["anyOf", "oneOf"].iter().find_map(|key| value[*key].as_array()) {
        let mut types: Vec<String> = Vec::new();
        for one in any.iter().filter_map(|value| type_beneath(root, value, &behind)) {
            if !types.contains(&one) {
                types.push(one);
            }
        }
        return (!types.is_empty()).then(|| types.join(" or "));
    }
    Some(match value["type"].as_str() {
        Some("array") => {
            let items = type_beneath(root, &value["items"], &behind);
            format!("list of {}", items.unwrap_or_else(|| "the same".to_owned()))
        }
        Some("string") => "text".to_owned(),
        Some("object") => "table".to_owned(),
        Some(other) => other.to_owned(),
        None => "any".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_shown_key_by_key_with_what_is_beneath() {
        let schema = r##"{
            "required": ["id"],
            "properties": {
                "id": { "type": "string", "description": "Whose it is." },
                "level": { "enum": ["low", "high"], "default": "low", "description": "How much of it." },
                "texts": { "$ref": "#/$defs/texts" },
                "asked": { "type": "object", "description": "What is asked, in words enough to go on in the line that stands below this one.",
                    "properties": { "path": { "type": "string" }, "pages": { "type": "integer", "default": 1 } } },
                "skip": { "type": "array", "items": { "type": "object", "required": ["why"], "properties": { "why": { "const": true } } } }
            },
            "$defs": { "texts": { "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] } }
        }"##;
        insta::assert_snapshot!(config(schema));
        let circle = r##"{ "properties": { "n": { "anyOf": [{ "type": "string" }, { "$ref": "#/properties/n" }] } } }"##;
        assert!(config(circle).contains("n       text"), "{}", config(circle));
        assert_eq!(config("{}"), "\nIt takes no configuration.\n");
        assert_eq!(config("{"), "\nThe schema of its configuration is not JSON.\n");
    }
}
