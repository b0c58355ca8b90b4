//! What is wrong with a batch.

use std::str::Utf8Error;

/// Why bytes are not a batch: a bug in the plugin, or on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchError(pub String);

impl std::fmt::Display for BatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a batch of lines is broken: {}", self.0)
    }
}

impl std::error::Error for BatchError {}

impl From<Utf8Error> for BatchError {
    fn from(error: Utf8Error) -> BatchError {
        BatchError(format!("a text in it is not UTF-8 ({error})"))
    }
}
