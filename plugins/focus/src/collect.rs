//! Asks for the files of a month, whose addresses are configured, and keeps them.
//!
//! Clouds deliver exports into object stores, whose own ways of signing requests are not offered here: this is for a web
//! server, a gateway or a proxy in front of one.

use ratebook_plugin::{Config, Host, Month, Problem, Request, describe};
use serde::Deserialize;

use crate::read::FocusFormat;

/// The secret of `auth = "bearer"`.
pub(crate) const TOKEN: &str = "token";

const MONTH: &str = "{month}";

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

/// Asks for each file and keeps it.
pub(crate) fn files(
    url: Option<&str>,
    settings: &crate::config::Settings,
    month: Month,
    host: &mut Host<'_>,
) -> Result<(), Problem> {
    let FetchKeys { paths, auth } = &settings.fetch;
    let (Some(url), false) = (url, paths.is_empty()) else {
        let (key, what) = match url {
            None => ("url", "the address to ask is missing"),
            Some(_) => ("paths", "what to ask for is missing"),
        };
        return Err(Problem::config(key, what).advise(
            "Say where the files lie, in files of the source; take them in by hand: ratebook import --source NAME --month \
             YYYY-MM FILE...; or say where a web server has them, in url and paths.",
        ));
    };
    for (index, path) in paths.iter().enumerate() {
        let path = path.replace(MONTH, &month.to_string());
        host.progress(format!("asking for {path}"))?;
        let request = Request::get(format!("{url}{path}"));
        let response = host.send(match auth {
            Auth::None => request,
            Auth::Bearer => request.bearer_secret(TOKEN),
        })?;
        if !response.is_success() {
            let words = host.bytes(&response, 64 << 10).map(|bytes| describe(&bytes)).unwrap_or_default();
            let said = format!("{path} answered {}: {words}", response.status());
            return Err(match response.status() {
                401 | 403 => Problem::auth(said).advise("Look at auth and at the secret token."),
                404 => Problem::not_yet(said).advise("If the file is there already, look at url and paths."),
                _ => Problem::vendor(said),
            });
        }
        let format = FocusFormat::of_name(&path);
        host.keep(&format!("{:02}.{}", index + 1, format.ending()), format.id(), &response)?;
    }
    Ok(())
}
