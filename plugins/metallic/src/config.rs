//! `[source.<name>.config]` of a Metallic account.

use ratebook_plugin::{Config, Duplicates, Problem};
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
    usage: UsageKind,
    duplicates: Duplicates,
    account_usage_path: Option<String>,
    accounts_page_size: Option<u32>,
}

/// Which of the vendor's calls is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UsageKind {
    /// One sum per SKU for the whole partner.
    #[default]
    Summary,
    /// The rows behind it, by account.
    Accounts,
}

/// What is asked for a month.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    /// The summary.
    Summary,
    /// The accounts, and their usage.
    Accounts {
        /// Where usage by account is asked for, below the source's `url`. Not published, so there is no default.
        usage_path: String,
        /// Accounts on a page.
        accounts_page_size: u32,
    },
}

/// The settings, checked against the secrets that are there.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where a new pair of tokens is asked for; only together with the secret `refresh_token`.
    pub(crate) refresh_url: Option<String>,
    /// What becomes of rows of the summary that stand there once more.
    pub(crate) duplicates: Duplicates,
    /// What is asked; a source for files downloaded by hand needs no path.
    pub(crate) usage: Result<Usage, Problem>,
    /// Whether there is an access token; a source for files downloaded by hand needs none.
    pub(crate) access_token: Result<(), Problem>,
}

impl Settings {
    pub(crate) fn from_config(config: &Config) -> Result<Settings, Problem> {
        let written: Written = if config.values.is_null() { Written::default() } else { config.read()? };
        let has_refresh_token = config.secrets.iter().any(|secret| secret == REFRESH_TOKEN);
        match (&written.refresh_url, has_refresh_token) {
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
        check_account_keys(&written)?;
        Ok(Settings {
            refresh_url: written.refresh_url,
            duplicates: written.duplicates,
            usage: match written.usage {
                UsageKind::Summary => Ok(Usage::Summary),
                UsageKind::Accounts => (written.account_usage_path)
                    .map(|usage_path| Usage::Accounts {
                        usage_path,
                        // The vendor's own default: its limit is not published.
                        accounts_page_size: written.accounts_page_size.unwrap_or(25),
                    })
                    .ok_or_else(|| {
                        Problem::config("account_usage_path", "where usage by account is asked for is missing")
                            .advise(
                                "Commvault does not publish the path openly: take it from \"Get Aggregator Usage\" \
                                 in the API reference of your own account, such as \"/api/v1/...\".",
                            )
                    }),
            },
            access_token: config.require_secret(ACCESS_TOKEN),
        })
    }
}

fn check_account_keys(written: &Written) -> Result<(), Problem> {
    if written.usage == UsageKind::Summary {
        for (key, is_there) in [
            ("account_usage_path", written.account_usage_path.is_some()),
            ("accounts_page_size", written.accounts_page_size.is_some()),
        ] {
            if is_there {
                return Err(Problem::config(key, "the summary does not use it")
                    .advise("Add usage = \"accounts\", or take it out."));
            }
        }
    }
    if let Some(path) = &written.account_usage_path
        && (!path.starts_with('/') || path.starts_with("//") || path.contains(['?', '#']))
    {
        return Err(Problem::config(
            "account_usage_path",
            format!("{path:?} is not a path such as \"/api/v1/...\", without a query"),
        ));
    }
    if written.accounts_page_size == Some(0) {
        return Err(Problem::config("accounts_page_size", "must be at least 1"));
    }
    Ok(())
}
