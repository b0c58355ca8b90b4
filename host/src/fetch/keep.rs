//! Payloads on their way into their folder: nothing is at its place before [`NewPayloads::commit`].

use std::path::Path;

use ratebook_plugin::call::Kept;
use ratebook_plugin::{Month, Problem};

use super::payloads::Payloads;
use super::settings::Limits;

/// Payloads on their way into their folder.
///
/// They are collected beside it, in `.<name>.incomplete`, which stays after a failed run so that one can look at what
/// came, and is emptied by the next.
#[derive(Debug)]
pub(crate) struct NewPayloads {}

impl NewPayloads {
    /// Begins the payloads of a plugin for a month, to be put at `target`.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub(crate) fn begin(_target: &Path, _plugin: &str, _month: Month) -> Result<NewPayloads, Problem> {
        Err(Problem::plugin("not ready"))
    }

    /// Takes in a file that was downloaded by hand, as it is: plain or gzip.
    ///
    /// # Errors
    /// If it cannot be read or is a damaged gzip stream.
    pub(crate) fn import(&mut self, _file: &Path, _format: &str, _limits: Limits) -> Result<Kept, Problem> {
        Err(Problem::plugin("not ready"))
    }

    /// Puts the payloads at their place, in one step, instead of what was there.
    ///
    /// # Errors
    /// If they could not be written; the place is then as it was.
    pub(crate) fn commit(self) -> Result<Payloads, Problem> {
        Err(Problem::plugin("not ready"))
    }
}

/// The first bytes (at most 64 KiB) of a file that was downloaded by hand, decompressed: for a plugin to recognize.
///
/// # Errors
/// If it cannot be read or is a damaged gzip stream.
pub(crate) fn head_of(_file: &Path) -> Result<Vec<u8>, Problem> {
    Err(Problem::plugin("not ready"))
}
