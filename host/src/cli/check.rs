//! `ratebook check`: everything that can be known to be wrong before a vendor is asked.

mod coverage;
mod names;

use serde_json::json;

use super::context::Context;
use super::missing_secrets::{self, Missing};
use super::stage;
use crate::config::Workspace;
use crate::failure::{Exit, Failure, Failures};
use crate::plugins::Plugins;
use crate::run;

/// Check ratebook.toml, the rules, the plugins and their configuration; ask no vendor
#[derive(clap::Args)]
pub(super) struct Check {
    /// Load plugins into this process instead of one of their own, without sandbox and limits: for debugging
    #[arg(long)]
    in_process: bool,
    /// Take whatever there is to warn of for an error
    #[arg(long)]
    strict: bool,
}

impl Check {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let mut failures = Vec::new();
        let mut lines = Vec::new();
        let mut warnings = Vec::new();
        match stage::plugins(context, self.in_process) {
            Ok(plugins) => {
                let missing = check_sources(&workspace, &plugins, &mut lines, &mut failures);
                warnings.extend(missing.iter().map(|Missing { place, what, fix }| {
                    coverage::warning("W-SECRET", format!("{place}: {what}; {fix}"))
                }));
            }
            Err(Failures(found)) => failures.extend(found),
        }
        match run::load_rules(&workspace) {
            Ok((rulebook, files)) => {
                warnings.extend(rulebook.warnings().iter().cloned());
                warnings.extend(names::warnings(&workspace, &rulebook));
                warnings.extend(coverage::warnings(&workspace, &rulebook));
                let count = files.len();
                lines.push(format!("rules: {count} file{}, good", if count == 1 { "" } else { "s" }));
            }
            Err(Failures(found)) => failures.extend(found),
        }
        if self.strict {
            failures.extend(run::refused_warnings(Exit::Rules, &warnings, 0).0);
        } else {
            stage::warn(context, &warnings, 0);
        }
        if !failures.is_empty() {
            return Err(Failures(failures));
        }
        if workspace.sources.is_empty() {
            context
                .terminal
                .warn(None, &format!("{}: there is no [source.<name>] yet", workspace.config_path()));
        }
        context.print_either(
            || lines.iter().map(|line| line.clone() + "\n").collect::<String>(),
            || {
                let warnings: Vec<_> = warnings
                    .iter()
                    .map(|warning| json!({ "code": warning.code, "rules": warning.rules, "message": warning.message }))
                    .collect();
                json!({ "good": true, "warnings": warnings })
            },
        )
    }
}

fn check_sources(
    workspace: &Workspace,
    plugins: &Plugins,
    lines: &mut Vec<String>,
    failures: &mut Vec<Failure>,
) -> Vec<Missing> {
    let mut missing = Vec::new();
    for source in workspace.sources.values() {
        match stage::checked(plugins, source) {
            Ok(about) => {
                missing.extend(missing_secrets::not_named(&about, source));
                missing.extend(missing_secrets::not_there(workspace, source));
                let formats: Vec<&str> = about.formats.iter().map(|format| format.id.as_str()).collect();
                lines.push(format!(
                    "source {}: plugin {} {}, reads {}",
                    source.name,
                    about.id,
                    about.version,
                    formats.join(", ")
                ));
            }
            Err(failure) => failures.push(failure),
        }
    }
    missing
}
