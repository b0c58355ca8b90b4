//! One check of a plugin: what it must do, and whether it does.

use ratebook_plugin::{Problem, ProblemKind};
use serde::Serialize;

use crate::plugins::PluginError;

/// One thing that a plugin must do, and whether it does.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// What: `an empty payload is refused`.
    pub name: String,
    /// Whether it does.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Whether a plugin does what it must.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "verdict", content = "why")]
pub(crate) enum Verdict {
    /// It does.
    Passed,
    /// It does not: what it does instead.
    Failed(String),
    /// It could not be tried: why.
    Skipped(String),
}

pub(super) fn check(name: impl Into<String>, verdict: Verdict) -> Check {
    Check { name: name.into(), verdict }
}

pub(super) fn passed_if(good: bool, otherwise: &str) -> Verdict {
    if good { Verdict::Passed } else { Verdict::Failed(otherwise.to_owned()) }
}

/// A refusal must be one of these kinds; a crash is none.
pub(super) fn refused_as(error: &PluginError, kinds: &[ProblemKind]) -> Verdict {
    match error.problem() {
        Some(problem) if kinds.contains(&problem.kind) => Verdict::Passed,
        Some(problem) => {
            Verdict::Failed(format!("refused, but as {:?}: {}", problem.kind, first_line(problem)))
        }
        None => Verdict::Failed(error.to_string()),
    }
}

pub(super) fn is_configuration(error: &PluginError) -> bool {
    error.problem().is_some_and(|problem| problem.kind == ProblemKind::Config)
}

pub(super) fn needs_configuration(error: &PluginError) -> Verdict {
    let why = error.to_string();
    let why = why.lines().next().unwrap_or_default();
    Verdict::Skipped(format!("it needs a configuration (--source NAME): {why}"))
}

pub(super) fn first_line(problem: &Problem) -> String {
    problem.to_string().lines().next().unwrap_or_default().to_owned()
}
