//! What a plugin's error is to whoever ran the command.

use ratebook_line::Month;

use crate::config::{Source, nearest, suggestion};
use crate::failure::{Exit, Failure};
use crate::plugins::PluginError;

/// What a plugin error is to whoever ran the command.
pub(crate) fn plugin_failure(error: &PluginError) -> Failure {
    if let PluginError::Problem { problem, .. } = error {
        let failure = Failure::from_problem(problem.clone());
        // What serde says of a plugin's own settings: "unknown field `mesure`, expected one of ...".
        let fix = failure.fix.clone().or_else(|| suggestion(&problem.message));
        return Failure { fix, ..failure };
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
    let near = match error {
        PluginError::NotFound { id, known } => nearest(id, known.iter().map(String::as_str)),
        _ => None,
    };
    let fix = near.map(|near| format!("Did you mean `{near}`?")).or_else(|| error.fix());
    Failure { fix, ..failure }
}

/// The same for a source: a complaint about a key points at where the key stands.
pub(crate) fn source_failure(error: &PluginError, source: &Source, month: Option<Month>) -> Failure {
    let failure = plugin_failure(error);
    let failure = Failure { source: Some(source.name.clone()), month, ..failure };
    match error.problem().and_then(|problem| problem.key.as_deref()) {
        Some(key) => source.placed(failure, key),
        None => failure,
    }
}
