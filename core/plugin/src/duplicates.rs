//! What a source's configuration says of records that stand there once more.

use serde::{Deserialize, Serialize};

/// What becomes of records that stand in a payload, or in another payload of the source and month, once more: the key
/// `duplicates` of a plugin's configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Duplicates {
    /// A person is asked: nothing is billed until then.
    #[default]
    Refuse,
    /// Each is usage of its own.
    Keep,
    /// Each but the first is skipped.
    Drop,
}
