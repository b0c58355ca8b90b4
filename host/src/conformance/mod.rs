//! Whether a plugin keeps the contract: tried against the built library, without a vendor and without credentials.
//!
//! Each check runs the plugin in a worker, as a run does, and hands it what a month may bring: nothing, rubbish, half a
//! payload, a vendor that refuses or is down. What a plugin must never do is to take any of it for usage.

mod checks;
mod collecting;
mod fixtures;
mod mapped;
mod mapping;
mod recording;
mod trial;
mod verdict;

pub(crate) use fixtures::read_fixtures;
pub(crate) use mapped::mapped;
pub(crate) use recording::Recording;
pub(crate) use trial::Trial;
pub(crate) use verdict::{Check, Verdict};
