//! `ratebook normalize`: payloads to billable lines, and nothing else.

use serde_json::json;

use super::context::Context;
use super::stage::{self, Selection};
use crate::failure::Failures;
use crate::output::table;

/// Map the payloads of a month, already here, to billable lines
#[derive(clap::Args)]
pub(super) struct Normalize {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    accept: stage::Accept,
    /// Stop at whatever there is to warn of, before any line is written
    #[arg(long)]
    strict: bool,
    /// Make results anew that were changed by hand after they were made
    #[arg(long)]
    force: bool,
}

impl Normalize {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let mut stages = stage::stages(context, &workspace, &self.selection)?;
        stages.strict = self.strict;
        let _lock = stage::hold(&stages, self.force)?;
        // Nothing is accepted of a month that is not there.
        if stages.folder.is_begun()? {
            self.accept.note(&stages.folder)?;
        }
        let normalized = stages.normalize()?;
        let mut rows = Vec::new();
        let mut list = Vec::new();
        for source in &normalized {
            let skipped: Vec<String> =
                source.counts.skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            rows.push(vec![
                source.source.clone(),
                source.counts.records.to_string(),
                source.counts.lines.to_string(),
                source.counts.skipped.values().sum::<u64>().to_string(),
                skipped.join(", "),
                stages.folder.relative(&source.lines.path),
            ]);
            list.push(json!({
                "source": source.source, "counts": source.counts, "lines": stages.folder.relative(&source.lines.path),
                "warnings": source.warnings,
            }));
        }
        context.print_either(
            || table::plain(&["source", "records", "lines", "skipped", "why", "file"], &rows, &[1, 2, 3]),
            || json!({ "normalized": list }),
        )
    }
}
