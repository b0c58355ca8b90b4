//! Whether files become lines, tried before they are taken in: a wrong file or month is told where it was named.

use ratebook_plugin::call::{Call, HostServices, Reply};
use ratebook_plugin::testing::Bodies;
use ratebook_plugin::{About, Config, Month, Problem, ProblemKind};

use crate::plugins::{Plugin, PluginError};

/// A file with its format, decompressed.
pub(super) struct Tried {
    pub(super) format: String,
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// What is wrong with each file: its place among them and the problem. What a person may decide (records twice), and what is wrong
/// with the plugin itself, is left to the run.
///
/// # Errors
/// If the plugin fails.
pub(super) fn wrong_with(
    plugin: &Plugin<'_>,
    about: &About,
    config: &Config,
    month: Month,
    files: &[Tried],
) -> Result<Vec<(usize, Problem)>, PluginError> {
    let is_reference =
        |file: &Tried| about.formats.iter().any(|format| format.id == file.format && format.reference);
    let mut wrong = Vec::new();
    for (at, file) in files.iter().enumerate().filter(|(_, file)| !is_reference(file)) {
        let others = files.iter().enumerate().filter(|(other, _)| *other != at);
        let bodies = others
            .fold(Bodies::of(&file.bytes), |bodies, (_, other)| bodies.beside(&other.format, &other.bytes));
        match plugin.map(config, month, &file.format, &file.name, &mut Unheard(bodies)) {
            Ok(()) => {}
            Err(error) => match error.problem() {
                Some(problem) if matches!(problem.kind, ProblemKind::Data | ProblemKind::Empty) => {
                    wrong.push((at, problem.clone()));
                }
                Some(_) => {}
                None => return Err(error),
            },
        }
    }
    Ok(wrong)
}

/// A host that lends bodies and keeps nothing.
struct Unheard(Bodies);

impl HostServices for Unheard {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        if let Some(answer) = self.0.answer(&call, bytes) {
            return answer;
        }
        match call {
            Call::Block | Call::Log { .. } => Ok(Reply::Done),
            other => Err(Problem::plugin(format!("map must not ask the host for {other:?}"))),
        }
    }
}
