//! Asks for the files of a month, whose addresses are configured, and keeps them.
//!
//! Clouds deliver exports into object stores, whose own ways of signing requests are not offered here: this is for a web
//! server, a gateway or a proxy in front of one.

use ratebook_plugin::{Host, Month, Problem, Request, describe};

use crate::config::Settings;
use crate::fetch_keys::{Auth, FetchKeys, MONTH, TOKEN};
use crate::format::FocusFormat;

/// Asks for each file and keeps it.
pub(crate) fn files(
    url: Option<&str>,
    settings: &Settings,
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
