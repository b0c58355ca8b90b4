//! What a plugin's error is to whoever ran the command.

use ratebook_line::Month;

use crate::config::Source;
use crate::failure::{Exit, Failure};
use crate::plugins::PluginError;

/// What a plugin error is to whoever ran the command.
pub(crate) fn plugin_failure(error: &PluginError) -> Failure {
    if let PluginError::Problem { problem, .. } = error {
        return Failure::from_problem(problem.clone());
    }
    let (exit, code) = match error {
        PluginError::Cancelled { .. } => (Exit::Vendor, "E-STOPPED"),
        PluginError::NotFound { .. } => (Exit::Plugin, "E-NO-PLUGIN"),
        // It is this machine that has no process for it.
        PluginError::Start { .. } => (Exit::Storage, "E-STORAGE"),
        _ => (Exit::Plugin, "E-PLUGIN"),
    };
    let mut failure = Failure::new(exit, code, error.to_string());
    if let Some(said) = error.said() {
        failure = failure.note(format!("Its last words: {said}"));
    }
    Failure { fix: error.fix(), ..failure }
}

/// The same for a source: a complaint about a key points at where the key stands.
pub(crate) fn source_failure(error: &PluginError, source: &Source, month: Option<Month>) -> Failure {
    let failure = plugin_failure(error);
    let failure = Failure { source: Some(source.name.clone()), month, ..failure };
    match error.problem().and_then(|problem| problem.key.as_deref()) {
        Some(key) => failure.at(source.place(key)),
        None => failure,
    }
}
