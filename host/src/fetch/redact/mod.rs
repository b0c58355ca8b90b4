//! Takes secrets out of texts: whole or in pieces, in every coding in which they travel.
//!
//! A text may have been cut before it came here, by a vendor or a plugin, so a secret is known by all its pieces of eight
//! characters. A text is read as it is and with its escapes taken back.

mod decoded;
mod pieces;

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, TryLockError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ratebook_plugin::Problem;
use serde_json::Value;

use decoded::views;
use pieces::Pieces;

/// What stands in a text where a secret was.
const GONE: &str = "[secret]";
/// How much of a body is searched at once.
const CHUNK: usize = 256 << 10;
/// The most characters that a coding needs for one: `\\\\u0041`.
const WIDEST: usize = 10;

/// Knows every secret value and every token of a run, and replaces them in any text.
#[derive(Default)]
pub(crate) struct Redactor {
    known: Mutex<Known>,
}

/// The redactor of this process: what one source's secrets are must not be in the words of another.
pub(crate) fn redactor() -> &'static Arc<Redactor> {
    static REDACTOR: LazyLock<Arc<Redactor>> = LazyLock::new(Arc::default);
    &REDACTOR
}

#[derive(Default)]
struct Known {
    pieces: Pieces,
    /// What was learned, and whether as a credential, so that nothing is learned twice.
    learned: HashMap<String, bool>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns a credential: it is in no text, and in no payload either.
    pub(crate) fn learn(&self, secret: &str) {
        self.learn_as(secret, true);
    }

    fn learn_as(&self, secret: &str, credential: bool) {
        let mut known = self.known();
        let before = known.learned.get(secret).copied();
        if before.is_none_or(|before| credential && !before) {
            known.learned.insert(secret.to_owned(), credential);
            known.pieces.learn(secret, credential);
        }
    }

    /// Learns what goes by the name of a token. `token` alone may be a page's: that one may stand in a payload until it
    /// is sent as a credential.
    pub(super) fn learn_named(&self, name: &str, value: &str) {
        const TOKENS: [&str; 6] =
            ["accesstoken", "refreshtoken", "idtoken", "authtoken", "xauthtoken", "clientsecret"];
        let name = name.replace(['_', '-'], "").to_ascii_lowercase();
        if name == "token" || TOKENS.contains(&name.as_str()) {
            self.learn_as(value, name != "token");
        }
    }

    /// Learns the tokens in a vendor's answer by the names of its members.
    pub(super) fn learn_tokens(&self, answer: &Value) {
        match answer {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) => self.learn_named(name, text),
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
        self.known().pieces.learn_base64(&both, true);
        format!("Basic {}", STANDARD.encode(both))
    }

    /// The text without secrets.
    #[must_use]
    pub(crate) fn clean(&self, text: &str) -> String {
        let places = self.places(text);
        let mut clean = String::with_capacity(text.len());
        let mut from = 0;
        for (begin, end) in places {
            clean.push_str(&text[from..begin]);
            clean.push_str(GONE);
            from = end;
        }
        clean.push_str(&text[from..]);
        clean
    }

    /// True if there is a secret, or a piece of one, in the text.
    #[must_use]
    pub(crate) fn finds(&self, text: &str) -> bool {
        !self.places(text).is_empty()
    }

    /// The text of a panic without secrets: this thread may have panicked in here, and must not wait for itself.
    #[must_use]
    pub(crate) fn clean_last_words(&self, text: &str) -> String {
        match self.known.try_lock() {
            Ok(_) | Err(TryLockError::Poisoned(_)) => self.clean(text),
            Err(TryLockError::WouldBlock) => "(not shown, for it may hold a secret)".to_owned(),
        }
    }

    /// Where secrets stand in a text, in order and apart from each other.
    fn places(&self, text: &str) -> Vec<(usize, usize)> {
        let known = self.known();
        if known.pieces.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(usize, usize)> = Vec::new();
        for view in views(text.as_bytes(), known.pieces.spaces()) {
            let places = known.pieces.find(&view.bytes).into_iter();
            found.extend(places.map(|(begin, end)| view.place(begin, end)));
        }
        found.sort_unstable();
        let mut apart: Vec<(usize, usize)> = Vec::new();
        for (begin, end) in found {
            let (begin, end) = (text.floor_char_boundary(begin), text.ceil_char_boundary(end));
            match apart.last_mut() {
                Some((_, last)) if begin <= *last => *last = end.max(*last),
                _ => apart.push((begin, end)),
            }
        }
        apart
    }

    /// True if a credential stands in what is read: whole, or so much of it that it is not by chance. `short` asks for
    /// those, too, that are so short that they may stand in a payload by chance.
    pub(super) fn finds_in(&self, mut from: impl Read, short: bool) -> Result<bool, Problem> {
        let longest = self.known().pieces.longest();
        if longest == 0 {
            return Ok(false);
        }
        // The end of what was seen stays: a credential may begin there.
        let overlap = (longest + pieces::PIECE) * WIDEST;
        let (mut seen, mut chunk) = (Vec::new(), vec![0; CHUNK]);
        loop {
            let count = from
                .read(&mut chunk)
                .map_err(|error| Problem::data(format!("the answer's body cannot be read again: {error}")))?;
            seen.extend_from_slice(&chunk[..count]);
            if seen.len() >= CHUNK + overlap || count == 0 {
                let known = self.known();
                if views(&seen, known.pieces.spaces())
                    .iter()
                    .any(|view| known.pieces.holds_credential(&view.bytes, short))
                {
                    return Ok(true);
                }
                drop(known);
                if count == 0 {
                    return Ok(false);
                }
                seen.drain(..seen.len() - overlap);
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

#[cfg(test)]
mod tests;
