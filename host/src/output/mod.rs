//! How results look: one file per format.

pub(crate) mod cell;
mod columns;
pub(crate) mod conformance;
pub(crate) mod coverage;
pub(crate) mod diff;
pub(crate) mod inspect;
pub(crate) mod money;
pub(crate) mod paper;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod tests;
pub(crate) mod todo;
