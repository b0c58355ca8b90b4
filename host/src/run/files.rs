//! The files of a source that names some: looked for and taken in at each fetch, because asking costs nothing.

use std::path::PathBuf;

use ratebook_plugin::{Level, Problem};

use super::import::{How, import};
use super::stages::Stages;
use crate::config::{FilePatterns, Source};
use crate::failure::{Failure, Failures};
use crate::fetch::{PayloadFile, Payloads};
use crate::terminal::Voice;

impl Stages<'_> {
    /// Takes in the files that are there now, in place of what an earlier fetch has kept. Only if none is there any
    /// more that is used, unless `again` says not to.
    ///
    /// # Errors
    /// [`Problem::not_yet`] if there is no file; every file that cannot be taken in. What was kept stays then.
    pub(super) fn take_files(
        &self,
        source: &Source,
        patterns: &FilePatterns,
        again: bool,
        voice: &Voice,
    ) -> Result<Payloads, Failures> {
        let about = |problem| {
            let failure = Failure::from_problem(problem).of(&source.name, self.month());
            failure.at(source.place("files"))
        };
        let found = patterns
            .find(&self.workspace.root, self.month())
            .map_err(|why| about(Problem::new(ratebook_plugin::ProblemKind::Storage, why)))?;
        let shown = |path: &PathBuf| {
            let path = path.strip_prefix(&self.workspace.root).unwrap_or(path);
            path.display().to_string()
        };
        for other in &found.others {
            voice.log(Level::Note, &format!("{} is not a file and was left out", shown(other)));
        }
        let before = self.found(source).ok().flatten();
        if found.files.is_empty() {
            let looked_for = patterns.of_month(self.month()).join(", ");
            return match before {
                Some(kept) if !again && kept.verify().is_ok() => {
                    voice.log(
                        Level::Warning,
                        &format!("there is no file {looked_for} any more; using what was taken in before"),
                    );
                    Ok(kept)
                }
                _ => {
                    let problem = Problem::not_yet(format!("there is no file {looked_for} yet"));
                    Err(about(problem.advise("Put the month's files there, or look at the path.")).into())
                }
            };
        }
        voice.progress("taking in files");
        let how = How {
            format: source.files_as.as_deref(),
            how_to_say: "files_as = \"FORMAT\" in the source",
            // They are mapped right away.
            is_tried: false,
        };
        let taken = import(self, source, &found.files, &how)?;
        match before {
            Some(before) if before.sha256() != taken.sha256() => {
                let what = differences(before.files(), taken.files());
                voice.log(Level::Note, &format!("not the files that were taken in before: {what}"));
            }
            Some(_) => {}
            None => {
                let names: Vec<String> = found.files.iter().map(shown).collect();
                voice.log(Level::Detail, &format!("took in {}", names.join(", ")));
            }
        }
        Ok(taken)
    }
}

/// What is new, changed and gone, by the files' names.
fn differences(before: &[PayloadFile], now: &[PayloadFile]) -> String {
    let mut told = Vec::new();
    for file in now {
        match before.iter().find(|before| before.file == file.file) {
            None => told.push(format!("{} is new", file.file)),
            Some(before) if before != file => told.push(format!("{} has changed", file.file)),
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|before| now.iter().all(|file| file.file != before.file));
    told.extend(gone.map(|file| format!("{} is gone", file.file)));
    told.join(", ")
}
