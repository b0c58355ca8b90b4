//! The configuration of one source, as the plugin sees it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// The configuration of one source: `[source.<name>]` of ratebook.toml, without what is the host's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// The source's name.
    pub source: String,
    /// The base address of the vendor's API, without a trailing slash: the config's `url`, else the plugin's
    /// default.
    pub url: Option<String>,
    /// `[source.<name>.config]` as JSON.
    pub values: serde_json::Value,
    /// The names of the secrets that the source has.
    pub secrets: Vec<String>,
}

impl Config {
    /// The plugin's own part of the configuration; give `T` `#[serde(deny_unknown_fields)]`.
    ///
    /// # Errors
    /// [`Problem::config`] with what serde says.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_value(self.values.clone()).map_err(|error| {
            let message = error.to_string();
            // serde quotes the key it stumbled over first: "unknown field `mesure`, expected ...".
            let key = message.split('`').nth(1).unwrap_or("config").to_owned();
            Problem::config(key, message)
        })
    }

    /// The base address of the vendor's API.
    ///
    /// # Errors
    /// [`Problem::config`] if the config has none and the plugin no default.
    pub fn base_url(&self) -> Result<&str, Problem> {
        self.url
            .as_deref()
            .ok_or_else(|| Problem::config("url", "the address of the vendor's API is missing"))
    }

    /// Says that a secret is needed.
    ///
    /// # Errors
    /// [`Problem::config`] if the source has no secret of that name.
    pub fn require_secret(&self, name: &str) -> Result<(), Problem> {
        if self.secrets.iter().any(|secret| secret == name) {
            return Ok(());
        }
        Err(Problem::config(format!("secrets.{name}"), "this secret is needed and not configured").advise(
            format!(
                "Add {name} = {{ env = \"...\" }} (or file, or command) under [source.{}.secrets].",
                self.source
            ),
        ))
    }
}
