//! Asks Metallic for one month's usage summary and keeps the answer.
//!
//! Access tokens last 30 minutes. If the source has a refresh token, an answer of 401 is met with one renewal and the
//! same request again; a renewal replaces both tokens, and using an old pair makes Commvault delete the whole chain,
//! so it is sent once and the new pair is stored before anything else.

use std::io::Read;

use ratebook_plugin::{Host, Level, Month, Payload, Problem, ProblemKind, Request, Response, describe};

use crate::USAGE_SUMMARY;
use crate::config::{ACCESS_TOKEN, DEFAULT_URL, REFRESH_TOKEN, Settings};
use crate::payload::{ErrorAnswer, RenewedTokens};

const TOKEN_ADVICE: &str = "Commvault's access tokens last 30 minutes: make a new one in the Command Center, or give \
                            the source a refresh_token and a refresh_url (docs.metallic.io, access tokens).";

/// Metallic API reference, "Get Usage Summary". The month is always sent: the default is the current one.
pub(crate) fn usage_summary(
    url: &str,
    settings: &Settings,
    month: Month,
    host: &mut Host<'_>,
) -> Result<(), Problem> {
    settings.access_token.clone()?;
    let request = || {
        Request::get(format!("{url}/api/v1/partner/usage/summary"))
            .query("usageMonth", month.first_day().to_string())
            .header("Accept", "application/json")
    };
    host.progress(format!("asking for the usage summary of {month}"))?;
    let mut response = host.send(request().bearer_secret(ACCESS_TOKEN))?;
    if response.status() == 401
        && let Some(refresh_url) = &settings.refresh_url
    {
        let token = renew(refresh_url, host)?;
        response = host.send(request().bearer_token(&token))?;
    }
    if !response.is_success() {
        return Err(refused(url, &response, host));
    }
    let mut head = Vec::new();
    host.body(&response).take(4096).read_to_end(&mut head).map_err(|error| Payload::read_error(&error))?;
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::data(format!("expected the usage summary as JSON, got {}", describe(&head))));
    }
    host.keep("usage-summary.json", USAGE_SUMMARY, &response).map(|_| ())
}

/// Commvault Cloud, "Using Refresh Tokens to Renew Access Tokens": `POST <webservice>/V4/AccessToken/Renew`.
fn renew(refresh_url: &str, host: &mut Host<'_>) -> Result<String, Problem> {
    host.progress("renewing the access token")?;
    let request = Request::post(refresh_url)
        .header("Accept", "application/json")
        .json_of_secrets(&[("accessToken", ACCESS_TOKEN), ("refreshToken", REFRESH_TOKEN)])
        .bearer_secret(ACCESS_TOKEN);
    let response = host.send(request)?;
    if !response.is_success() {
        let words = words(&response, host);
        return Err(Problem::auth(format!(
            "Commvault refused to renew the access token ({} {words})",
            response.status()
        ))
        .advise("Make a new access token in the Command Center and store it with its refresh token."));
    }
    let tokens: RenewedTokens = host.json(&response).map_err(|_| {
        // What came may hold tokens: it is not quoted.
        Problem::data("the answer to the renewal does not hold accessToken and refreshToken")
            .advise("The old pair may be used up: make a new access token in the Command Center.")
    })?;
    for (name, value) in [(ACCESS_TOKEN, &tokens.access_token), (REFRESH_TOKEN, &tokens.refresh_token)] {
        if let Err(problem) = host.store_secret(name, value) {
            host.log(
                Level::Warning,
                format!(
                    "the renewed {name} could not be stored ({problem}): the old pair is used up, so make a new \
                     access token before the next run and keep it in files that ratebook can write"
                ),
            )?;
        }
    }
    Ok(tokens.access_token)
}

fn refused(url: &str, response: &Response, host: &mut Host<'_>) -> Problem {
    let words = words(response, host);
    let said = format!("{} {words}", response.status());
    match response.status() {
        401 => Problem::auth(format!("Metallic refused the access token ({said})")).advise(TOKEN_ADVICE),
        403 => Problem::auth(format!("Metallic does not let this token read the usage summary ({said})"))
            .advise("The usage summary is for a service provider's own administrators."),
        404 if url != DEFAULT_URL => Problem {
            key: Some("url".to_owned()),
            ..Problem::new(ProblemKind::Config, format!("{url} answered {said}"))
        }
        .advise(format!(
            "Every tenant's API is at {DEFAULT_URL}; the console's own host (such as m119.metallic.io) \
                     answers 404."
        )),
        429 => {
            let header = |name: &str| response.header(name).unwrap_or("not said").to_owned();
            Problem::vendor(format!(
                "Metallic's rate limit is reached ({said}; X-RateLimit-Limit {}, X-RateLimit-Period {})",
                header("x-ratelimit-limit"),
                header("x-ratelimit-period")
            ))
            .advise("Metallic allows 1000 reads an hour for a tenant: run it again later.")
        }
        _ => Problem::vendor(format!("Metallic answered {said}")),
    }
}

/// The vendor's own words on what went wrong.
fn words(response: &Response, host: &mut Host<'_>) -> String {
    let bytes = match host.bytes(response, 64 << 10) {
        Ok(bytes) => bytes,
        Err(problem) => return problem.to_string(),
    };
    match serde_json::from_slice::<ErrorAnswer>(&bytes) {
        Ok(ErrorAnswer { error }) => {
            let message = error.message.unwrap_or_else(|| "no message".to_owned());
            error.code.map_or(message.clone(), |code| format!("{message:?}, code {code}"))
        }
        Err(_) => describe(&bytes),
    }
}
