//! What the place and the standing of a plugin's file are called.

use crate::plugins::{Place, Trust};

/// Where it was found.
pub(super) fn place(place: Place) -> &'static str {
    match place {
        Place::Beside => "next to ratebook",
        Place::Workspace => "workspace",
        Place::Path => "plugin path",
    }
}

/// Whether it may be used.
pub(super) fn state(trust: &Trust) -> &'static str {
    match trust {
        Trust::Locked => "locked",
        Trust::Unlocked => "unlocked",
        Trust::Refused { .. } => "not usable",
    }
}
