//! Recording a month: the lines of its run, and the bills that they lead to, as a test.

use std::fs;
use std::path::Path;

use ratebook_line::JsonLineWriter;
use ratebook_rating::Rulebook;

use super::anonymize::Anonymizer;
use super::check::{Checked, Look, check};
use super::folder::{Recorded, Tests};
use crate::archive;
use crate::config::Workspace;
use crate::disk;
use crate::failure::{Exit, Failure, Failures};
use crate::files::Draft;
use crate::rating::each_line;
use crate::run::{self, MonthFolder};

/// What was recorded.
pub(crate) struct Record {
    /// Where it is.
    pub recorded: Recorded,
    /// Its bills and lines.
    pub checked: Checked,
    /// How many names and ids were replaced, and how many ids stay because the rules name them.
    pub replaced: Option<(u64, u64)>,
}

/// Records the run of a month.
///
/// # Errors
/// If there is no run, if it is recorded already, if its lines cannot be rated: nothing is recorded then.
pub(crate) fn record(
    workspace: &Workspace,
    rulebook: &Rulebook,
    run: &MonthFolder,
    look: Look<'_>,
    anonymize: bool,
    replace: bool,
) -> Result<Record, Failures> {
    let month = run.month;
    if !run.is_begun()? {
        let failure =
            Failure::new(Exit::Data, "E-DATA", format!("{month} was not run: there is nothing to record"));
        return Err(failure.fix(format!("Run it first: ratebook run --month {month}")).into());
    }
    let tests = Tests::of(workspace);
    let _hold = tests.hold_alone(&workspace.root)?;
    let place = tests.month(month);
    if place.folder.exists() && !replace {
        let failure = Failure::new(Exit::Usage, "E-USAGE", format!("{month} is recorded already"));
        return Err(failure
            .at(place.folder.display().to_string())
            .fix("--replace records it anew: its lines, and the bills that are expected.")
            .into());
    }
    // Made beside its place, so that a recorded month is there whole or not at all.
    let part = tests.part(month);
    let made = make(workspace, rulebook, run, &part, look, anonymize);
    let (checked, replaced) = made.inspect_err(|_| {
        // What is wrong was said; what stays behind is taken away next time.
        let _ = disk::remove(&part.folder);
    })?;
    disk::put_folder(&part.folder, &place.folder).map_err(Failure::from_problem)?;
    disk::sync_folder(tests.path()).map_err(Failure::from_problem)?;
    // What was recorded before is where the new one was made.
    disk::remove(&part.folder).map_err(Failure::from_problem)?;
    Ok(Record { recorded: place, checked, replaced })
}

fn make(
    workspace: &Workspace,
    rulebook: &Rulebook,
    run_folder: &MonthFolder,
    part: &Recorded,
    look: Look<'_>,
    anonymize: bool,
) -> Result<(Checked, Option<(u64, u64)>), Failures> {
    let folder = part.lines();
    for folder in [&folder, &part.bills()] {
        fs::create_dir_all(folder).map_err(|error| Failure::storage(folder, "write", &error))?;
    }
    let mut anonymizer = match anonymize {
        true => Some(Anonymizer::new(&workspace.root, rulebook)?),
        false => None,
    };
    for source in workspace.sources.keys() {
        let from = run_folder.lines(source);
        if !from.is_file() {
            let failure =
                Failure::new(Exit::Data, "E-DATA", format!("there are no lines of {source} in the run"));
            let advice = format!("Make the run first: ratebook run --month {}", run_folder.month);
            return Err(failure.of(source, run_folder.month).fix(advice).into());
        }
        let to = folder.join(format!("{source}.jsonl"));
        copy(&from, &to, anonymizer.as_mut())?;
    }
    let mut adjustments = run::adjustments(run_folder)?;
    if !adjustments.is_empty() {
        if let Some(anonymizer) = &mut anonymizer {
            adjustments.iter_mut().for_each(|adjustment| anonymizer.replace_of(adjustment));
        }
        let mut draft = Draft::new(&part.adjustments())?;
        draft.put(&archive::adjustments_text(&adjustments)?)?;
        draft.publish()?;
    }
    let checked = check(part, rulebook, look)?;
    if let Some(anonymizer) = &anonymizer {
        anonymizer.same_bills(workspace, rulebook, run_folder, part, look)?;
    }
    for moved in &checked.moved {
        moved.accept()?;
    }
    Ok((checked, anonymizer.map(|anonymizer| anonymizer.counts())))
}

/// Writes the lines of a run as text.
fn copy(from: &Path, to: &Path, mut anonymizer: Option<&mut Anonymizer<'_>>) -> Result<(), Failure> {
    let mut output = JsonLineWriter::new(Draft::new(to)?);
    each_line(from, |line| {
        let written = match &mut anonymizer {
            None => output.write(line),
            Some(anonymizer) => {
                let mut line = line.clone();
                anonymizer.replace(&mut line);
                output.write(&line)
            }
        };
        written.map_err(|error| Failure::storage(to, "write", &error))
    })?;
    output.into_inner().publish().map(drop)
}
