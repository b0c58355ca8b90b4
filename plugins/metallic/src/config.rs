//! `[source.<name>.config]` of a Metallic account.

use ratebook_plugin::{Config, Problem};
use serde::Deserialize;

/// The API of every tenant (docs.metallic.io, REST API). The console's own host answers API calls with 404.
pub(crate) const DEFAULT_URL: &str = "https://api.metallic.io";
/// The secret that authorises each call.
pub(crate) const ACCESS_TOKEN: &str = "access_token";
/// The secret that renews it.
pub(crate) const REFRESH_TOKEN: &str = "refresh_token";

/// What the source's config may hold; `config.schema.json` describes it for editors.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    refresh_url: Option<String>,
}

/// The settings, checked against the secrets that are there.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where a new pair of tokens is asked for; only together with the secret `refresh_token`.
    pub(crate) refresh_url: Option<String>,
    /// Whether there is an access token; a source for files downloaded by hand needs none.
    pub(crate) access_token: Result<(), Problem>,
}

impl Settings {
    pub(crate) fn from_config(config: &Config) -> Result<Settings, Problem> {
        let Written { refresh_url } =
            if config.values.is_null() { Written::default() } else { config.read()? };
        let has_refresh_token = config.secrets.iter().any(|secret| secret == REFRESH_TOKEN);
        match (&refresh_url, has_refresh_token) {
            (None, true) => {
                return Err(Problem::config(
                    "refresh_url",
                    "the secret refresh_token is given, but not where to renew with it",
                )
                .advise(
                    "Give the address that ends in /V4/AccessToken/Renew, or take the secret refresh_token out.",
                ));
            }
            (Some(_), false) => config.require_secret(REFRESH_TOKEN)?,
            _ => {}
        }
        Ok(Settings { refresh_url, access_token: config.require_secret(ACCESS_TOKEN) })
    }
}
