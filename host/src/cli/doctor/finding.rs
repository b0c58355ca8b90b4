//! What was found out about one thing of a setup.

use crate::failure::Failure;

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Good,
    /// Works, and is worth a look.
    Look,
    Wrong,
}

/// What was found out about one thing.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) what: &'static str,
    pub(super) health: Health,
    pub(super) text: String,
    pub(super) fix: Option<String>,
}

impl Finding {
    pub(super) fn good(what: &'static str, text: impl Into<String>) -> Finding {
        Finding { what, health: Health::Good, text: text.into(), fix: None }
    }

    pub(super) fn look(what: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { health: Health::Look, fix: Some(fix.into()), ..Finding::good(what, text) }
    }

    pub(super) fn wrong(what: &'static str, text: impl Into<String>, fix: Option<String>) -> Finding {
        Finding { health: Health::Wrong, fix, ..Finding::good(what, text) }
    }

    pub(super) fn failure(what: &'static str, failure: Failure) -> Finding {
        let place = failure.place.map(|place| place + ": ").unwrap_or_default();
        Finding::wrong(what, place + &failure.message, failure.fix)
    }
}
