//! Files in place of what a vendor's API would send: those that a command names, or `files` of a source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ratebook_plugin::Problem;

use super::plugin_failures::source_failure;
use super::stages::Stages;
use crate::config::Source;
use crate::failure::{Failure, Failures};
use crate::fetch::{NewPayloads, Payloads, head_of};

/// Keeps files as the payloads of a source and month, instead of what it has. The plugin says what format each is
/// in unless `format` does; `how_to_say` is what the operator
/// writes if the plugin does not know.
///
/// # Errors
/// Every file that cannot be read, has no format of the plugin, or holds what another one holds; nothing has changed
/// then.
pub(crate) fn import(
    stages: &Stages<'_>,
    source: &Source,
    files: &[PathBuf],
    format: Option<&str>,
    how_to_say: &str,
) -> Result<Payloads, Failures> {
    let about = |problem: Problem, file: &Path| {
        let failure = Failure::from_problem(problem).of(&source.name, stages.month());
        failure.at(file.display().to_string())
    };
    let plugin = stages.plugin(source)?;
    let says = plugin.about().map_err(|error| source_failure(&error, source, Some(stages.month())))?;
    let formats: Vec<&str> = says.formats.iter().map(|format| format.id.as_str()).collect();
    if let Some(format) = format.filter(|format| !formats.contains(format)) {
        let failure = Failure::usage(format!("{format:?} is not a format of the plugin {}", source.plugin));
        return Err(failure.fix(format!("Its formats are: {}.", formats.join(", "))).into());
    }
    let target = stages.folder.payloads(&source.name);
    let mut new = NewPayloads::begin(&target, &source.plugin, stages.month())
        .map_err(|problem| about(problem, &target))?
        .named_in(stages.folder.names_payloads());
    let mut kept = BTreeMap::new();
    let mut take = |file: &PathBuf| -> Result<(), Failure> {
        let format = match format {
            Some(format) => format.to_owned(),
            None => {
                let head = head_of(file).map_err(|problem| about(problem, file))?;
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                let recognized = plugin
                    .recognize(&name, &head)
                    .map_err(|error| source_failure(&error, source, Some(stages.month())))?;
                recognized.ok_or_else(|| {
                    let what = format!("the plugin {} does not recognize this file", source.plugin);
                    about(Problem::data(what), file)
                        .fix(format!("Say what it is: {how_to_say}, one of {}.", formats.join(", ")))
                })?
            }
        };
        let taken =
            new.import(file, &format, source.http.limits()).map_err(|problem| about(problem, file))?;
        let Some(first) = kept.insert(taken.sha256, file.clone()) else { return Ok(()) };
        let problem = Problem::data(format!("it holds the same bytes as {}", first.display()));
        Err(about(problem.advise("Usage is billed once: leave one of them out."), file))
    };
    let failed: Vec<Failure> = files.iter().filter_map(|file| take(file).err()).collect();
    if !failed.is_empty() {
        return Err(Failures(failed));
    }
    Ok(new.commit().map_err(|problem| about(problem, &target))?)
}
