//! Files downloaded by hand, kept as if the vendor's API had sent them.

use std::path::{Path, PathBuf};

use ratebook_plugin::Problem;

use super::{Stages, source_failure};
use crate::config::Source;
use crate::failure::{Failure, Failures};
use crate::fetch::{NewPayloads, Payloads, head_of};

/// Keeps files as the payloads of a source and month, instead of what it has. The plugin says what format each is
/// in unless `format` does.
///
/// # Errors
/// If a file cannot be read, or its format is not one of the plugin's; nothing has changed then.
pub(crate) fn import(
    stages: &Stages<'_>,
    source: &Source,
    files: &[PathBuf],
    format: Option<&str>,
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
        .map_err(|problem| about(problem, &target))?;
    for file in files {
        let recognized = match format {
            Some(format) => format.to_owned(),
            None => {
                let head = head_of(file).map_err(|problem| about(problem, file))?;
                let name =
                    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let recognized = plugin
                    .recognize(&name, &head)
                    .map_err(|error| source_failure(&error, source, Some(stages.month())))?;
                recognized.ok_or_else(|| {
                    let problem =
                        Problem::data(format!("the plugin {} does not recognize this file", source.plugin));
                    about(problem, file)
                        .fix(format!("Say what it is: --as FORMAT, one of {}.", formats.join(", ")))
                })?
            }
        };
        new.import(file, &recognized, source.http.limits()).map_err(|problem| about(problem, file))?;
    }
    Ok(new.commit().map_err(|problem| about(problem, &target))?)
}
