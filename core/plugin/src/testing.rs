//! For plugin tests: a host that is a script, and a way to map bytes without loading a library.

mod bodies;
mod fields;
mod fixture;
mod mapped;
mod scripted;
mod table;

pub use bodies::Bodies;
pub use fields::{filled, wrong_fields};
pub use fixture::Fixture;
pub use mapped::{MapHost, Mapped, map, map_beside};
pub use scripted::{Scripted, ScriptedHost};
pub use table::refusal;
