//! Asks with a token of the API client, renewed when it has expired.
//!
//! As the public script "Sophos API - MSP - Get Billing Report" does it, and other clients: client credentials at
//! `/api/v2/oauth2/token` of the identity service with the scope `token`, then `GET /whoami/v1` of the API, which says
//! by `idType` and `id` which partner it is.

use ratebook_plugin::{Host, Problem, Request, Response, describe};

use crate::config::CLIENT_SECRET;
use crate::payload::{ErrorAnswer, Token, WhoAmI};

/// One run's conversation.
pub(super) struct Session<'s, 'h> {
    url: &'s str,
    id_url: &'s str,
    client_id: &'s str,
    pub(super) host: &'s mut Host<'h>,
    token: Option<String>,
}

impl<'s, 'h> Session<'s, 'h> {
    pub(super) fn new(url: &'s str, id_url: &'s str, client_id: &'s str, host: &'s mut Host<'h>) -> Self {
        Session { url, id_url, client_id, host, token: None }
    }

    /// Sends with a token. A 401 is met with one new token and the same request.
    pub(super) fn send(&mut self, request: &Request) -> Result<Response, Problem> {
        let token = self.token()?;
        let response = self.host.send(request.clone().bearer_token(&token))?;
        if response.status() != 401 {
            return Ok(response);
        }
        self.token = None;
        let token = self.token()?;
        self.host.send(request.clone().bearer_token(&token))
    }

    /// The partner whose API client it is.
    pub(super) fn partner_id(&mut self) -> Result<String, Problem> {
        let request = Request::get(format!("{}/whoami/v1", self.url)).header("Accept", "application/json");
        let response = self.send(&request)?;
        if !response.is_success() {
            return Err(self.refused(&response, "who the API client is"));
        }
        let WhoAmI { id, id_type } = self.host.json(&response)?;
        if id_type != "partner" {
            return Err(Problem::config(
                "client_id",
                format!("these credentials belong to a {id_type}, and billing usage is a partner's"),
            )
            .advise("Make API credentials in Sophos Central Partner, not in a customer's Sophos Central."));
        }
        Ok(id)
    }

    /// What an answer that is no success means.
    pub(super) fn refused(&mut self, response: &Response, what: &str) -> Problem {
        let said = format!("asked {what}, Sophos answered {} {}", response.status(), self.words(response));
        match response.status() {
            401 => Problem::auth(said)
                .advise("A new token was refused too: are the API credentials still valid?"),
            403 => Problem::auth(said).advise("These API credentials may not read billing usage."),
            404 => Problem::config("url", said)
                .advise("That is no answer of the partner API: is the source's url right?"),
            _ => Problem::vendor(said),
        }
    }

    fn words(&mut self, response: &Response) -> String {
        let bytes = match self.host.bytes(response, 64 << 10) {
            Ok(bytes) => bytes,
            Err(problem) => return problem.to_string(),
        };
        match serde_json::from_slice::<ErrorAnswer>(&bytes) {
            Ok(answer) => answer.to_string(),
            Err(_) => describe(&bytes),
        }
    }

    fn token(&mut self) -> Result<String, Problem> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let request = Request::post(format!("{}/api/v2/oauth2/token", self.id_url))
            .form_with_secret(
                &[("grant_type", "client_credentials"), ("client_id", self.client_id), ("scope", "token")],
                "client_secret",
                CLIENT_SECRET,
            )
            .repeatable();
        let response = self.host.send(request)?;
        if !response.is_success() {
            let said = format!("{} {}", response.status(), self.words(&response));
            return Err(match response.status() {
                400 | 401 | 403 => Problem::auth(format!("Sophos refused the API credentials ({said})"))
                    .advise("Is the secret the one of this client_id, and has it not run out?"),
                _ => Problem::vendor(format!("Sophos gave no token ({said})")),
            });
        }
        // What came may hold a token: it is not quoted.
        let Token { access_token } = (self.host.json(&response))
            .map_err(|_| Problem::data("the answer of the token endpoint holds no access_token"))?;
        self.token = Some(access_token.clone());
        Ok(access_token)
    }
}
