//! Takes secrets out of texts.

use std::io::Read;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ratebook_plugin::Problem;
use serde_json::Value;

/// What stands in a text where a secret was.
const GONE: &str = "[secret]";
/// Shorter values are in every second word; nothing is hidden by taking them out.
const SHORTEST: usize = 4;

/// Knows every secret value and every token of a run, and replaces them in any text.
#[derive(Default)]
pub(crate) struct Redactor {
    /// The longest first, so that a secret inside another does not leave the rest of it.
    known: Mutex<Vec<String>>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// Learns a secret, in the forms in which it could turn up: as it is, in a form body, in JSON, in base64.
    pub(crate) fn learn(&self, secret: &str) {
        let mut forms = vec![secret.to_owned()];
        forms.push(form_encoded(secret));
        forms.push(percent_encoded(secret));
        // The quotes around it are not part of it.
        let json = Value::from(secret).to_string();
        forms.push(json[1..json.len() - 1].to_owned());
        forms.push(STANDARD_NO_PAD.encode(secret));
        forms.push(URL_SAFE_NO_PAD.encode(secret));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for form in forms {
            if form.len() >= SHORTEST && !known.contains(&form) {
                known.push(form);
            }
        }
        known.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// Learns the tokens in a vendor's answer by the names of its members.
    pub(super) fn learn_tokens(&self, answer: &Value) {
        const TOKENS: [&str; 5] = ["accesstoken", "refreshtoken", "idtoken", "authtoken", "token"];
        match answer {
            Value::Object(members) => {
                for (name, value) in members {
                    let name = name.replace(['_', '-'], "").to_ascii_lowercase();
                    match value {
                        Value::String(token) if TOKENS.contains(&name.as_str()) => self.learn(token),
                        other => self.learn_tokens(other),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.learn_tokens(value)),
            _ => {}
        }
    }

    /// Learns a secret that is sent as HTTP Basic with a user, and gives the value of that header.
    pub(super) fn basic(&self, user: &str, secret: &str) -> String {
        self.learn(secret);
        let both = format!("{user}:{secret}");
        self.learn(&both);
        format!("Basic {}", STANDARD.encode(both))
    }

    /// The text without secrets.
    #[must_use]
    pub(crate) fn clean(&self, text: &str) -> String {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), GONE) } else { text }
        })
    }

    /// True if there is a secret in the text.
    #[must_use]
    pub(crate) fn finds(&self, text: &str) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().any(|secret| text.contains(secret.as_str()))
    }

    /// True if there is a secret in what is read.
    pub(super) fn finds_in(&self, mut from: impl Read) -> Result<bool, Problem> {
        let longest = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.first().map_or(0, String::len)
        };
        let (mut seen, mut chunk) = (Vec::new(), vec![0; 256 << 10]);
        loop {
            let count = from
                .read(&mut chunk)
                .map_err(|error| Problem::data(format!("the answer's body cannot be read again: {error}")))?;
            if count == 0 {
                return Ok(false);
            }
            // The end of what was seen stays: a secret may begin there.
            seen.drain(..seen.len().saturating_sub(longest));
            seen.extend_from_slice(&chunk[..count]);
            if self.finds(&String::from_utf8_lossy(&seen)) {
                return Ok(true);
            }
        }
    }

    /// The problem without secrets; for problems of a plugin too, before anybody sees them.
    #[must_use]
    pub(crate) fn clean_problem(&self, problem: Problem) -> Problem {
        Problem {
            kind: problem.kind,
            message: self.clean(&problem.message),
            advice: problem.advice.map(|advice| self.clean(&advice)),
            key: problem.key.map(|key| self.clean(&key)),
        }
    }
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn form_encoded(text: &str) -> String {
    reqwest::Url::parse_with_params("http://form/", [("", text)])
        .ok()
        .and_then(|url| url.query().map(|query| query.trim_start_matches('=').to_owned()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_in_every_form_it_travels_in() {
        let redactor = Redactor::default();
        let header = redactor.basic("client-7", "s3cr/t \"key\"");
        for form in [
            "s3cr/t \"key\"".to_owned(),
            header,
            "client_secret=s3cr%2Ft+%22key%22&x=1".to_owned(),
            "?key=s3cr%2Ft%20%22key%22".to_owned(),
            "{\"secret\":\"s3cr/t \\\"key\\\"\"}".to_owned(),
            STANDARD.encode("s3cr/t \"key\""),
        ] {
            assert!(redactor.finds(&form), "{form}");
            let clean = redactor.clean(&form);
            assert!(clean.contains(GONE) && !clean.contains("s3cr"), "{clean}");
        }
        assert_eq!(redactor.clean("nothing here"), "nothing here");
    }

    #[test]
    fn a_secret_inside_a_longer_one_leaves_nothing_of_it() {
        let redactor = Redactor::default();
        redactor.learn("token");
        redactor.learn("token-and-more");
        assert_eq!(redactor.clean("Bearer token-and-more."), "Bearer [secret].");
    }

    #[test]
    fn a_secret_is_found_in_a_long_body_wherever_it_stands() {
        let redactor = Redactor::default();
        redactor.learn("hunter22");
        let body = |at: usize| [vec![b'x'; at], b"hunter22".to_vec(), vec![b'x'; 1000]].concat();
        for at in [0, (256 << 10) - 7, (256 << 10) - 1, 256 << 10, 700_000] {
            assert_eq!(redactor.finds_in(body(at).as_slice()), Ok(true), "{at}");
        }
        assert_eq!(redactor.finds_in(vec![b'x'; 700_000].as_slice()), Ok(false));
    }

    #[test]
    fn a_problem_is_cleaned_in_all_its_parts() {
        let redactor = Redactor::default();
        redactor.learn("hunter22");
        let problem = Problem::config("secrets.hunter22", "got hunter22").advise("Not hunter22.");
        let clean = redactor.clean_problem(problem);
        assert!(!format!("{clean:?}").contains("hunter22"));
    }
}
