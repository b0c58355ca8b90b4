//! What may stand in a plugin's way, sorted by what the operator can do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::quoted::cut_lines;
use crate::quoted::describe;

/// What stood in a plugin's way: a sentence for the operator, and what kind of trouble it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What kind of trouble; decides the exit code and whether trying later helps.
    pub kind: ProblemKind,
    /// What happened: a lower-case fragment without a full stop, never with a secret in it.
    pub message: String,
    /// What to do about it, if there is one thing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The key of the source's configuration it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// The kinds of [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The source's configuration is not usable.
    Config,
    /// The vendor has no data for the month yet; trying later helps.
    NotYet,
    /// The vendor answered, and there was nothing in it: not the same as no usage.
    Empty,
    /// The vendor could not be reached, or failed.
    Vendor,
    /// The vendor answered with something that must not be billed.
    Data,
    /// What the vendor sent may be right, and a person must say so first.
    Review,
    /// The vendor refused the credentials.
    Auth,
    /// The host stopped the run.
    Stopped,
    /// A bug in the plugin or between plugin and host.
    Plugin,
    /// The host could not keep something: disk, permissions.
    Storage,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Problem {
        Problem { kind, message: cut_lines(message.into()), advice: None, key: None }
    }

    /// The source's configuration is not usable; `key` names the place.
    pub fn config(key: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { key: Some(key.into()), ..Problem::new(ProblemKind::Config, message) }
    }

    /// The vendor has no data for the month yet.
    pub fn not_yet(message: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::NotYet, message)
    }

    /// The vendor answered, and there was nothing in it.
    pub fn empty(message: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Empty, message)
    }

    /// The vendor could not be reached, or failed.
    pub fn vendor(message: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Vendor, message)
    }

    /// The vendor answered with something that must not be billed.
    pub fn data(message: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Data, message)
    }

    /// The same, where something else came than was expected: what it begins with, and why that is not it, such as what
    /// serde says, with line and column.
    #[must_use]
    pub fn unexpected(expected: impl fmt::Display, got: &[u8], why: impl fmt::Display) -> Problem {
        Problem::data(format!("expected {expected}, got {}: {why}", describe(got)))
    }

    /// What the vendor sent may be right, and a person must say so first.
    pub fn review(message: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Review, message)
    }

    /// The vendor refused the credentials.
    pub fn auth(message: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Auth, message)
    }

    /// A bug in the plugin or between plugin and host.
    pub fn plugin(message: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Plugin, message)
    }

    /// The same with advice: what to do, a sentence.
    #[must_use]
    pub fn advise(self, advice: impl Into<String>) -> Problem {
        Problem { advice: Some(advice.into()), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Problem {}
