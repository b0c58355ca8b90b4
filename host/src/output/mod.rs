//! How results look: one file per format.

pub(crate) mod summary;
pub(crate) mod table;
