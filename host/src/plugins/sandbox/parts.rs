//! What of the sandbox is in force on a machine, part by part.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What of the sandbox is in force on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sandbox {
    /// Its parts, each of which holds or not.
    pub parts: Vec<Part>,
}

/// One part of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// What it is called: `seccomp`.
    pub name: String,
    /// True if it holds.
    pub in_force: bool,
    /// Which version of it holds, or why it does not: a lower-case fragment.
    pub detail: Option<String>,
}

impl Part {
    #[cfg(target_os = "linux")]
    pub(super) fn holds(name: &str, detail: Option<String>) -> Part {
        Part { name: name.to_owned(), in_force: true, detail }
    }

    pub(super) fn lacks(name: &str, why: impl Into<String>) -> Part {
        Part { name: name.to_owned(), in_force: false, detail: Some(why.into()) }
    }
}

impl Sandbox {
    /// What is not in force, and why; `None` if all is.
    pub fn missing(&self) -> Option<String> {
        let missing: Vec<String> =
            self.parts.iter().filter(|part| !part.in_force).map(ToString::to_string).collect();
        (!missing.is_empty()).then(|| missing.join(", "))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.detail.iter().try_for_each(|detail| write!(f, " ({detail})"))
    }
}

impl fmt::Display for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held: Vec<String> =
            self.parts.iter().filter(|part| part.in_force).map(ToString::to_string).collect();
        f.write_str(if held.is_empty() { "none".to_owned() } else { held.join(", ") }.as_str())?;
        self.missing().iter().try_for_each(|missing| write!(f, "; not in force: {missing}"))
    }
}
