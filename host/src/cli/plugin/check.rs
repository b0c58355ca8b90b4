//! `ratebook plugin check`: whether a plugin keeps the contract.

use std::path::PathBuf;
use std::str::FromStr;

use ratebook_line::Month;
use ratebook_plugin::{About, Config};
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::stage;
use crate::conformance::{Trial, read_fixtures};
use crate::failure::{Exit, Failure, Failures};
use crate::files::write_output;
use crate::output::conformance as output;
use crate::plugins::{Options, Plugins};
use crate::run::plugin_failure;

/// Try a built plugin against the contract; no vendor is asked and no credentials are needed
#[derive(clap::Args)]
pub(crate) struct Check {
    /// The plugin's library
    file: PathBuf,
    /// A folder of fixtures: a folder each, with case.json and payload.*
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// The source of the workspace whose configuration is used
    #[arg(long, short, value_name = "NAME")]
    source: Option<String>,
    /// Write the results as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The month that is asked for
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str, default_value = "2026-03")]
    month: Month,
}

/// A source that has nothing but an address and these secrets.
fn config(about: &About, secrets: &[String]) -> Config {
    Config {
        source: "check".to_owned(),
        url: Some(about.default_url.clone().unwrap_or_else(|| "https://vendor.example".to_owned())),
        values: serde_json::Value::Null,
        secrets: secrets.to_vec(),
    }
}

impl Check {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failures> {
        let options = Options { cancel: context.stop.flag(), ..Options::default() };
        let plugins = Plugins::of_file(&self.file, options);
        let plugin = plugins.only().map_err(|error| plugin_failure(&error))?;
        let about = plugin.about().map_err(|error| plugin_failure(&error))?;
        let config = match &self.source {
            Some(name) => {
                let workspace = stage::workspace(context)?;
                workspace.source(name)?.plugin_config(about.default_url.as_deref())
            }
            None => {
                // Secrets may exclude each other: the first choice that is accepted.
                let choices = [about.secrets.as_slice(), about.secrets.get(..1).unwrap_or_default()];
                let configs = choices.map(|secrets| config(&about, secrets));
                let accepted = configs.iter().find(|config| plugin.check(config).is_ok());
                accepted.unwrap_or(&configs[0]).clone()
            }
        };
        let fixtures = match &self.fixtures {
            Some(folder) => read_fixtures(folder, &plugin, &about)?,
            None => Vec::new(),
        };
        let trial = Trial { plugin, config, month: self.month, fixtures, about };
        let checks = trial.run();
        if let Some(path) = &self.junit {
            let xml = output::junit(&format!("plugin {}", trial.about.id), &checks);
            write_output(path, xml.as_bytes())?;
        }
        let [passed, failed, skipped] = output::counts(&checks);
        context.print_result(&match context.json() {
            true => format!("{:#}\n", json!({ "plugin": trial.about.id, "passed": passed, "failed": failed, "skipped": skipped, "checks": checks })),
            false => output::text(&checks),
        })?;
        if failed == 0 {
            return Ok(());
        }
        let message = format!("{failed} of {} checks failed", checks.len());
        Err(Failure::new(Exit::Plugin, "E-PLUGIN", message).at(self.file.display().to_string()).into())
    }
}
