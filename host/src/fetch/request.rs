//! A plugin's request, made ready: address checked, secrets put in.

use ratebook_plugin::{Auth, Body, Problem, Request};
use reqwest::Method;
use reqwest::Url;
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::address::AllowedHosts;
use super::redact::Redactor;
use super::secrets::Secrets;

/// Headers that belong to the host: credentials, what HTTP itself needs, and what asks for a part.
const OURS: [&str; 16] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "if-range",
    "keep-alive",
    "proxy-authorization",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// A request as it is sent. It holds secrets, so it cannot be shown.
pub(super) struct Prepared {
    pub(super) method: Method,
    pub(super) url: Url,
    /// The query without the secret that may stand in the address's.
    pub(super) open_query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// True if sending it twice does no harm.
    pub(super) repeatable: bool,
}

impl Prepared {
    /// The request for people: method, host and path.
    pub(super) fn named(&self) -> String {
        format!("{} {}{}", self.method, super::address::named(&self.url), self.url.path())
    }
}

/// Makes requests ready.
pub(super) struct Preparing<'a> {
    pub(super) hosts: &'a AllowedHosts,
    pub(super) secrets: &'a mut Secrets,
    pub(super) redactor: &'a Redactor,
    /// What the operator should know.
    pub(super) warnings: &'a mut Vec<String>,
}

impl Preparing<'_> {
    pub(super) fn prepare(&mut self, request: &Request) -> Result<Prepared, Problem> {
        let broken = |what: &str| Problem::plugin(format!("the plugin's request is broken: {what}"));
        let mut url = self.hosts.check(&request.url)?;
        url.set_fragment(None);
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| broken("its method"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| broken("the name of a header"))?;
            if OURS.contains(&name.as_str()) {
                return Err(broken(&format!(
                    "it sets the header {name}, which is the host's; credentials are named in auth"
                )));
            }
            self.redactor.learn_named(name.as_str(), value);
            let value = HeaderValue::from_str(value).map_err(|_| broken("the value of a header"))?;
            headers.append(name, value);
        }
        let (body, kind) = self.body(&request.body)?;
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if let Some((name, authorization)) = self.authorization(&request.auth)? {
            let mut value = HeaderValue::from_str(&authorization)
                .map_err(|_| Problem::config("secrets", "a secret cannot be sent in a header"))?;
            value.set_sensitive(true);
            if headers.insert(&name, value).is_some() {
                return Err(broken(&format!("it sets the header {name} beside the secret that goes there")));
            }
        }
        let mut open_query = url.query().map(str::to_owned);
        if let Auth::Query { name, secret } = &request.auth {
            if request.query.iter().any(|(other, _)| other == name) {
                return Err(broken(&format!(
                    "it sets {name} in the query beside the secret that goes there"
                )));
            }
            let secret = self.secret(secret)?;
            open_query = Some(put_into_query(&mut url, name, secret.expose_secret()));
        }
        let repeatable = request.repeatable || method == Method::GET || method == Method::HEAD;
        Ok(Prepared { method, url, open_query, headers, body, repeatable })
    }

    fn secret(&mut self, name: &str) -> Result<SecretString, Problem> {
        let (secret, warning) = self.secrets.get(name)?;
        self.warnings.extend(warning);
        Ok(secret)
    }

    /// The header that authorises, and its value.
    fn authorization(&mut self, auth: &Auth) -> Result<Option<(HeaderName, String)>, Problem> {
        let value = match auth {
            Auth::None | Auth::Query { .. } => return Ok(None),
            Auth::Basic { user, secret } => {
                let secret = self.secret(secret)?;
                self.redactor.basic(user, secret.expose_secret())
            }
            Auth::BearerSecret { secret } => format!("Bearer {}", self.secret(secret)?.expose_secret()),
            Auth::BearerToken { token } => {
                self.redactor.learn(token);
                format!("Bearer {token}")
            }
            Auth::Header { header, prefix, secret } => {
                let name = HeaderName::from_bytes(header.as_bytes()).ok();
                let name = name.filter(|name| *name == AUTHORIZATION || !OURS.contains(&name.as_str()));
                let Some(name) = name else {
                    let what = format!("no secret can be sent in a header {header:?}");
                    return Err(Problem::plugin(format!("the plugin's request is broken: {what}")));
                };
                return Ok(Some((name, format!("{prefix}{}", self.secret(secret)?.expose_secret()))));
            }
        };
        Ok(Some((AUTHORIZATION, value)))
    }

    fn body(&mut self, body: &Body) -> Result<(Vec<u8>, Option<&'static str>), Problem> {
        const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
        const JSON: Option<&str> = Some("application/json");
        Ok(match body {
            Body::None => (Vec::new(), None),
            Body::Form(fields) => {
                fields.iter().for_each(|(name, value)| self.redactor.learn_named(name, value));
                (form(fields, None), FORM)
            }
            Body::FormWithSecret { fields, field, secret } => {
                let secret = self.secret(secret)?;
                (form(fields, Some((field, secret.expose_secret()))), FORM)
            }
            Body::Json(text) => {
                if let Ok(value) = serde_json::from_str(text) {
                    self.redactor.learn_tokens(&value);
                }
                (text.clone().into_bytes(), JSON)
            }
            Body::JsonOfSecrets(members) => {
                let mut object = serde_json::Map::new();
                for (member, secret) in members {
                    let secret = self.secret(secret)?;
                    object.insert(member.clone(), secret.expose_secret().into());
                }
                (serde_json::Value::Object(object).to_string().into_bytes(), JSON)
            }
        })
    }
}

/// Puts a secret into the query, once: an address that the vendor gave for the next page may hold its name already.
/// Gives the query with the secret left out.
fn put_into_query(url: &mut Url, name: &str, secret: &str) -> String {
    let others = url.query_pairs().filter(|(other, _)| other != name);
    let others: Vec<(String, String)> =
        others.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    url.query_pairs_mut().clear().extend_pairs(&others).append_pair(name, "");
    let open = url.query().unwrap_or_default().to_owned();
    url.query_pairs_mut().clear().extend_pairs(&others).append_pair(name, secret);
    open
}

/// A form as the query of an address that nobody asks: the encoding is the same.
fn form(fields: &[(String, String)], last: Option<(&str, &str)>) -> Vec<u8> {
    let Ok(mut url) = Url::parse("http://form/") else { return Vec::new() };
    url.query_pairs_mut().extend_pairs(fields).extend_pairs(last);
    url.query().unwrap_or_default().as_bytes().to_vec()
}
