//! What a plugin says of itself.

use serde::{Deserialize, Serialize};

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The vendor's id: lower-case letters, digits and `-`. It becomes `vendor` on every line.
    pub id: String,
    /// The vendor's name, for people.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// Where the vendor's API is if the source's config does not say.
    pub default_url: Option<String>,
    /// JSON Schema of `[source.<name>.config]`.
    pub config_schema: String,
    /// Names of the secrets it may ask the host to use.
    pub secrets: Vec<String>,
    /// The payload formats that `map` reads.
    pub formats: Vec<PayloadFormat>,
}

/// One format of payload that a plugin reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayloadFormat {
    /// Its id, such as `acronis-csv-v2`.
    pub id: String,
    /// What it is, for people.
    pub description: String,
    /// True if not all of it could be proven from the vendor's documents.
    pub experimental: bool,
}
