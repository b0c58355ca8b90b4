//! A record of a payload, and what is done with each.

use ratebook_plugin::{Fingerprint, Place, Problem};

use crate::cell::Cell;
use crate::columns::Found;

/// A record.
#[derive(Debug)]
pub(crate) struct Record<'r> {
    pub(crate) place: Place,
    /// A cell for each wanted column; null for one that the file has not.
    pub(crate) cells: &'r [Cell<'r>],
    /// That of all its cells, if all were read.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// What is wrong with it as a whole.
    pub(crate) fault: Option<String>,
}

/// What was seen besides the records.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) records: u64,
    pub(crate) found: Found,
    /// Columns whose binary floating numbers were taken as decimals.
    pub(crate) floats: Vec<String>,
}

/// What is done with each record.
pub(crate) type Take<'t> = &'t mut dyn FnMut(&Record<'_>) -> Result<(), Problem>;
