//! `ratebook schema`: the JSON Schemas that this ratebook reads and writes by, and the columns of its tables.

use super::context::Context;
use super::workspace_schema::{RATEBOOK, RULES, WorkspaceSchema};
use crate::failure::{Failure, Failures};
use crate::files::json_text;
use crate::store::{described, table_names};

/// Print a JSON Schema, or list them
#[derive(clap::Args)]
pub(super) struct Schema {
    /// Which one, as the list names it, table:NAME, plugin:ID or workspace
    name: Option<String>,
}

/// The schemas by name, with what each describes.
const SCHEMAS: [(&str, &str, &str); 17] = [
    ("accepted", "accepted.json of a month", include_str!("../../../schemas/accepted.schema.json")),
    (
        "adjustment",
        "one line of adjustments/<month>/adjustments.jsonl",
        include_str!("../../../schemas/adjustment.schema.json"),
    ),
    (
        "billable-line",
        "a line of usage: what `lines` prints, what --lines and recorded months take",
        include_str!("../../../schemas/billable-line.schema.json"),
    ),
    (
        "bill",
        "the bill document: what `export`, and `run` and `rate` with --format json, print",
        include_str!("../../../schemas/bill.schema.json"),
    ),
    ("case", "case.toml of tests/cases/<name>/", include_str!("../../../schemas/case.schema.json")),
    ("closed", "closed.json of a month", include_str!("../../../schemas/closed.schema.json")),
    ("contents", "contents/<source>.json of a month", include_str!("../../../schemas/contents.schema.json")),
    ("decided", "decided.json of adjustments/<month>/", include_str!("../../../schemas/decided.schema.json")),
    ("diff", "what ratebook diff --format json prints", include_str!("../../../schemas/diff.schema.json")),
    (
        "error",
        "what a command that fails prints with --format json",
        include_str!("../../../schemas/error.schema.json"),
    ),
    ("manifest", "manifest.json of a month", include_str!("../../../schemas/manifest.schema.json")),
    (
        "payloads",
        "payloads.json of an archive or a recording",
        include_str!("../../../schemas/payloads.schema.json"),
    ),
    ("ratebook", "ratebook.toml", RATEBOOK),
    ("rules", "rules files", RULES),
    ("test", "what ratebook test --format json prints", include_str!("../../../schemas/test.schema.json")),
    ("todo", "what ratebook todo --format json prints", include_str!("../../../schemas/todo.schema.json")),
    ("totals", "totals.json of a month", include_str!("../../../schemas/totals.schema.json")),
];

impl Schema {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let Some(name) = &self.name else { return context.print_either(table, json) };
        if name == "workspace" {
            let own = WorkspaceSchema::of(&super::stage::plugins(context, false)?)?;
            own.missing.iter().for_each(|missing| context.terminal.warn(None, missing));
            return context.print(&own.text);
        }
        if let Some(id) = name.strip_prefix("plugin:") {
            let plugins = super::stage::plugins(context, false)?;
            let about = super::stage::about(&plugins, id)?;
            return context.print(&about.config_schema);
        }
        if let Some(table) = name.strip_prefix("table:").and_then(described) {
            return context.print(&json_text(&table)?);
        }
        match SCHEMAS.iter().find(|(known, ..)| known == name) {
            Some((.., text)) => context.print(text),
            None => Err(Failure::usage(format!("there is no schema {name:?}"))
                .fix("`ratebook schema` lists them.")
                .into()),
        }
    }
}

fn table() -> String {
    let mut text = String::new();
    for (name, what, _) in SCHEMAS {
        text += &format!("{name:<14} {what}\n");
    }
    for name in table_names() {
        text += &format!("{:<14} the columns of the table {name} of a month\n", format!("table:{name}"));
    }
    text += "workspace      ratebook.toml with the settings of all plugins that may be used here\n";
    text + "plugin:ID      [source.<name>.config] of the sources that use the plugin ID\n"
}

fn json() -> Vec<serde_json::Value> {
    let tables = table_names()
        .map(|name| (format!("table:{name}"), format!("the columns of the table {name} of a month")));
    let schemas = SCHEMAS.iter().map(|(name, what, _)| ((*name).to_owned(), (*what).to_owned()));
    schemas.chain(tables).map(|(name, what)| serde_json::json!({ "name": name, "describes": what })).collect()
}
