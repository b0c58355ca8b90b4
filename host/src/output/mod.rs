//! How results look: one file per format.

pub mod summary;
pub mod table;
