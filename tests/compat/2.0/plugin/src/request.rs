//! What a plugin asks the host to send.

use serde::{Deserialize, Serialize};

/// A request that the host shall send. Secrets are named, never held.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// `GET`, `POST` ...
    pub method: String,
    /// The whole address; its host must be one the source's config names.
    pub url: String,
    /// Added to the address, escaped.
    #[serde(default)]
    pub query: Vec<(String, String)>,
    /// Headers, without credentials.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// What is sent.
    #[serde(default)]
    pub body: Body,
    /// How it is authorised.
    #[serde(default)]
    pub auth: Auth,
    /// True if sending it twice does no harm, so that the host may try again.
    pub repeatable: bool,
}

/// What a [`Request`] sends.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// The same, with one more field that is a secret.
    FormWithSecret {
        /// The open fields.
        fields: Vec<(String, String)>,
        /// The name of the field that takes the secret.
        field: String,
        /// The name of the secret.
        secret: String,
    },
    /// `application/json`, already written.
    Json(String),
    /// `application/json`: an object of texts, each of them the secret named beside its member.
    JsonOfSecrets(Vec<(String, String)>),
}

/// How a [`Request`] is authorised.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// HTTP Basic with a secret as password.
    Basic {
        /// The user.
        user: String,
        /// The name of the secret.
        secret: String,
    },
    /// A bearer token that is a secret of the source.
    BearerSecret {
        /// The name of the secret.
        secret: String,
    },
    /// A secret in a header of the vendor's own. A host that is older than this does not know it and says so.
    Header {
        /// The header.
        header: String,
        /// What stands before the secret, such as `Token ` (with its space).
        #[serde(default)]
        prefix: String,
        /// The name of the secret.
        secret: String,
    },
    /// A secret in the address's query; the host keeps it out of its request log. A host that is older than this
    /// does not know it and says so.
    Query {
        /// The name of the query's entry.
        name: String,
        /// The name of the secret.
        secret: String,
    },
    /// A bearer token that the vendor has just given out. The host treats it as a secret from then on.
    BearerToken {
        /// The token.
        token: String,
    },
}

impl Request {
    /// A GET request, which may be repeated.
    pub fn get(url: impl Into<String>) -> Request {
        Request::new("GET", url, true)
    }

    /// A POST request, which is sent once unless marked [`Request::repeatable`].
    pub fn post(url: impl Into<String>) -> Request {
        Request::new("POST", url, false)
    }

    fn new(method: &str, url: impl Into<String>, repeatable: bool) -> Request {
        Request {
            method: method.to_owned(),
            url: url.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
            auth: Auth::None,
            repeatable,
        }
    }

    /// Adds `name=value` to the address.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Request {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a header; not for credentials.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sends a form.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Request {
        self.body = Body::Form(owned(fields));
        self
    }

    /// Sends a form with one field, `field`, that takes the secret named `secret`.
    #[must_use]
    pub fn form_with_secret(mut self, fields: &[(&str, &str)], field: &str, secret: &str) -> Request {
        self.body = Body::FormWithSecret {
            fields: owned(fields),
            field: field.to_owned(),
            secret: secret.to_owned(),
        };
        self
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(mut self, value: &serde_json::Value) -> Request {
        self.body = Body::Json(value.to_string());
        self
    }

    /// Sends a JSON object whose members are secrets, given as (member, name of the secret).
    #[must_use]
    pub fn json_of_secrets(mut self, members: &[(&str, &str)]) -> Request {
        self.body = Body::JsonOfSecrets(owned(members));
        self
    }

    /// Authorises with HTTP Basic, the password being the secret named `secret`.
    #[must_use]
    pub fn basic_auth(mut self, user: &str, secret: &str) -> Request {
        self.auth = Auth::Basic { user: user.to_owned(), secret: secret.to_owned() };
        self
    }

    /// Authorises with a bearer token that is the secret named `secret`.
    #[must_use]
    pub fn bearer_secret(mut self, secret: &str) -> Request {
        self.auth = Auth::BearerSecret { secret: secret.to_owned() };
        self
    }

    /// Authorises with a header of the vendor's own that takes `prefix` and the secret named `secret`.
    #[must_use]
    pub fn header_secret(mut self, header: &str, prefix: &str, secret: &str) -> Request {
        self.auth =
            Auth::Header { header: header.to_owned(), prefix: prefix.to_owned(), secret: secret.to_owned() };
        self
    }

    /// Authorises with an entry of the query that takes the secret named `secret`.
    #[must_use]
    pub fn query_secret(mut self, name: &str, secret: &str) -> Request {
        self.auth = Auth::Query { name: name.to_owned(), secret: secret.to_owned() };
        self
    }

    /// Authorises with a bearer token that the vendor has just given out.
    #[must_use]
    pub fn bearer_token(mut self, token: &str) -> Request {
        self.auth = Auth::BearerToken { token: token.to_owned() };
        self
    }

    /// Marks a request as one that may be sent twice without harm.
    #[must_use]
    pub fn repeatable(mut self) -> Request {
        self.repeatable = true;
        self
    }
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
