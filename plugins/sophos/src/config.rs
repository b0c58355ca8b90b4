//! `[source.<name>.config]` of a Sophos partner.

use ratebook_plugin::{Config, Problem};
use serde::Deserialize;

/// The partner API (developer.sophos.com, Partner API: "Global service in the production environment").
pub(crate) const DEFAULT_URL: &str = "https://api.central.sophos.com";
/// The secret of the API client.
pub(crate) const CLIENT_SECRET: &str = "client_secret";

/// Where tokens are given out: another host than the API, which the source's `hosts` has to name.
const DEFAULT_ID_URL: &str = "https://id.sophos.com";

/// What may be written; `config.schema.json` describes it for editors.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    client_id: Option<String>,
    id_url: Option<String>,
    page_size: Option<u32>,
}

/// The settings, checked.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The API client's id and that its secret is there; a source for files needs neither.
    pub(crate) client_id: Result<String, Problem>,
    /// Where tokens are given out, without a trailing slash.
    pub(crate) id_url: String,
    /// Items on a page; the vendor's own default if absent.
    pub(crate) page_size: Option<u32>,
}

impl Settings {
    pub(crate) fn from_config(config: &Config) -> Result<Settings, Problem> {
        let written: Written = if config.values.is_null() { Written::default() } else { config.read()? };
        if written.page_size == Some(0) {
            return Err(Problem::config("page_size", "must be at least 1"));
        }
        let id_url = written.id_url.unwrap_or_else(|| DEFAULT_ID_URL.to_owned());
        Ok(Settings {
            client_id: config.require_secret(CLIENT_SECRET).and_then(|()| {
                written.client_id.ok_or_else(|| {
                    Problem::config("client_id", "the id of the API client is missing")
                        .advise("Make API credentials in Sophos Central Partner, Settings & Policies.")
                })
            }),
            id_url: id_url.trim_end_matches('/').to_owned(),
            page_size: written.page_size,
        })
    }
}
