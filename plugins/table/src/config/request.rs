//! What is asked over HTTP: the address, who asks, and how the next page is found.

use std::collections::BTreeMap;

use ratebook_plugin::{Config, Month};
use serde_json::Value;

use super::keys::{Keys, Wrong};

/// What is asked.
#[derive(Debug)]
pub(crate) struct RequestSettings {
    /// Added to the source's url.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) auth: Auth,
    pub(crate) paging: Option<Paging>,
}

/// Who asks. Secrets are named; the host puts them in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    None,
    /// A token of the configuration.
    Bearer {
        secret: String,
    },
    Basic {
        user: String,
        secret: String,
    },
    /// A key in a header of the vendor's own.
    Header {
        header: String,
        prefix: String,
        secret: String,
    },
    /// A key in the query.
    Query {
        name: String,
        secret: String,
    },
    /// OAuth 2.0 client credentials (RFC 6749, 4.4), the client's id and secret in the form.
    ClientCredentials {
        token_url: String,
        client_id: String,
        secret: String,
        fields: Vec<(String, String)>,
    },
}

/// How the next page is found, and how many there may be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) by: PageBy,
    pub(crate) at_most: u64,
}

/// How the next page is found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PageBy {
    /// By a whole address in the answer, at a JSON pointer; absent, null or empty on the last page.
    Next { pointer: String },
    /// By the header `Link: <...>; rel="next"` (RFC 8288).
    LinkHeader,
    /// By a value in the answer that is sent in the query.
    Cursor { pointer: String, query: String },
    /// By a token that is sent in a header. It stands in the answer, at a JSON pointer, or in a header of the answer.
    HeaderToken {
        header: String,
        from: TokenFrom,
        /// Added to the query from the second page on.
        next_query: Vec<(String, String)>,
    },
    /// By a number in the query that rises by `step` (a page's number, or how many records were before it) until a page
    /// is empty, or as many as the answer says have been asked.
    Number { query: String, first: u64, step: u64, total: Option<String> },
}

/// Where an answer has the token of the page after it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenFrom {
    Pointer(String),
    Header(String),
}

/// The words in braces that stand for a part of the month.
const WORDS: [&str; 6] = ["month", "year", "month_number", "first_day", "last_day", "next_first_day"];

/// Puts the month into a text such as `{first_day}`.
pub(crate) fn fill_in(text: &str, month: Month) -> String {
    let first = month.first_day();
    let values = [
        month.to_string(),
        format!("{:04}", first.year()),
        format!("{:02}", first.month()),
        first.to_string(),
        month.last_day().to_string(),
        month.next().first_day().to_string(),
    ];
    let words = WORDS.iter().zip(values);
    words.fold(text.to_owned(), |text, (word, value)| text.replace(&format!("{{{word}}}"), &value))
}

pub(super) fn read(mut keys: Keys, config: &Config, wrong: &mut Wrong) -> RequestSettings {
    let path: String = keys.take("path", wrong).unwrap_or_default();
    if !path.is_empty() && !path.starts_with('/') {
        wrong.add::<()>(keys.path("path"), format_args!("{path:?} does not begin with /"));
    }
    check_words(&keys.path("path"), &path, wrong);
    let settings = RequestSettings {
        path,
        query: texts(&mut keys, "query", wrong),
        headers: texts(&mut keys, "headers", wrong),
        auth: keys.nested("auth", wrong).map_or(Auth::None, |keys| auth(keys, config, wrong)),
        paging: keys.nested("paging", wrong).and_then(|keys| paging(keys, wrong)),
    };
    keys.finish(wrong);
    settings
}

/// Takes a table of texts, in the order of their keys.
fn texts(keys: &mut Keys, key: &'static str, wrong: &mut Wrong) -> Vec<(String, String)> {
    let path = keys.path(key);
    let found: BTreeMap<String, Value> = keys.take(key, wrong).unwrap_or_default();
    let text = |(name, value): (String, Value)| match value {
        Value::String(text) => {
            check_words(&format!("{path}.{name}"), &text, wrong);
            Some((name, text))
        }
        Value::Number(_) | Value::Bool(_) => Some((name, value.to_string())),
        _ => wrong.add(format!("{path}.{name}"), "expected a text"),
    };
    found.into_iter().filter_map(text).collect()
}

fn check_words(path: &str, text: &str, wrong: &mut Wrong) {
    for part in text.split('{').skip(1) {
        let word = part.split_once('}').map_or(part, |(word, _)| word);
        if !WORDS.contains(&word) {
            wrong.choice::<()>(path, word, &WORDS);
        }
    }
}

fn auth(mut keys: Keys, config: &Config, wrong: &mut Wrong) -> Auth {
    let kinds = ["none", "bearer", "basic", "header", "query", "client-credentials"];
    let kind: String = keys.take("kind", wrong).unwrap_or_default();
    if kind == "none" {
        keys.finish(wrong);
        return Auth::None;
    }
    let secret = keys.take("secret", wrong).unwrap_or_else(|| "token".to_owned());
    if !config.secrets.contains(&secret) {
        wrong.add::<()>(
            keys.path("secret"),
            format_args!(
                "the source has no secret {secret}: add {secret} = {{ env = \"...\" }} under [source.{}.secrets]",
                config.source
            ),
        );
    }
    let mut text = |key: &'static str, keys: &mut Keys| {
        let path = keys.path(key);
        keys.take(key, wrong).or_else(|| wrong.add(path, "is missing")).unwrap_or_default()
    };
    let auth = match kind.as_str() {
        "bearer" => Auth::Bearer { secret },
        "basic" => Auth::Basic { user: text("user", &mut keys), secret },
        "header" => {
            let header = text("header", &mut keys);
            let prefix = keys.take("prefix", wrong).unwrap_or_default();
            Auth::Header { header, prefix, secret }
        }
        "query" => Auth::Query { name: text("query", &mut keys), secret },
        "client-credentials" => Auth::ClientCredentials {
            token_url: text("token_url", &mut keys),
            client_id: text("client_id", &mut keys),
            secret,
            fields: texts(&mut keys, "fields", wrong),
        },
        other => wrong.choice(keys.path("kind"), other, &kinds).unwrap_or(Auth::None),
    };
    keys.finish(wrong);
    auth
}

fn paging(mut keys: Keys, wrong: &mut Wrong) -> Option<Paging> {
    let kind: String = keys.take("kind", wrong).unwrap_or_default();
    let at_most = keys.take("at_most", wrong).unwrap_or(1000);
    let pointer = |key: &'static str, keys: &mut Keys, wrong: &mut Wrong| {
        let path = keys.path(key);
        let pointer: String = keys.take(key, wrong).unwrap_or_default();
        if !pointer.starts_with('/') {
            wrong.add::<()>(path, format_args!("{pointer:?} is not a JSON pointer, such as /paging/next"));
        }
        pointer
    };
    let query = |default: &str, keys: &mut Keys, wrong: &mut Wrong| {
        keys.take("query", wrong).unwrap_or_else(|| default.to_owned())
    };
    let by = match kind.as_str() {
        "next" => Some(PageBy::Next { pointer: pointer("pointer", &mut keys, wrong) }),
        "link-header" => Some(PageBy::LinkHeader),
        "cursor" => Some(PageBy::Cursor {
            pointer: pointer("pointer", &mut keys, wrong),
            query: query("cursor", &mut keys, wrong),
        }),
        "header-token" => {
            let header: Option<String> = keys.take("header", wrong);
            let header = header.or_else(|| {
                wrong.add(
                    keys.path("header"),
                    "is missing: which header is the token sent in, such as MS-ContinuationToken?",
                )
            });
            let (at, from): (Option<String>, Option<String>) =
                (keys.take("pointer", wrong), keys.take("from_header", wrong));
            let from = match (at, from) {
                (Some(_), Some(_)) => {
                    let path = keys.path("from_header");
                    wrong.add(
                        path,
                        "the token stands at pointer in the answer, or in a header: take one of them out",
                    )
                }
                (Some(at), None) if !at.starts_with('/') => wrong.add(
                    keys.path("pointer"),
                    format_args!("{at:?} is not a JSON pointer, such as /links/next/headers/0/value"),
                ),
                (Some(at), None) => Some(TokenFrom::Pointer(at)),
                (None, Some(name)) => Some(TokenFrom::Header(name)),
                (None, None) => header.clone().map(TokenFrom::Header),
            };
            let next_query = texts(&mut keys, "next_query", wrong);
            header.zip(from).map(|(header, from)| PageBy::HeaderToken { header, from, next_query })
        }
        "number" => Some(PageBy::Number {
            query: query("page", &mut keys, wrong),
            first: keys.take("first", wrong).unwrap_or(1),
            step: match keys.take("step", wrong) {
                Some(0) => wrong.add(keys.path("step"), "must be at least 1").unwrap_or(1),
                step => step.unwrap_or(1),
            },
            total: keys.take("total", wrong),
        }),
        other => wrong.choice(
            keys.path("kind"),
            other,
            &["next", "link-header", "cursor", "header-token", "number"],
        ),
    };
    keys.finish(wrong);
    by.map(|by| Paging { by, at_most })
}
