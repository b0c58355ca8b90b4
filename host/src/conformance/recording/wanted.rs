//! What is to be recorded: the payloads of a source and month, and what of them is replaced.

use std::path::Path;

use ratebook_line::Month;
use ratebook_plugin::About;

use crate::config::Source;
use crate::failure::{Exit, Failure};
use crate::fetch::{Payloads, Redactor};
use crate::plugins::Plugin;

/// What is recorded, and how.
pub(crate) struct Recording<'r> {
    /// The plugin.
    pub plugin: Plugin<'r>,
    /// What it says of itself.
    pub about: About,
    /// The source whose payloads they are.
    pub source: &'r Source,
    /// Their month.
    pub month: Month,
    /// The payloads.
    pub payloads: &'r Payloads,
    /// Knows all secrets of the source.
    pub redactor: &'r Redactor,
    /// Further columns or members to replace.
    pub replace: &'r [String],
    /// Columns or members to leave as they are.
    pub keep: &'r [String],
    /// The fixture's folder.
    pub into: &'r Path,
}

/// A payload on its way to a fixture.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) format: String,
    /// True if it is looked up while others are mapped.
    pub(super) reference: bool,
    pub(super) bytes: Vec<u8>,
}

impl Recording<'_> {
    /// Why nothing is recorded.
    pub(super) fn refused(&self, message: impl Into<String>) -> Failure {
        Failure::new(Exit::Data, "E-DATA", message)
            .of(&self.source.name, self.month)
            .note("Nothing was written.")
    }
}
