//! `ratebook plugin inspect`: what a plugin is, what it takes, and what becomes of the vendor's fields.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ratebook_line::Month;
use ratebook_plugin::testing::{Bodies, Mapped, filled};
use ratebook_plugin::{About, Config, Level};
use serde_json::{Value, json};

use super::words::{place, state};
use crate::cli::context::Context;
use crate::cli::stage;
use crate::config::Workspace;
use crate::conformance::{mapped, read_fixtures};
use crate::failure::{Exit, Failure, Failures, escaped};
use crate::fetch::read_plain;
use crate::output::inspect as output;
use crate::plugins::{Found, Options, Plugin, PluginError, Plugins, Trust, standing};
use crate::run::plugin_failure;

/// Show what a plugin is: its file, its formats, its configuration, and which of the vendor's fields it maps
#[derive(clap::Args)]
pub(crate) struct Inspect {
    /// Its id, or its library
    #[arg(value_name = "ID|FILE")]
    plugin: PathBuf,
    /// Map a folder of fixtures, too, and say what came of each
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// Map a payload, too (plain or gzip), and say what came of it
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    /// The payload's format, if the plugin does not recognize it
    #[arg(long = "as", value_name = "FORMAT", requires = "payload")]
    read_as: Option<String>,
    /// The payload's month
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str, default_value = "2026-03")]
    month: Month,
    /// The source of the workspace whose configuration is used to map
    #[arg(long, short, value_name = "NAME")]
    source: Option<String>,
}

/// What came of a payload.
type Tried = (String, String, Result<Mapped, String>);

impl Inspect {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failures> {
        let id = self.plugin.to_string_lossy();
        let is_id = !id.contains(['/', '\\', '.']) && !self.plugin.is_file();
        let plugins = match is_id {
            true => stage::plugins(context, false)?,
            false => {
                let options = Options { cancel: context.stop.flag(), ..Options::default() };
                Plugins::of_file(&self.plugin, options)
            }
        };
        let plugin = if is_id { plugins.get(&id) } else { plugins.only() };
        let plugin = plugin.map_err(|error| plugin_failure(&error))?;
        let about = plugin.about().map_err(|error| plugin_failure(&error))?;
        let found = plugin.found();
        let trust = match is_id {
            true => found.trust.clone(),
            false => {
                let workspace = context.global.workspace.clone().or_else(|| Workspace::nearest().ok());
                standing(workspace.as_deref(), found).map_err(|error| plugin_failure(&error))?
            }
        };
        let tried = self.try_payloads(context, &plugin, &about)?;
        context.print_either(
            || {
                let mut text = output::facts(&facts(found, &about, &trust));
                text += &output::formats(&about);
                text += &output::config(&about.config_schema);
                text += &output::fields(&about);
                for (name, format, result) in &tried {
                    text += &payload_text(name, format, result);
                }
                text
            },
            || {
                let facts: serde_json::Map<String, Value> =
                    facts(found, &about, &trust).into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
                let schema = serde_json::from_str(&about.config_schema).unwrap_or(Value::Null);
                let payloads: Vec<Value> =
                    tried.iter().map(|(name, format, result)| payload_json(name, format, result)).collect();
                json!({
                    "plugin": facts, "secrets": about.secrets, "formats": about.formats, "fields": about.fields,
                    "config": schema, "payloads": payloads,
                })
            },
        )
    }

    fn try_payloads(
        &self,
        context: &Context,
        plugin: &Plugin<'_>,
        about: &About,
    ) -> Result<Vec<Tried>, Failures> {
        let config = match &self.source {
            Some(name) => {
                let workspace = stage::workspace(context)?;
                workspace.source(name)?.plugin_config(about.default_url.as_deref())
            }
            None => Config {
                source: "inspect".to_owned(),
                url: about.default_url.clone(),
                values: Value::Null,
                secrets: Vec::new(),
            },
        };
        let mut tried = Vec::new();
        if let Some(folder) = &self.fixtures {
            for fixture in read_fixtures(folder, plugin, about)? {
                let config = Config { values: fixture.config(&config), ..config.clone() };
                let bodies = fixture.beside(&fixture.bytes);
                let result = mapped(plugin, &config, fixture.month, &fixture.format, &fixture.file, bodies);
                tried.push((fixture.name, fixture.format, result.map_err(|error| told(&error))));
            }
        }
        if let Some(file) = &self.payload {
            let shown = file.display().to_string();
            let bytes = read_plain(file).map_err(|problem| Failure::from_problem(problem).at(&shown))?;
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let format = self.format(plugin, about, &name, &bytes, file)?;
            let result = mapped(plugin, &config, self.month, &format, &name, Bodies::of(&bytes));
            tried.push((shown, format, result.map_err(|error| told(&error))));
        }
        Ok(tried)
    }

    fn format(
        &self,
        plugin: &Plugin<'_>,
        about: &About,
        name: &str,
        bytes: &[u8],
        file: &Path,
    ) -> Result<String, Failures> {
        let known: Vec<&str> = about.formats.iter().map(|format| format.id.as_str()).collect();
        let format = match &self.read_as {
            Some(format) => Some(format.clone()),
            None => plugin
                .recognize(name, &bytes[..bytes.len().min(64 << 10)])
                .map_err(|error| plugin_failure(&error))?,
        };
        match format {
            Some(format) if known.contains(&format.as_str()) => Ok(format),
            Some(format) => {
                Err(Failure::usage(format!("{format:?} is not a format of the plugin {}", about.id))
                    .fix(format!("Its formats are: {}.", known.join(", ")))
                    .into())
            }
            None => Err(Failure::new(Exit::Data, "E-DATA", "the plugin does not recognize this file")
                .at(file.display().to_string())
                .fix(format!("Say what it is: --as FORMAT, one of {}.", known.join(", ")))
                .into()),
        }
    }
}

/// The plugin's refusal, with its advice, as text.
fn told(error: &PluginError) -> String {
    match error.problem().and_then(|problem| problem.advice.as_deref()) {
        Some(advice) => format!("{error}\n{advice}"),
        None => error.to_string(),
    }
}

fn facts(found: &Found, about: &About, trust: &Trust) -> Vec<(&'static str, String)> {
    let mut facts =
        vec![("id", about.id.clone()), ("name", about.name.clone()), ("version", about.version.clone())];
    if let Some(manifest) = &found.manifest {
        facts.extend([
            ("interface", format!("{}.{}", manifest.interface.0, manifest.interface.1)),
            ("panic", manifest.panic.clone()),
            ("rustc", manifest.rustc.clone()),
            ("target", manifest.target.clone()),
        ]);
    }
    let standing = match trust {
        Trust::Refused { why, fix } => {
            format!(
                "{}: {why}{}",
                state(trust),
                fix.as_ref().map(|fix| format!(". {fix}")).unwrap_or_default()
            )
        }
        _ => format!("{}, {}", state(trust), place(found.place)),
    };
    facts.extend([
        ("file", found.path.display().to_string()),
        ("bytes", found.bytes.to_string()),
        ("sha256", found.sha256.clone()),
        ("state", standing),
        ("url", about.default_url.clone().unwrap_or_else(|| "none of its own".to_owned())),
        (
            "secrets",
            if about.secrets.is_empty() {
                "those its configuration names".to_owned()
            } else {
                about.secrets.join(", ")
            },
        ),
    ]);
    facts
}

fn counted(mapped: &Mapped) -> String {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, reason, _) in &mapped.skipped {
        *reasons.entry(reason.word()).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let skipped = if reasons.is_empty() {
        "none skipped".to_owned()
    } else {
        format!("skipped {}", reasons.join(", "))
    };
    format!("{} lines, {skipped}", mapped.lines.len())
}

fn payload_text(name: &str, format: &str, result: &Result<Mapped, String>) -> String {
    let head = format!("\n{name} ({format}): ");
    match result {
        Err(why) => escaped_lines(&format!("{head}refused: {why}")),
        Ok(mapped) => {
            let filled: Vec<String> = filled(mapped).into_iter().collect();
            let mut text = format!("{head}{}\n  filled: {}", counted(mapped), filled.join(", "));
            for (level, said) in &mapped.log {
                text += &format!("\n  {}{said}", if *level == Level::Warning { "warning: " } else { "" });
            }
            escaped_lines(&text)
        }
    }
}

fn escaped_lines(text: &str) -> String {
    text.lines().map(|line| escaped(line) + "\n").collect()
}

fn payload_json(name: &str, format: &str, result: &Result<Mapped, String>) -> Value {
    match result {
        Err(why) => json!({ "payload": name, "format": format, "refused": why }),
        Ok(mapped) => json!({
            "payload": name, "format": format, "lines": mapped.lines.len(), "skipped": mapped.skipped.len(),
            "filled": filled(mapped), "said": mapped.log.iter().map(|(_, said)| said).collect::<Vec<_>>(),
        }),
    }
}
