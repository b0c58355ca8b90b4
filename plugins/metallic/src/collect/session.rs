//! Asks with an access token that lasts 30 minutes.
//!
//! If the source has a refresh token, an answer of 401 is met with one renewal and the same request again; a renewal
//! replaces both tokens, and using an old pair makes Commvault delete the whole chain, so it is sent once and the new
//! pair is stored before anything else. A pair that could not be stored is not renewed with.

use ratebook_plugin::{Host, Level, Problem, ProblemKind, Request, Response, describe};

use crate::config::{ACCESS_TOKEN, DEFAULT_URL, REFRESH_TOKEN, Settings};
use crate::payload::{ErrorAnswer, RenewedTokens};

const TOKEN_ADVICE: &str = "Commvault's access tokens last 30 minutes: make a new one in the Command Center, or give \
                            the source a refresh_token and a refresh_url (docs.metallic.io, access tokens).";

/// Requests of one collecting, all authorised.
pub(super) struct Session<'s, 'h> {
    url: &'s str,
    pub(super) host: &'s mut Host<'h>,
    refresh_url: Option<&'s str>,
    /// The renewed token, which may not have been stored.
    token: Option<String>,
}

impl<'s, 'h> Session<'s, 'h> {
    pub(super) fn new(url: &'s str, settings: &'s Settings, host: &'s mut Host<'h>) -> Session<'s, 'h> {
        Session { url, host, refresh_url: settings.refresh_url.as_deref(), token: None }
    }

    /// A request for JSON below the source's address.
    pub(super) fn get(&self, path: &str) -> Request {
        Request::get(format!("{}{path}", self.url)).header("Accept", "application/json")
    }

    /// Sends it, with a renewal between if the token has expired. Only success comes back.
    pub(super) fn ask(&mut self, request: &Request) -> Result<Response, Problem> {
        let mut response = self.send(request)?;
        if response.status() == 401
            && let Some(refresh_url) = self.refresh_url
        {
            self.renew(refresh_url)?;
            response = self.send(request)?;
        }
        if response.is_success() { Ok(response) } else { Err(self.refused(request, &response)) }
    }

    fn send(&mut self, request: &Request) -> Result<Response, Problem> {
        let request = request.clone();
        self.host.send(match &self.token {
            Some(token) => request.bearer_token(token),
            None => request.bearer_secret(ACCESS_TOKEN),
        })
    }

    /// Commvault Cloud, "Using Refresh Tokens to Renew Access Tokens": `POST <webservice>/V4/AccessToken/Renew`.
    fn renew(&mut self, refresh_url: &str) -> Result<(), Problem> {
        self.host.progress("renewing the access token")?;
        let request = Request::post(refresh_url)
            .header("Accept", "application/json")
            .json_of_secrets(&[("accessToken", ACCESS_TOKEN), ("refreshToken", REFRESH_TOKEN)])
            .bearer_secret(ACCESS_TOKEN);
        let response = self.host.send(request)?;
        if !response.is_success() {
            let words = self.words(&response);
            return Err(Problem::auth(format!(
                "Commvault refused to renew the access token ({} {words})",
                response.status()
            ))
            .advise("Make a new access token in the Command Center and store it with its refresh token."));
        }
        let tokens: RenewedTokens = self.host.json(&response).map_err(|_| {
            // What came may hold tokens: it is not quoted.
            Problem::data("the answer to the renewal does not hold accessToken and refreshToken")
                .advise("The old pair may be used up: make a new access token in the Command Center.")
        })?;
        for (name, value) in [(ACCESS_TOKEN, &tokens.access_token), (REFRESH_TOKEN, &tokens.refresh_token)] {
            if let Err(problem) = self.host.store_secret(name, value) {
                self.refresh_url = None;
                self.host.log(
                    Level::Warning,
                    format!(
                        "the renewed {name} could not be stored ({problem}): the old pair is used up, so make a new \
                         access token before the next run and keep it in files that ratebook can write"
                    ),
                )?;
            }
        }
        self.token = Some(tokens.access_token);
        Ok(())
    }

    fn refused(&mut self, request: &Request, response: &Response) -> Problem {
        let url = self.url;
        let said = format!("{} {}", response.status(), self.words(response));
        match response.status() {
            401 => Problem::auth(format!("Metallic refused the access token ({said})")).advise(TOKEN_ADVICE),
            403 => {
                Problem::auth(format!("Metallic does not let this token read the partner's usage ({said})"))
                    .advise("Usage is for a service provider's own administrators.")
            }
            404 if url != DEFAULT_URL => Problem {
                key: Some("url".to_owned()),
                ..Problem::new(ProblemKind::Config, format!("{url} answered {said}"))
            }
            .advise(format!(
                "Every tenant's API is at {DEFAULT_URL}; the console's own host (such as m119.metallic.io) \
                     answers 404."
            )),
            404 => Problem::vendor(format!("Metallic answered {said}"))
                .advise(format!("Nothing was found at {}.", request.url)),
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
    fn words(&mut self, response: &Response) -> String {
        let bytes = match self.host.bytes(response, 64 << 10) {
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
}
