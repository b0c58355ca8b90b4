//! Whether a plugin keeps the contract: tried against the built library, without a vendor and without credentials.
//!
//! Each check runs the plugin in a worker, as a run does, and hands it what a month may bring: nothing, rubbish, half a
//! payload, a vendor that refuses or is down. What a plugin must never do is to take any of it for usage.

mod collecting;
mod fixtures;
mod mapped;
mod mapping;
mod recording;

use ratebook_plugin::{About, Config, Month, Problem, ProblemKind};
use serde::Serialize;

use crate::plugins::{Plugin, PluginError};

pub(crate) use fixtures::{Fixture, read_fixtures};
pub(crate) use mapped::mapped;
pub(crate) use recording::Recording;

/// One thing that a plugin must do, and whether it does.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// What: `an empty payload is refused`.
    pub name: String,
    /// Whether it does.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Whether a plugin does what it must.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "verdict", content = "why")]
pub(crate) enum Verdict {
    /// It does.
    Passed,
    /// It does not: what it does instead.
    Failed(String),
    /// It could not be tried: why.
    Skipped(String),
}

/// What a plugin is tried with.
pub(crate) struct Trial<'t> {
    /// The plugin.
    pub plugin: Plugin<'t>,
    /// What it says of itself.
    pub about: About,
    /// A configuration that it accepts.
    pub config: Config,
    /// The month that is asked for.
    pub month: Month,
    /// Payloads of its author's.
    pub fixtures: Vec<Fixture>,
}

impl Trial<'_> {
    /// Tries everything, in the order in which a month goes.
    pub(crate) fn run(&self) -> Vec<Check> {
        let mut checks = vec![
            check("the library's manifest and the plugin say the same", self.says_who_it_is()),
            check("every key of the configuration is described", self.describes_its_config()),
            check("no configuration is refused in words, or enough", self.without_configuration()),
        ];
        checks.extend(collecting::checks(self));
        checks.extend(mapping::checks(self));
        checks
    }

    fn says_who_it_is(&self) -> Verdict {
        let found = self.plugin.found();
        let Some(manifest) = &found.manifest else {
            return Verdict::Failed("there is no manifest".to_owned());
        };
        if manifest.id != self.about.id || manifest.version != self.about.version {
            return Verdict::Failed(format!(
                "the manifest says {} {}, the plugin says {} {}",
                manifest.id, manifest.version, self.about.id, self.about.version
            ));
        }
        passed_if(!self.about.formats.is_empty(), "it names no format that it reads")
    }

    fn describes_its_config(&self) -> Verdict {
        let schema: serde_json::Value = match serde_json::from_str(&self.about.config_schema) {
            Ok(schema) => schema,
            Err(error) => return Verdict::Failed(format!("the schema is not JSON: {error}")),
        };
        let keys = schema["properties"].as_object().into_iter().flatten();
        let bare: Vec<&str> = keys
            .filter(|(_, about)| about["description"].as_str().is_none())
            .map(|(key, _)| key.as_str())
            .collect();
        if schema["additionalProperties"] != false {
            return Verdict::Failed(
                "keys that it does not know are allowed (additionalProperties)".to_owned(),
            );
        }
        passed_if(bare.is_empty(), &format!("no description: {}", bare.join(", ")))
    }

    fn without_configuration(&self) -> Verdict {
        let nothing = Config {
            source: "check".to_owned(),
            url: None,
            values: serde_json::Value::Null,
            secrets: Vec::new(),
        };
        match self.plugin.check(&nothing) {
            Ok(()) => Verdict::Passed,
            Err(error) => refused_as(&error, &[ProblemKind::Config, ProblemKind::Auth]),
        }
    }
}

fn check(name: impl Into<String>, verdict: Verdict) -> Check {
    Check { name: name.into(), verdict }
}

fn passed_if(good: bool, otherwise: &str) -> Verdict {
    if good { Verdict::Passed } else { Verdict::Failed(otherwise.to_owned()) }
}

/// A refusal must be one of these kinds; a crash is none.
fn refused_as(error: &PluginError, kinds: &[ProblemKind]) -> Verdict {
    match error.problem() {
        Some(problem) if kinds.contains(&problem.kind) => Verdict::Passed,
        Some(problem) => {
            Verdict::Failed(format!("refused, but as {:?}: {}", problem.kind, first_line(problem)))
        }
        None => Verdict::Failed(error.to_string()),
    }
}

fn is_configuration(error: &PluginError) -> bool {
    error.problem().is_some_and(|problem| problem.kind == ProblemKind::Config)
}

fn needs_configuration(error: &PluginError) -> Verdict {
    let why = error.to_string();
    let why = why.lines().next().unwrap_or_default();
    Verdict::Skipped(format!("it needs a configuration (--source NAME): {why}"))
}

fn first_line(problem: &Problem) -> String {
    problem.to_string().lines().next().unwrap_or_default().to_owned()
}
