//! Messages of the border: JSON, so that what they hold may grow.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::manifest::INTERFACE;
use crate::{Month, Problem};

pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value)
        .map_err(|error| Problem::plugin(format!("a message cannot be written: {error}")))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text)
        .map_err(|error| Problem::plugin(format!("a message is not understood: {error}")))
}

/// A call of a plugin, which may be newer than the host.
pub(crate) fn call_of(text: &str) -> Result<Call, Problem> {
    from_json(text).map_err(|problem: Problem| {
        let unknown =
            problem.message.split_once("unknown variant `").and_then(|(_, rest)| rest.split_once('`'));
        let Some((name, _)) = unknown else { return problem };
        let (major, minor) = INTERFACE;
        Problem::plugin(format!(
            "it asks for {name:?}, which this ratebook (plugin interface {major}.{minor}) does not know"
        ))
        .advise("Use a newer ratebook.")
    })
}

pub(crate) fn month_of(text: &str) -> Result<Month, Problem> {
    text.parse().map_err(|_| Problem::plugin(format!("{text:?} is not a month")))
}
