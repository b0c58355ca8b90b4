//! `ratebook index`: the finished months as a SQLite file, for anyone's SQL.

use std::path::Path;

use ratebook_line::Month;
use serde_json::{Value, json};

use super::context::Context;
use super::stage;
use crate::failure::Failures;
use crate::index::{Index as File, Updated};

/// Bring runs/index.sqlite up to date: finished months, bills, lines and SKUs for SQL (docs/index.md)
#[derive(clap::Args)]
pub(super) struct Index {
    /// Read every month again, whatever the index holds
    #[arg(long)]
    anew: bool,
}

impl Index {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let root = stage::workspace(context)?.root;
        let (_, updated) = up_to_date(context, &root, self.anew)?;
        context.has_result.set(true);
        context.print_either(|| text(&updated), || json_of(&updated))?;
        updated.whole().map(drop)
    }
}

/// The index of a workspace, up to date.
///
/// # Errors
/// If it cannot be made or read; what is wrong with months is in [`Updated::failures`].
pub(super) fn up_to_date(context: &Context, root: &Path, anew: bool) -> Result<(File, Updated), Failures> {
    let index = if anew { File::empty(root) } else { File::open(root) };
    let (index, updated) = index?.update(root)?;
    if let Some(why) = &index.begun_anew {
        context
            .terminal
            .warn(None, &format!("runs/index.sqlite was not the index: {why}; a new one was made."));
    }
    Ok((index, updated))
}

fn text(updated: &Updated) -> String {
    let list = |months: &[Month]| months.iter().map(Month::to_string).collect::<Vec<_>>().join(", ");
    let mut text = format!("runs/index.sqlite: {} months\n", updated.read.len() + updated.kept.len());
    for (months, what) in [(&updated.read, "read"), (&updated.removed, "taken out")] {
        if !months.is_empty() {
            text += &format!("{what}: {}\n", list(months));
        }
    }
    text
}

fn json_of(updated: &Updated) -> Value {
    let Updated { read, kept, removed, .. } = updated;
    json!({ "file": "runs/index.sqlite", "read": read, "kept": kept, "removed": removed })
}
