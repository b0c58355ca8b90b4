//! A workspace and its `ratebook.toml`: which sources there are and how each is asked.
//!
//! This room owns reading and checking that file. What stands in `[source.<name>.config]` is the plugin's: it is
//! carried as it is, with its places, so that a plugin's complaint about a key can be shown where the key stands.

mod bounds;
mod document;
mod files;
mod limits;
mod places;
mod source;
mod workspace;

pub(crate) use bounds::Bounds;
pub(crate) use document::{Document, FILE, nearest, suggestion};
pub(crate) use files::FilePatterns;
pub(crate) use source::{KeptSettings, Source};
pub(crate) use workspace::Workspace;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use workspace::read;
