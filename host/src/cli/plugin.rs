//! `ratebook plugin`: which plugins there are, looking into one, trusting one, and beginning one.

mod check;
mod inspect;
mod new;
mod record;
mod words;

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::Context;
use super::stage;
use super::workspace_schema::{self, WorkspaceSchema};
use crate::failure::{Failures, escaped};
use crate::output::table;
use crate::plugins::{Found, Sandbox, Trust, trust};
use crate::run::plugin_failure;
use words::{place, state};

/// Show the plugins, or trust one
#[derive(clap::Args)]
pub(super) struct Plugin {
    #[command(subcommand)]
    command: PluginCommand,
}

#[derive(Subcommand)]
enum PluginCommand {
    /// List the plugins found, where, why one is not usable, and what contains them; runs none of them
    List,
    /// Write a plugin's id, version, size and SHA-256 into the workspace's plugins.lock
    Trust {
        /// The plugin's library
        file: PathBuf,
    },
    Check(check::Check),
    Inspect(inspect::Inspect),
    New(new::New),
    Record(record::Record),
}

impl Plugin {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        match &self.command {
            PluginCommand::List => {
                let plugins = stage::plugins(context, false)?;
                let found = plugins.list();
                let sandbox = plugins.sandbox().map_err(|error| plugin_failure(&error))?;
                context.print_either(
                    || format!("{}sandbox: {}\n", list(found), escaped(&sandbox.to_string())),
                    || list_json(found, Some(&sandbox)),
                )
            }
            PluginCommand::Check(check) => check.run(context),
            PluginCommand::Inspect(inspect) => inspect.run(context),
            PluginCommand::New(new) => new.run(context),
            PluginCommand::Record(record) => record.run(context),
            PluginCommand::Trust { file } => {
                let workspace = stage::workspace(context)?;
                let found = trust(&workspace.root, file).map_err(|error| plugin_failure(&error))?;
                // Editors know its settings from now on.
                let schema = WorkspaceSchema::of(&stage::plugins(context, false)?)?;
                schema.missing.iter().for_each(|missing| context.terminal.warn(None, missing));
                if schema.put(&workspace.root, true)? {
                    context.terminal.note(&format!("{} was brought up to date", workspace_schema::FILE));
                }
                context.print_either(
                    || format!("trusted {}\n", line(&found)),
                    || list_json(std::slice::from_ref(&found), None),
                )
            }
        }
    }
}

fn line(found: &Found) -> String {
    let name = match &found.manifest {
        Some(manifest) => format!("{} {}", manifest.id, manifest.version),
        None => "?".to_owned(),
    };
    format!("{name}  sha256 {}  {}", found.sha256, found.path.display())
}

fn list(found: &[Found]) -> String {
    if found.is_empty() {
        return "no plugins found: not next to ratebook, not in plugins/, not in $RATEBOOK_PLUGIN_PATH\n"
            .to_owned();
    }
    let mut rows = Vec::new();
    for plugin in found {
        let (id, version, interface) = match &plugin.manifest {
            Some(manifest) => (
                manifest.id.clone(),
                manifest.version.clone(),
                format!("{}.{}", manifest.interface.0, manifest.interface.1),
            ),
            None => (String::new(), String::new(), String::new()),
        };
        rows.push(vec![
            escaped(&id),
            escaped(&version),
            interface,
            place(plugin.place).to_owned(),
            state(&plugin.trust).to_owned(),
            escaped(&plugin.path.display().to_string()),
        ]);
    }
    let mut text = table::plain(&["plugin", "version", "interface", "found", "state", "file"], &rows, &[]);
    for plugin in found {
        if plugin.manifest.as_ref().is_some_and(|manifest| manifest.panic == "abort") {
            let file = escaped(&plugin.path.display().to_string());
            text += &format!("{file}: built with panic=abort: a panic ends its process, not only the call\n");
        }
        if let Trust::Refused { why, fix } = &plugin.trust {
            text += &format!("{}: {}\n", escaped(&plugin.path.display().to_string()), escaped(why));
            if let Some(fix) = fix {
                text += &format!("  {}\n", escaped(fix));
            }
        }
    }
    text
}

fn list_json(found: &[Found], sandbox: Option<&Sandbox>) -> Value {
    let list: Vec<_> = found
        .iter()
        .map(|plugin| {
            let manifest = plugin.manifest.as_ref();
            let (why, fix) = match &plugin.trust {
                Trust::Refused { why, fix } => (Some(why), fix.as_ref()),
                _ => (None, None),
            };
            json!({
                "id": manifest.map(|manifest| &manifest.id),
                "version": manifest.map(|manifest| &manifest.version),
                "interface": manifest.map(|manifest| format!("{}.{}", manifest.interface.0, manifest.interface.1)),
                "rustc": manifest.map(|manifest| &manifest.rustc),
                "target": manifest.map(|manifest| &manifest.target),
                "panic": manifest.map(|manifest| &manifest.panic),
                "file": plugin.path.display().to_string(),
                "found": place(plugin.place),
                "sha256": plugin.sha256,
                "bytes": plugin.bytes,
                "state": state(&plugin.trust),
                "why": why,
                "fix": fix,
            })
        })
        .collect();
    let mut document = json!({ "plugins": list });
    if let Some(sandbox) = sandbox {
        document["sandbox"] = json!({ "whole": sandbox.missing().is_none(), "parts": sandbox.parts });
    }
    document
}
