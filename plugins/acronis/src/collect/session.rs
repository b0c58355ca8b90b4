//! Asks the API with a token that is renewed in time.
//!
//! Acronis account management API, authentication: client credentials, tokens live two hours, an expired one gives
//! 401; Acronis' own samples renew when less than 15 minutes are left.

use ratebook_plugin::{Host, Problem, Request, Response};
use serde::de::DeserializeOwned;

use crate::config::{CLIENT_SECRET, ClientAuth};
use crate::payload::api::{Token, words};

const LIFETIME_SECONDS: i64 = 2 * 60 * 60;
const RENEW_WHEN_LEFT_SECONDS: i64 = 15 * 60;
/// A fresh token is used at least that long, so that a wrong clock does not cost a token for each request.
const USED_AT_LEAST_SECONDS: i64 = 60;

/// One run's conversation.
pub(super) struct Session<'a, 'h> {
    url: &'a str,
    client_id: &'a str,
    auth: ClientAuth,
    pub(super) host: &'a mut Host<'h>,
    token: Option<Fresh>,
}

struct Fresh {
    token: String,
    renew_at: i64,
}

impl<'a, 'h> Session<'a, 'h> {
    pub(super) fn new(url: &'a str, client_id: &'a str, auth: ClientAuth, host: &'a mut Host<'h>) -> Self {
        Session { url, client_id, auth, host, token: None }
    }

    /// The address of a call.
    pub(super) fn api(&self, path: &str) -> String {
        format!("{}/api/2/{path}", self.url)
    }

    /// The address of a call of the price list API.
    pub(super) fn price_api(&self, path: &str) -> String {
        format!("{}/api/price_sync/v1/{path}", self.url)
    }

    /// Makes sure that there is a token, before something is noted that a request is to follow.
    pub(super) fn prove(&mut self) -> Result<(), Problem> {
        self.token().map(|_| ())
    }

    /// Sends with a token. A 401 is met with one new token and the same request: it was not carried out.
    pub(super) fn send(&mut self, request: Request) -> Result<Response, Problem> {
        let token = self.token()?;
        let response = self.host.send(request.clone().bearer_token(&token))?;
        if response.status() != 401 {
            return Ok(response);
        }
        self.token = None;
        let token = self.token()?;
        self.host.send(request.bearer_token(&token))
    }

    /// Sends and reads the answer; `what` was asked, for people.
    pub(super) fn ask<T: DeserializeOwned>(&mut self, request: Request, what: &str) -> Result<T, Problem> {
        let response = self.send(request)?;
        if !response.is_success() {
            return Err(self.refused(&response, what));
        }
        self.host.json(&response).map_err(|problem| Problem::data(format!("asked {what}: {problem}")))
    }

    /// The vendor's words in an error's body.
    pub(super) fn words(&mut self, response: &Response) -> String {
        let body = self.host.bytes(response, 64 << 10);
        body.map_or_else(|problem| problem.to_string(), |body| words(&body))
    }

    /// What an answer that is no success means.
    pub(super) fn refused(&mut self, response: &Response, what: &str) -> Problem {
        let said = format!("asked {what}, Acronis answered {} {}", response.status(), self.words(response));
        match response.status() {
            401 => Problem::auth(said).advise("A new token was refused too: is the API client still enabled?"),
            403 => Problem::auth(said).advise(
                "Reports need an API client with one of the roles root_admin, partner_admin, company_admin or \
                 unit_admin; a read-only one can download but not create them.",
            ),
            _ => Problem::vendor(said),
        }
    }

    fn token(&mut self) -> Result<String, Problem> {
        let now = self.host.now()?;
        match &self.token {
            Some(fresh) if now < fresh.renew_at => Ok(fresh.token.clone()),
            _ => {
                let Token { access_token, expires_on, expires_in } = self.new_token()?;
                let expires =
                    expires_on.or(expires_in.map(|seconds| now + seconds)).unwrap_or(now + LIFETIME_SECONDS);
                let renew_at = (expires - RENEW_WHEN_LEFT_SECONDS).max(now + USED_AT_LEAST_SECONDS);
                self.token = Some(Fresh { token: access_token.clone(), renew_at });
                Ok(access_token)
            }
        }
    }

    /// POST /idp/token. Sending it twice does no harm.
    fn new_token(&mut self) -> Result<Token, Problem> {
        let request = Request::post(self.api("idp/token")).repeatable();
        let grant = ("grant_type", "client_credentials");
        let request = match self.auth {
            ClientAuth::Basic => request.form(&[grant]).basic_auth(self.client_id, CLIENT_SECRET),
            ClientAuth::Post => request.form_with_secret(
                &[grant, ("client_id", self.client_id)],
                "client_secret",
                CLIENT_SECRET,
            ),
        };
        let response = self.host.send(request)?;
        if response.is_success() {
            // What came may hold a token: it is not quoted.
            return self
                .host
                .json(&response)
                .map_err(|_| Problem::data("the answer of the token endpoint holds no access_token"));
        }
        let said = format!("{} {}", response.status(), self.words(&response));
        Err(match response.status() {
            400 | 401 | 403 => Problem::auth(format!("Acronis refused the API client ({said})"))
                .advise("Is the url the data centre of this client, and is the secret the client's? It was not tried again."),
            _ => Problem::vendor(format!("Acronis gave no token ({said})")),
        })
    }
}
