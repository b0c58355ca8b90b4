//! What the API answers, in its words: as little as is needed, in whatever place it stands.
//!
//! Source: Acronis account management API (POST /reports, GET /reports/{id}, GET /reports/{id}/stored,
//! GET /tenants/{id}/reports, GET /clients/{id}) and its identity provider (POST /idp/token).

use ratebook_plugin::describe;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// `POST /idp/token`.
#[derive(Deserialize)]
pub(crate) struct Token {
    pub(crate) access_token: String,
    /// UNIX seconds at which it expires: a time, not a duration.
    #[serde(default, deserialize_with = "whole")]
    pub(crate) expires_on: Option<i64>,
    /// Seconds; only third parties' models of the answer have it.
    #[serde(default, deserialize_with = "whole")]
    pub(crate) expires_in: Option<i64>,
}

/// A whole number, also as a text; anything else is as good as absent.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    })
}

/// `GET /clients/{client_id}`.
#[derive(Debug, Deserialize)]
pub(crate) struct Client {
    /// The root tenant of the API client.
    pub(crate) tenant_id: Option<String>,
}

/// A report: the answer of `POST /reports` and `GET /reports/{id}`, an item of `GET /tenants/{id}/reports`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) parameters: Option<Parameters>,
    /// At the top in the specification, inside the period in one published example: accepted there, needed nowhere.
    #[serde(default)]
    pub(crate) generation_date: Option<String>,
}

/// `parameters` of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parameters {
    #[serde(default)]
    pub(crate) tenant_id: Option<String>,
    #[serde(default)]
    pub(crate) level: Option<String>,
    #[serde(default)]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) formats: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) period: Option<Period>,
    #[serde(default)]
    pub(crate) show_skus: Option<bool>,
    #[serde(default)]
    pub(crate) hide_zero_usage: Option<bool>,
}

/// First and last day, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Period {
    pub(crate) start: String,
    pub(crate) end: String,
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// `GET /tenants/{id}/reports`: what else the answer holds, such as paging, is not published.
#[derive(Debug, Deserialize)]
pub(crate) struct Reports {
    pub(crate) items: Vec<Value>,
}

/// `GET /reports/{id}/stored`.
#[derive(Debug, Deserialize)]
pub(crate) struct StoredList {
    pub(crate) items: Vec<Stored>,
}

/// One format of a report; without `id` and `size` until it is saved.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Stored {
    /// The specification's list of values lacks `json_v2_0`, which is returned all the same.
    #[serde(default)]
    pub(crate) report_format: String,
    /// `in_progress`, `saved`, `failed`; `faild` in one published example.
    #[serde(default)]
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// Bytes as they are sent, compressed.
    #[serde(default, deserialize_with = "whole")]
    pub(crate) size: Option<i64>,
}

/// The vendor's own words in an error's body, of whichever shape: `error` as a text with `error_description` (identity
/// provider), `error` as an object (account management; its code is a text or a number), or flat (price list).
pub(crate) fn words(body: &[u8]) -> String {
    let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(body) else { return describe(body) };
    let text = |from: &serde_json::Map<String, Value>, name: &str| match from.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let (code, message, more) = match members.get("error") {
        Some(Value::Object(error)) => {
            let details = error.get("details").and_then(Value::as_object);
            (text(error, "code"), text(error, "message"), details.and_then(|details| text(details, "info")))
        }
        Some(Value::String(error)) => (Some(error.clone()), text(&members, "error_description"), None),
        _ => (text(&members, "code"), text(&members, "message"), text(&members, "reason")),
    };
    let said: Vec<String> =
        [message, more, code.map(|code| format!("code {code}"))].into_iter().flatten().collect();
    if said.is_empty() { describe(body) } else { format!("\"{}\"", said.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn error_bodies_of_all_shapes_give_the_vendors_words() {
        for (body, said) in [
            (
                r#"{"error":"invalid_client","error_description":"Bad secret"}"#,
                "\"Bad secret, code invalid_client\"",
            ),
            (r#"{"error":"invalid_client"}"#, "\"code invalid_client\""),
            (
                r#"{"error":{"code":1002,"domain":null,"message":"Access denied","details":{"info":"scope"}}}"#,
                "\"Access denied, scope, code 1002\"",
            ),
            (
                r#"{"error":{"code":"not_ready","message":"Later","details":{"info":null}}}"#,
                "\"Later, code not_ready\"",
            ),
            (r#"{"domain":"pl","code":"E1","reason":"r","message":"No list"}"#, "\"No list, r, code E1\""),
            ("<html>", "an HTML page (a sign-in or error page?)"),
            ("", "an empty body"),
            ("{}", "\"{}\""),
        ] {
            assert_eq!(words(body.as_bytes()), said);
        }
    }
}
