//! `ratebook map suggest`: a map for the plugin `table`, proposed from the header of an export.
//!
//! What it knows are names that columns often have, not vendors: what comes out is looked at before it bills anybody.

mod header;
mod names;
mod proposal;
mod samples;

use std::path::PathBuf;

use clap::Subcommand;

use super::context::Context;
use crate::failure::{Failure, Failures};
use crate::fetch::head_of;

/// Propose a map for the plugin `table`
#[derive(clap::Args)]
pub(super) struct Map {
    #[command(subcommand)]
    command: MapCommand,
}

#[derive(Subcommand)]
enum MapCommand {
    /// Print a source for ratebook.toml, proposed from the header and the first records of a file
    Suggest {
        /// The file: CSV, TSV, JSON or JSON Lines, plain or gzip
        file: PathBuf,
        /// The name of the source
        #[arg(long, short, value_name = "NAME", default_value = "table")]
        source: String,
    },
}

impl Map {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let MapCommand::Suggest { file, source } = &self.command;
        let place = file.display().to_string();
        let head = head_of(file).map_err(|problem| Failure::from_problem(problem).at(place.clone()))?;
        let table = header::Table::read(&head).map_err(|problem| Failure::from_problem(problem).at(place))?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        context.print(&proposal::text(&table, &name, source))
    }
}
