//! `ratebook doctor`: what is wrong with the setup, in plain words. Asks no vendor, and the network only if told to.

mod finding;
mod machine;
mod network;

use serde_json::{Value, json};

use super::context::Context;
use super::missing_secrets;
use super::stage;
use crate::config::{FILE, Workspace};
use crate::failure::{Exit, Failure, Failures, escaped};
use crate::output::money::counted;
use crate::plugins::Plugins;
use crate::run;
use finding::{Finding, Health};

/// Say what is wrong with the setup: configuration, permissions, plugins, secrets, disk, clock
#[derive(clap::Args)]
pub(super) struct Doctor {
    /// Also try to reach each source's host (nothing is sent to it)
    #[arg(long)]
    network: bool,
}

impl Doctor {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let mut findings = Vec::new();
        let workspace = stage::workspace(context);
        match &workspace {
            Ok(workspace) => {
                findings.push(Finding::good("workspace", workspace.root.display().to_string()));
                findings.extend(machine::permissions(workspace));
                findings.extend(rules(workspace));
                findings.extend(sources(context, workspace));
                findings.extend(secrets(workspace));
                findings.extend(machine::disk(&workspace.root));
                if self.network {
                    findings.extend(network::reach(context, workspace));
                }
            }
            Err(Failures(found)) => {
                findings.extend(found.iter().cloned().map(|failure| Finding::failure("workspace", failure)));
            }
        }
        findings.extend(sandbox(context));
        findings.extend(machine::clock());
        findings.extend(network::proxies(workspace.as_ref().ok()));
        context.has_result.set(true);
        context.print_either(|| text(&findings), || json_of(&findings))?;
        let wrong = findings.iter().filter(|finding| finding.health == Health::Wrong).count();
        match wrong {
            0 => Ok(()),
            1 => Err(Failure::new(Exit::Rules, "E-SETUP", "one thing is wrong with the setup").into()),
            count => {
                Err(Failure::new(Exit::Rules, "E-SETUP", format!("{count} things are wrong with the setup"))
                    .into())
            }
        }
    }
}

fn rules(workspace: &Workspace) -> Vec<Finding> {
    match run::load_rules(workspace) {
        Ok((_, files)) => {
            vec![Finding::good("rules", format!("{} ({} files)", workspace.rules, files.len()))]
        }
        Err(Failures(found)) => {
            let first = found.first().map(|failure| failure.message.clone()).unwrap_or_default();
            let text = format!("{}, such as: {first}", counted(found.len() as u64, "problem"));
            vec![Finding::wrong("rules", text, Some("See all of them: ratebook check".to_owned()))]
        }
    }
}

fn sources(context: &Context, workspace: &Workspace) -> Vec<Finding> {
    if workspace.sources.is_empty() {
        return vec![Finding::look("source", format!("there is no [source.<name>] in {FILE}"), "Add one.")];
    }
    let plugins = match stage::plugins(context, false) {
        Ok(plugins) => plugins,
        Err(Failures(found)) => {
            return found.into_iter().map(|failure| Finding::failure("plugin", failure)).collect();
        }
    };
    workspace.sources.values().flat_map(|source| source_with(&plugins, source)).collect()
}

fn source_with(plugins: &Plugins, source: &crate::config::Source) -> Vec<Finding> {
    match stage::checked(plugins, source) {
        Ok(about) => {
            let good =
                Finding::good("source", format!("{}: plugin {} {}", source.name, about.id, about.version));
            let missing = missing_secrets::not_named(&about, source);
            let missing = missing.map(|missing| {
                Finding::look("secret", format!("{}: {}", missing.place, missing.what), missing.fix)
            });
            [Some(good), missing].into_iter().flatten().collect()
        }
        Err(failure) => vec![Finding::failure("source", failure)],
    }
}

fn secrets(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in workspace.sources.values() {
        for (name, reference) in &source.secrets {
            let place = source.place(&format!("secrets.{name}"));
            let of = format!("{name} of {}", source.name);
            findings.push(match reference.try_out(name, &workspace.root) {
                Ok(None) => Finding::good("secret", format!("{of} can be read")),
                Ok(Some(warning)) => Finding::look("secret", warning, "Let its owner alone read it."),
                Err(problem) => {
                    let failure = Failure::from_problem(problem);
                    Finding::failure(
                        "secret",
                        Failure { message: format!("{of}: {}", failure.message), ..failure }.at(place),
                    )
                }
            });
        }
    }
    findings
}

fn sandbox(context: &Context) -> Vec<Finding> {
    let Ok(plugins) = stage::plugins(context, false) else { return Vec::new() };
    match plugins.sandbox() {
        Ok(sandbox) => vec![match sandbox.missing() {
            None => Finding::good("sandbox", sandbox.to_string()),
            Some(_) => Finding::look(
                "sandbox",
                sandbox.to_string(),
                "Plugins run with what there is; sandbox = \"require\" under a source refuses to.",
            ),
        }],
        Err(error) => vec![Finding::failure("sandbox", run::plugin_failure(&error))],
    }
}

fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let mark = match finding.health {
            Health::Good => "good ",
            Health::Look => "look ",
            Health::Wrong => "WRONG",
        };
        text += &format!("{mark}  {:<11} {}\n", finding.what, escaped(&finding.text));
        if let Some(fix) = finding.fix.as_ref().filter(|_| finding.health != Health::Good) {
            text += &format!("       {:<11} {}\n", "", escaped(fix));
        }
    }
    text
}

fn json_of(findings: &[Finding]) -> Value {
    let list: Vec<_> = findings
        .iter()
        .map(|finding| {
            let health = match finding.health {
                Health::Good => "good",
                Health::Look => "look",
                Health::Wrong => "wrong",
            };
            json!({ "what": finding.what, "health": health, "text": finding.text, "fix": finding.fix })
        })
        .collect();
    json!({ "findings": list })
}
