//! Files in place of what a vendor's API would send: those that a command names, or `files` of a source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ratebook_plugin::{About, Problem};
use tempfile::TempDir;

use super::plugin_failures::source_failure;
use super::recognized::{BY_MAP, recognized_by};
use super::stages::Stages;
use super::trial::{Tried, wrong_with};
use super::unpacked::{Taken, unpacked};
use crate::config::Source;
use crate::disk;
use crate::failure::{Failure, Failures};
use crate::fetch::{NewPayloads, Payloads, head_of, read_plain};
use crate::plugins::Plugin;

/// Files that are tried before they are taken in hold at most so many bytes together, as they lie there.
const TRIED: u64 = 64 << 20;

/// How files are taken in.
pub(crate) struct How<'h> {
    /// Their format, if somebody says it; else the plugin does.
    pub(crate) format: Option<&'h str>,
    /// What the operator writes if the plugin does not know.
    pub(crate) how_to_say: &'h str,
    /// True if they must become lines of the month.
    pub(crate) is_tried: bool,
}

/// Keeps files as the payloads of a source and month, instead of what it has; archives are opened. The plugin says what format
/// each is in unless that is said.
///
/// # Errors
/// Every file that cannot be read, has no format of the plugin, holds what another one holds, or becomes no lines; nothing has
/// changed then.
pub(crate) fn import(
    stages: &Stages<'_>,
    source: &Source,
    files: &[PathBuf],
    how: &How<'_>,
) -> Result<Payloads, Failures> {
    let plugin = stages.plugin(source)?;
    let says = plugin.about().map_err(|error| source_failure(&error, source, Some(stages.month())))?;
    let formats: Vec<&str> = says.formats.iter().map(|format| format.id.as_str()).collect();
    if let Some(format) = how.format.filter(|format| !formats.contains(format)) {
        let failure = Failure::usage(format!("{format:?} is not a format of the plugin {}", source.plugin));
        return Err(failure.fix(format!("Its formats are: {}.", formats.join(", "))).into());
    }
    let about = |problem: Problem, file: &str| {
        Failure::from_problem(problem).of(&source.name, stages.month()).at(file.to_owned())
    };
    let folder = scratch(stages)?;
    let files = opened(files, &folder, source).map_err(|failed| failed.of(&source.name, stages))?;
    let target = stages.folder.payloads(&source.name);
    let at_target = |problem: Problem| about(problem, &target.display().to_string());
    let mut new = NewPayloads::begin(&target, &source.plugin, stages.month())
        .map_err(at_target)?
        .named_in(stages.folder.names_payloads());
    let mut kept = BTreeMap::new();
    let mut take = |file: &Taken| -> Result<String, Failure> {
        let failed = |problem| about(problem, &file.shown);
        let format = match how.format {
            Some(format) => format.to_owned(),
            None => {
                let (name, head) = (name_of(&file.path), head_of(&file.path).map_err(failed)?);
                let recognized = plugin
                    .recognize(&name, &head)
                    .map_err(|error| source_failure(&error, source, Some(stages.month())))?;
                match recognized {
                    Some(format) => format,
                    None => return Err(not_recognized(stages, source, file, &formats, how.how_to_say)),
                }
            }
        };
        let taken = new.import(&file.path, &format, source.http.limits()).map_err(failed)?;
        match kept.insert(taken.sha256, file.shown.clone()) {
            None => Ok(format),
            Some(first) => {
                let problem = Problem::data(format!("it holds the same bytes as {first}"));
                Err(failed(problem.advise("Usage is billed once: leave one of them out.")))
            }
        }
    };
    let (taken, mut failed) = (files.iter().map(&mut take).collect::<Vec<_>>(), Vec::new());
    let mut formats_of = Vec::new();
    for one in taken {
        match one {
            Ok(format) => formats_of.push(format),
            Err(failure) => failed.push(failure),
        }
    }
    if failed.is_empty() && how.is_tried {
        failed = tried(stages, source, (&plugin, &says), &files, &formats_of)?;
    }
    if !failed.is_empty() {
        return Err(Failures(failed));
    }
    Ok(new.commit().map_err(at_target)?)
}

/// The source that each file is of, by what the plugins of the workspace recognize; those of a map must map it.
///
/// # Errors
/// Every file that no source reads, or more than one.
pub(crate) fn sources_of<'w>(
    stages: &Stages<'w>,
    files: &[PathBuf],
) -> Result<BTreeMap<String, (&'w Source, Vec<PathBuf>)>, Failures> {
    let mut found: BTreeMap<String, (&Source, Vec<PathBuf>)> = BTreeMap::new();
    let mut failed = Vec::new();
    for file in files {
        match source_of(stages, file) {
            Ok(source) => {
                found.entry(source.name.clone()).or_insert((source, Vec::new())).1.push(file.clone());
            }
            Err(Failures(failures)) => failed.extend(failures),
        }
    }
    if failed.is_empty() { Ok(found) } else { Err(Failures(failed)) }
}

fn source_of<'w>(stages: &Stages<'w>, file: &Path) -> Result<&'w Source, Failures> {
    let shown = file.display().to_string();
    let failed = |problem| Failure::from_problem(problem).at(shown.clone());
    let folder = scratch(stages)?;
    // What an archive holds is of one source.
    let files = unpacked(file, &folder, TRIED * 4).map_err(failed)?;
    let first = files.first().map_or(file, |taken| taken.path.as_path());
    let (name, head) = (name_of(first), head_of(first).map_err(failed)?);
    let recognized = recognized_by(&stages.plugins, &name, &head);
    let reads = |source: &&&Source| recognized.iter().any(|(plugin, _)| *plugin == source.plugin);
    let mut fitting: Vec<&Source> = stages.sources.iter().filter(reads).copied().collect();
    // Why those with a map do not fit.
    let mut unfit: Vec<(&Source, Failures)> = Vec::new();
    if fitting.is_empty() {
        for source in stages.sources.iter().filter(|source| source.plugin == BY_MAP).copied() {
            match not_mapped(stages, source, &files)? {
                wrong if wrong.is_empty() => fitting.push(source),
                wrong => unfit.push((source, Failures(wrong))),
            }
        }
    }
    let names = |sources: &[&Source]| {
        sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    match (fitting.as_slice(), recognized.first()) {
        ([only], _) => Ok(*only),
        ([], Some((plugin, format))) => {
            let what =
                format!("this looks like what the plugin {plugin} reads ({format}), and no source is of it");
            let mut failure = failed(Problem::data(what));
            failure.notes.extend(notes(&unfit));
            let add = format!("Add it to ratebook.toml: [source.{plugin}] with plugin = \"{plugin}\".");
            Err(failure.fix(add).into())
        }
        // There is no other that it could be of.
        ([], None) if unfit.len() == 1 => Err(unfit.swap_remove(0).1),
        ([], None) => {
            let mut failure = failed(Problem::data("no source of the workspace reads this file"));
            failure.notes.extend(notes(&unfit));
            Err(failure
                .fix("Say which source it is of: --source NAME. `ratebook map suggest FILE` proposes a map.")
                .into())
        }
        (several, _) => {
            let what = format!("several sources read this file: {}", names(several));
            Err(Failure::usage(what).at(shown.clone()).fix("Say which one it is of: --source NAME.").into())
        }
    }
}

/// Why each source does not read a file, shortly.
fn notes(unfit: &[(&Source, Failures)]) -> Vec<String> {
    let note = |(source, Failures(wrong)): &(&Source, Failures)| {
        let first = wrong.first()?.message.lines().next()?;
        Some(format!("{}: {first}", source.name))
    };
    unfit.iter().filter_map(note).collect()
}

/// What is wrong with files, all of an archive or one, that a source with a map does not read.
fn not_mapped(stages: &Stages<'_>, source: &Source, files: &[Taken]) -> Result<Vec<Failure>, Failures> {
    let plugin = stages.plugin(source)?;
    let failed = |error| source_failure(&error, source, Some(stages.month()));
    let says = plugin.about().map_err(failed)?;
    let known: Vec<&str> = says.formats.iter().map(|format| format.id.as_str()).collect();
    let (mut formats, mut wrong) = (Vec::new(), Vec::new());
    for file in files {
        let head = head_of(&file.path).map_err(Failure::from_problem)?;
        match plugin.recognize(&name_of(&file.path), &head).map_err(failed)? {
            Some(format) => formats.push(format),
            None => {
                wrong.push(not_recognized(stages, source, file, &known, "--source NAME --as FORMAT"));
            }
        }
    }
    if wrong.is_empty() { tried(stages, source, (&plugin, &says), files, &formats) } else { Ok(wrong) }
}

/// What is wrong with files that do not become lines of the month.
fn tried(
    stages: &Stages<'_>,
    source: &Source,
    (plugin, says): (&Plugin<'_>, &About),
    files: &[Taken],
    formats: &[String],
) -> Result<Vec<Failure>, Failures> {
    let size = |file: &Taken| std::fs::metadata(&file.path).map_or(u64::MAX, |found| found.len());
    if files.iter().map(size).fold(0, u64::saturating_add) > TRIED {
        // The run finds what is wrong with them.
        return Ok(Vec::new());
    }
    let about = |problem: Problem, file: &Taken| {
        Failure::from_problem(problem).of(&source.name, stages.month()).at(file.shown.clone())
    };
    let mut all = Vec::new();
    for (file, format) in files.iter().zip(formats) {
        let bytes = read_plain(&file.path).map_err(|problem| about(problem, file))?;
        all.push(Tried { format: format.clone(), name: name_of(&file.path), bytes });
    }
    let config = source.plugin_config(says.default_url.as_deref());
    let wrong = wrong_with(plugin, says, &config, stages.month(), &all)
        .map_err(|error| source_failure(&error, source, Some(stages.month())))?;
    let failures = wrong.into_iter().filter_map(|(at, problem)| {
        let (file, tried) = (files.get(at)?, all.get(at)?);
        let mut failure = about(problem, file);
        let others = recognized_by(&stages.plugins, &tried.name, &tried.bytes);
        if let Some((other, format)) = others.iter().find(|(other, _)| *other != source.plugin) {
            failure.notes.push(format!("This looks like what the plugin {other} reads ({format})."));
        }
        Some(failure)
    });
    Ok(failures.collect())
}

/// A file that the plugin of its source does not know; another one may.
fn not_recognized(
    stages: &Stages<'_>,
    source: &Source,
    file: &Taken,
    formats: &[&str],
    how_to_say: &str,
) -> Failure {
    let about = |what: String| {
        Failure::from_problem(Problem::data(what)).of(&source.name, stages.month()).at(file.shown.clone())
    };
    let own = &source.plugin;
    let others = head_of(&file.path).map(|head| recognized_by(&stages.plugins, &name_of(&file.path), &head));
    match others.unwrap_or_default().first() {
        None => about(format!("the plugin {own} does not recognize this file"))
            .fix(format!("Say what it is: {how_to_say}, one of {}.", formats.join(", "))),
        Some((other, format)) => {
            let of_other = stages.workspace.sources.values().find(|source| source.plugin == *other);
            about(format!("this looks like what the plugin {other} reads ({format}), not {own}")).fix(
                match of_other {
                    Some(of_other) => format!("Take it in for its source: --source {}.", of_other.name),
                    None => format!(
                        "Add its source to ratebook.toml: [source.{other}] with plugin = \"{other}\"."
                    ),
                },
            )
        }
    }
}

/// Where archives are unpacked: beside what comes of them, and gone afterwards.
fn scratch(stages: &Stages<'_>) -> Result<TempDir, Failure> {
    let folder = stages.folder.path();
    let made = disk::make_folder(folder).map_err(Failure::from_problem);
    made.and_then(|()| {
        let made = tempfile::Builder::new().prefix(".import-").tempdir_in(folder);
        made.map_err(|error| Failure::from_problem(disk::storage("make a folder in", folder, &error)))
    })
}

/// All files that are meant.
fn opened(files: &[PathBuf], folder: &TempDir, source: &Source) -> Result<Vec<Taken>, Wrong> {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for file in files {
        match unpacked(file, folder, source.http.limits().decoded) {
            Ok(taken) => all.extend(taken),
            Err(problem) => wrong.push((file.display().to_string(), problem)),
        }
    }
    if wrong.is_empty() { Ok(all) } else { Err(Wrong(wrong)) }
}

/// Files that cannot be opened.
struct Wrong(Vec<(String, Problem)>);

impl Wrong {
    fn of(self, source: &str, stages: &Stages<'_>) -> Failures {
        let failure = |(file, problem)| Failure::from_problem(problem).of(source, stages.month()).at(file);
        Failures(self.0.into_iter().map(failure).collect())
    }
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
