//! The schema of a workspace's `ratebook.toml`: that of every workspace, and what the plugins that may be used here say of
//! their own settings, chosen by `plugin = ".."`.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::failure::{Exit, Failure};
use crate::files::{json_text, read_if_there, write_file};
use crate::plugins::Plugins;

/// The schema of any ratebook.toml.
pub(super) const RATEBOOK: &str = include_str!("../../../schemas/ratebook.schema.json");

/// The schema of rules files.
pub(super) const RULES: &str = include_str!("../../../schemas/rules.schema.json");

/// Where it stands in a workspace.
pub(super) const FILE: &str = "schemas/ratebook.schema.json";

/// By its `$id` a schema is known as ours.
const OURS: &str = "https://ratebook.invalid/schemas/";

/// What the schema says, and why what of which plugin is missing in it.
pub(super) struct WorkspaceSchema {
    /// Its text.
    pub(super) text: String,
    /// For each plugin that did not say what its settings are, why.
    pub(super) missing: Vec<String>,
}

impl WorkspaceSchema {
    /// That of the plugins that may be used; each is asked.
    ///
    /// # Errors
    /// If the schema of every workspace is none, which a test rules out.
    pub(super) fn of(plugins: &Plugins) -> Result<WorkspaceSchema, Failure> {
        let mut missing = Vec::new();
        let mut known = Vec::new();
        for id in plugins.usable() {
            let about = plugins.get(&id).and_then(|plugin| plugin.about());
            let settings = match &about {
                Ok(about) => serde_json::from_str(&about.config_schema).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            match settings {
                Ok(settings) => known.push((id, settings)),
                Err(why) => missing.push(format!("the settings of plugin {id} are not in {FILE}: {why}")),
            }
        }
        let general: Value = serde_json::from_str(RATEBOOK)
            .map_err(|error| Failure::new(Exit::Internal, "E-INTERNAL", format!("{FILE}: {error}")))?;
        Ok(WorkspaceSchema { text: json_text(&with_settings(general, known))?, missing })
    }

    /// Writes it into a workspace, unless it stands there. A schema that is not ours stays, and where there is none, there
    /// is none afterwards if `only_if_there`. True if it was written.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub(super) fn put(&self, root: &Path, only_if_there: bool) -> Result<bool, Failure> {
        put(root, FILE, &self.text, only_if_there)
    }
}

/// The same for any schema of ours.
///
/// # Errors
/// If it cannot be read or written.
pub(super) fn put(root: &Path, name: &str, text: &str, only_if_there: bool) -> Result<bool, Failure> {
    let path = root.join(name);
    let is_due = match read_if_there(&path)? {
        None => !only_if_there,
        Some(bytes) => bytes != text.as_bytes() && is_ours(&bytes),
    };
    if is_due {
        write_file(&path, text.as_bytes())?;
    }
    Ok(is_due)
}

/// True for a schema that ratebook writes, of whatever version.
pub(super) fn is_ours(bytes: &[u8]) -> bool {
    let schema: Option<Value> = serde_json::from_slice(bytes).ok();
    schema.and_then(|schema| Some(schema["$id"].as_str()?.starts_with(OURS))).unwrap_or(false)
}

/// The schema of every workspace with the settings of plugins, by `plugin`.
fn with_settings(mut general: Value, plugins: Vec<(String, Value)>) -> Value {
    let mut by_plugin = Vec::new();
    let ids: Vec<String> = plugins.iter().map(|(id, _)| id.clone()).collect();
    for (id, settings) in plugins {
        let name = format!("plugin-{id}");
        let place = format!("#/$defs/{name}");
        // Whatever else stands in the source is not these conditions' matter, and editors are told so.
        by_plugin.push(json!({
            "if": { "required": ["plugin"], "properties": { "plugin": { "const": id } }, "additionalProperties": true },
            "then": { "properties": { "config": { "$ref": place } }, "additionalProperties": true },
        }));
        general["$defs"][name] = moved(settings, &place);
    }
    if !by_plugin.is_empty() {
        let source = &mut general["$defs"]["source"];
        source["allOf"] = by_plugin.into();
        source["properties"]["plugin"]["enum"] = ids.into();
    }
    general
}

/// A schema that becomes a part of another, at a place: what it refers to in itself is there.
fn moved(schema: Value, place: &str) -> Value {
    let Value::Object(mut keys) = schema else { return schema };
    keys.remove("$schema");
    keys.remove("$id");
    referring(Value::Object(keys), place)
}

fn referring(value: Value, place: &str) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(|value| referring(value, place)).collect(),
        Value::Object(keys) => {
            let moved = keys.into_iter().map(|(key, value)| match (key.as_str(), &value) {
                ("$ref", Value::String(target)) => {
                    let target = match target.strip_prefix('#') {
                        Some(inner) => format!("{place}{inner}"),
                        None => target.clone(),
                    };
                    (key, target.into())
                }
                _ => (key, referring(value, place)),
            });
            Value::Object(moved.collect::<Map<String, Value>>())
        }
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_schema_refers_to_in_itself_moves_with_it() {
        let own = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "properties": { "a": { "$ref": "#/$defs/a" }, "b": { "$ref": "#" }, "$ref": { "type": "string" } },
            "$defs": { "a": { "items": [{ "$ref": "https://elsewhere.example/x" }] } },
        });
        let moved = moved(own, "#/$defs/plugin-acme");
        assert_eq!(moved["properties"]["a"]["$ref"], "#/$defs/plugin-acme/$defs/a");
        assert_eq!(moved["properties"]["b"]["$ref"], "#/$defs/plugin-acme");
        assert_eq!(moved["properties"]["$ref"]["type"], "string");
        assert_eq!(moved["$defs"]["a"]["items"][0]["$ref"], "https://elsewhere.example/x");
        assert!(moved["$schema"].is_null());
    }

    #[test]
    fn only_what_is_ours_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let name = "schemas/x.schema.json";
        let ours = |number: u8| format!("{{\"$id\": \"{OURS}x.schema.json\", \"number\": {number}}}");
        assert!(!put(folder.path(), name, &ours(1), true).unwrap());
        assert!(put(folder.path(), name, &ours(1), false).unwrap());
        assert!(!put(folder.path(), name, &ours(1), false).unwrap());
        assert!(put(folder.path(), name, &ours(2), true).unwrap());
        std::fs::write(folder.path().join(name), "{\"$id\": \"https://example.com/mine\"}").unwrap();
        assert!(!put(folder.path(), name, &ours(3), false).unwrap());
        std::fs::write(folder.path().join(name), "no schema").unwrap();
        assert!(!put(folder.path(), name, &ours(3), false).unwrap());
    }
}
