//! Messages of the border: JSON, so that what they hold may grow.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Month, Problem};

pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value)
        .map_err(|error| Problem::plugin(format!("a message cannot be written: {error}")))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text)
        .map_err(|error| Problem::plugin(format!("a message is not understood: {error}")))
}

pub(crate) fn month_of(text: &str) -> Result<Month, Problem> {
    text.parse().map_err(|_| Problem::plugin(format!("{text:?} is not a month")))
}
