//! What the configuration says is asked for, and how requests are authorised.

use ratebook_plugin::Config;
use serde::Deserialize;

/// The secret of `auth = "bearer"`.
pub(crate) const TOKEN: &str = "token";

/// What stands for the month in a path.
pub(crate) const MONTH: &str = "{month}";

/// How requests are authorised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Auth {
    #[default]
    None,
    /// By the secret `token`.
    Bearer,
}

/// What is asked for.
#[derive(Debug)]
pub(crate) struct FetchKeys {
    /// Paths beneath the source's `url`.
    pub(crate) paths: Vec<String>,
    pub(crate) auth: Auth,
}

impl FetchKeys {
    /// Notes what is wrong with the keys.
    pub(crate) fn check(&self, config: &Config, wrong: &mut Vec<(&'static str, String)>) {
        for path in &self.paths {
            if !path.starts_with('/') {
                wrong.push(("paths", format!("{path:?} does not begin with /")));
            }
            if !path.contains(MONTH) {
                wrong.push(("paths", format!("{path:?} is the same every month: write {MONTH} in it")));
            }
        }
        if self.auth == Auth::Bearer
            && let Err(problem) = config.require_secret(TOKEN)
        {
            wrong.push(("auth", problem.to_string()));
        }
    }
}
