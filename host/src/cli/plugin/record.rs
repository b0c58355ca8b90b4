//! `ratebook plugin record`: what a live vendor sent, as a fixture that can be shown to others.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use ratebook_line::Month;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::stage;
use crate::conformance::Recording;
use crate::failure::{Failure, Failures};
use crate::fetch::{Redactor, learn_all};
use crate::output::money::counted;
use crate::run::{From, source_failure};

/// Make a fixture of what a vendor sent for a month: names, ids and e-mail addresses replaced, the same by the same
#[derive(clap::Args)]
pub(crate) struct Record {
    /// The source whose payloads are taken; asked for the month if they are not here
    #[arg(long, short, value_name = "NAME")]
    source: String,
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// The fixture's folder, which must not be there yet: `plugins/VENDOR/fixtures/NAME`
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Replace this column or member, too (may be given several times)
    #[arg(long, value_name = "FIELD")]
    replace: Vec<String>,
    /// Leave this column or member as it is (may be given several times)
    #[arg(long, value_name = "FIELD")]
    keep: Vec<String>,
}

impl Record {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let source = workspace.source(&self.source)?;
        let selection = stage::Selection::of_source(self.month, &self.source);
        let stages = stage::stages(context, &workspace, &selection)?;
        let redactor = Arc::new(Redactor::default());
        learn_all(&source.secrets, &workspace.root, &redactor).map_err(|problem| {
            let place = problem.key.as_deref().map(|key| source.place(key)).unwrap_or_default();
            Failure::from_problem(problem)
                .of(&source.name, self.month)
                .at(place)
                .note("The recording is searched for every secret of the source, so each must be there.")
        })?;
        let _lock = stages.folder.lock()?;
        let fetched = stages.fetch(From::Vendor)?;
        let Some(fetched) = fetched.first() else { return Ok(()) };
        let failed = |error| Failures::from(source_failure(&error, source, Some(self.month)));
        let plugin = stages.plugins.get(&source.plugin).map_err(failed)?;
        let plugin = plugin.within(source.plugin_timeout, source.limits, source.sandbox);
        let recording = Recording {
            about: plugin.about().map_err(failed)?,
            plugin,
            source,
            month: self.month,
            payloads: &fetched.payloads,
            redactor: &redactor,
            replace: &self.replace,
            keep: &self.keep,
            into: &self.into,
        };
        let recorded = recording.write()?;
        let folders: Vec<String> =
            recorded.folders.iter().map(|folder| folder.display().to_string()).collect();
        let list = |fields: &std::collections::BTreeSet<String>| match fields.is_empty() {
            true => "none".to_owned(),
            false => fields.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        context.print_either(
            || {
                format!(
                    "{}: {}, {} skipped\n{} replaced, and every value in: {}\nas the vendor wrote them, but for ids and addresses that stand alone: {}\n\
                     Read the files before you show them to anybody.\n",
                    folders.join(", "),
                    counted(recorded.records.0 as u64, "line"),
                    recorded.records.1,
                    counted(recorded.values as u64, "value"),
                    list(&recorded.replaced),
                    list(&recorded.left),
                )
            },
            || {
                json!({
                    "folders": folders, "lines": recorded.records.0, "skipped": recorded.records.1,
                    "values": recorded.values, "replaced": recorded.replaced, "left": recorded.left,
                })
            },
        )
    }
}
