//! `ratebook map suggest`: a map for the plugin `table`, proposed from an export.
//!
//! What it knows are names that columns often have and what cells can be, not vendors: what comes out is looked at before it
//! bills anybody. What another plugin reads needs no map, and that is said.

mod choice;
mod facts;
mod grid;
mod names;
mod proposal;
mod read;
#[cfg(test)]
mod score;
mod table;
mod toml_words;
mod written;

use std::path::PathBuf;

use clap::Subcommand;

use super::context::Context;
use super::stage;
use crate::disk;
use crate::failure::{Failure, Failures};
use crate::fetch::head_of;
use crate::inputs;
use crate::run::{recognized_by, unpacked};

/// The longest workbook.
const WORKBOOK_LIMIT: u64 = 64 << 20;

/// The most bytes in an archive.
const ARCHIVE_LIMIT: u64 = 256 << 20;

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
        /// The file: CSV, TSV, JSON or JSON Lines, plain, gzip or in a ZIP archive, or XLSX
        file: PathBuf,
        /// Propose a map even if another plugin reads the file without one
        #[arg(long)]
        table: bool,
        /// The name of the source
        #[arg(long, short, value_name = "NAME", default_value = "table")]
        source: String,
    },
}

impl Map {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let MapCommand::Suggest { file, source, table: is_wanted } = &self.command;
        let place = file.display().to_string();
        let failed = |problem| Failure::from_problem(problem).at(place.clone());
        let folder = tempfile::tempdir()
            .map_err(|error| failed(disk::storage("make a folder in", &std::env::temp_dir(), &error)))?;
        // Files of an archive are alike: the first shows what they are.
        let files = unpacked(file, &folder, ARCHIVE_LIMIT).map_err(failed)?;
        let file = files.first().map_or(file, |taken| &taken.path);
        let mut head = head_of(file).map_err(failed)?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !is_wanted {
            let plugins = stage::plugins(context, false)?;
            if let Some((plugin, format)) = recognized_by(&plugins, &name, &head).first() {
                return context.print(&proposal::read_by(plugin, format, &name, source));
            }
        }
        if head.starts_with(b"PK\x03\x04") {
            head = inputs::read(file, WORKBOOK_LIMIT).map_err(|error| inputs::unreadable(file, &error))?;
        }
        let table = table::Table::read(&head).map_err(failed)?;
        context.print(&proposal::text(&table, &name, source))
    }
}
