//! `ratebook fetch`: the vendors' payloads, and nothing else.

use serde_json::json;

use super::context::Context;
use super::stage::{self, Selection};
use crate::failure::Failures;
use crate::output::table;
use crate::run::From;

/// Ask the vendors for a month and keep what they send
#[derive(clap::Args)]
pub(super) struct Fetch {
    #[command(flatten)]
    selection: Selection,
    /// Take payloads from recordings/ instead of asking the vendors
    #[arg(long)]
    offline: bool,
    /// Ask the vendors again even for what is already here and whole
    #[arg(long, conflicts_with = "offline")]
    refetch: bool,
}

impl Fetch {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let stages = stage::stages(context, &workspace, &self.selection)?;
        let _lock = stage::hold(&stages, true)?;
        let fetched =
            stages.fetch(if self.offline { From::Recordings } else { From::vendor(self.refetch) })?;
        let mut rows = Vec::new();
        let mut list = Vec::new();
        for source in &fetched {
            for entry in source.payloads.files() {
                rows.push(vec![
                    source.name.clone(),
                    entry.file.clone(),
                    entry.format.clone(),
                    entry.bytes.to_string(),
                    entry.sha256.clone(),
                ]);
                list.push(json!({ "source": source.name, "payload": entry }));
            }
        }
        context.print_either(
            || table::plain(&["source", "payload", "format", "bytes", "sha256"], &rows, &[3]),
            || json!({ "payloads": list }),
        )
    }
}
