//! A finished month compared with its manifest, and made once more from its payloads.

use std::path::Path;

use ratebook_line::Month;
use sha2::{Digest as _, Sha256};

use super::adjust::{Restated, adjust, adjustments_text};
use super::closed::Closed;
use super::finished::{Archive, short};
use super::standing::RuleSet;
use crate::disk::hex;
use crate::failure::{Exit, Failure, Failures};
use crate::files::digest;
use crate::folders::files_below;
use crate::rating::Usage;
use crate::run::{self, Manifest, MonthFolder, Stages};

/// What was compared, and what differs.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// How many files were compared.
    pub files: usize,
    /// How many bytes they have.
    pub bytes: u64,
    /// What differs: file and words.
    pub wrong: Vec<(String, String)>,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

/// Compares every file with the manifest; what the manifest does not name must not be there.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn verify_files(archive: &Archive) -> Result<Findings, Failure> {
    let mut findings = Findings::default();
    for (name, entry) in &archive.manifest.files {
        findings.files += 1;
        findings.bytes += entry.bytes;
        if let Err(why) = archive.check(name, entry) {
            findings.wrong.push((name.clone(), why));
        }
    }
    let folder = &archive.folder;
    let mut there = Vec::new();
    for kept in ["payloads", "contents", "lines", "skipped", "rules"] {
        there.extend(files_below(&folder.path().join(kept))?.iter().map(|path| folder.relative(path)));
    }
    there.extend(run::adjustment_files(folder)?.into_iter().map(|(name, _)| name));
    let stray = there.into_iter().filter(|name| !archive.manifest.files.contains_key(name));
    let mut stray: Vec<_> = stray.map(|name| (name, "the manifest does not name it".to_owned())).collect();
    stray.sort();
    findings.wrong.append(&mut stray);
    if let Some(why) = archive.closed.as_ref().and_then(|closed| chain_broken(archive, closed)) {
        findings.wrong.push(("closed.json".to_owned(), why));
    }
    let accepted = archive.closed.as_ref().and_then(|closed| closed.held.as_ref());
    if let Some(accepted) = accepted.filter(|accepted| accepted.lines != archive.manifest.counts.held) {
        let why = format!(
            "{} held lines were accepted, the month has {}",
            accepted.lines, archive.manifest.counts.held
        );
        findings.wrong.push(("closed.json".to_owned(), why));
    }
    Ok(findings)
}

/// What is wrong with the closed month that this one was closed after.
fn chain_broken(archive: &Archive, closed: &Closed) -> Option<String> {
    let previous = closed.previous.as_ref()?;
    let path = archive.folder.of(previous.month).closed();
    match digest(&path) {
        Ok((sha256, _)) if sha256 == previous.sha256 => None,
        Ok(_) => Some(format!("{} was closed before it, and is not as it was then", previous.month)),
        Err(error) => Some(format!("{} was closed before it: {}: {error}", previous.month, path.display())),
    }
}

/// Makes the month once more in another folder, from its payloads and the rules it was rated with, and compares.
/// `ready` is [`Stages`] for the workspace as it is now.
///
/// # Errors
/// If it cannot be made: a payload that is not what was kept, a plugin that is gone.
pub(crate) fn verify_results(
    archive: &Archive,
    ready: Stages<'_>,
    scratch: &Path,
    findings: &mut Findings,
) -> Result<(), Failures> {
    let kept = &archive.manifest;
    let workspace = archive.workspace_then(ready.workspace);
    let folder = archive.folder.again_in(scratch).in_part(!kept.partial.is_empty());
    let stages = Stages {
        workspace: &workspace,
        sources: workspace.sources.values().collect(),
        folder: folder.clone(),
        plugins: ready.plugins,
        terminal: ready.terminal,
        cancel: ready.cancel,
        part_lines: ready.part_lines,
        // What was looked at then is not looked at again.
        strict: false,
        baseline: None,
        answers: None,
        missing: kept.partial.clone(),
    };
    let (rulebook, rules) = run::load_kept_rules(&archive.folder)?;
    let normalized = stages.normalize()?;
    let rated = stages.rate(&rulebook, &normalized)?;
    stages.finish(&rules, &normalized, &rated)?;
    let again = read_again(&folder)?;
    compare(kept, &again, findings);
    for month in archive.folder.adjusted_months()? {
        adjustments_again(archive, month, &stages, scratch, findings)?;
    }
    Ok(())
}

/// Makes the adjustments of a closed month once more from the lines and by the rules that are kept with them. Those of
/// before rules were kept are compared by their digest alone.
fn adjustments_again(
    archive: &Archive,
    month: Month,
    stages: &Stages<'_>,
    scratch: &Path,
    findings: &mut Findings,
) -> Result<(), Failures> {
    let (into, name) = (&archive.folder, format!("adjustments/{month}/adjustments.jsonl"));
    let restated = into.restated(month);
    let (Some(entry), Some(rules)) = (archive.manifest.files.get(&name), run::deciding_rules(&restated)?)
    else {
        return Ok(());
    };
    let closed = Archive::open(into.of(month))?.filter(|closed| closed.closed.is_some());
    let Some(closed) = closed else {
        findings.wrong.push((name, format!("it puts {month} right, which is not closed")));
        return Ok(());
    };
    let lines = closed.manifest.sources.keys().map(|source| restated.lines(source)).collect();
    let voice = stages.terminal.voice("adjustments");
    let title = format!("rules kept with the adjustments of {month} in {}", into.month);
    let job = Restated {
        closed: &closed,
        lines: Usage::new(month, lines),
        into,
        rules: Some(RuleSet { rules: rules.hold_unpriced(), title }),
        part_lines: stages.part_lines,
        spill: &scratch.join("adjustments"),
        cancel: &stages.cancel,
        voice: &voice,
    };
    let adjusting = adjust(&job, &stages.workspace.root)?;
    let text = adjustments_text(&adjusting.adjustments)?;
    let known = findings.wrong.iter().any(|(known, _)| *known == name);
    if hex(&Sha256::digest(&text)) != entry.sha256 && !known {
        findings.wrong.push((name, "made once more, it comes out differently".to_owned()));
    }
    Ok(())
}

fn read_again(folder: &MonthFolder) -> Result<Manifest, Failure> {
    let read = Manifest::read(folder)?;
    read.map(|(manifest, _)| manifest)
        .ok_or_else(|| Failure::new(Exit::Internal, "E-INTERNAL", "the month was made without a manifest"))
}

fn compare(kept: &Manifest, again: &Manifest, findings: &mut Findings) {
    let mut made_by_others = Vec::new();
    for (name, entry) in &kept.sources {
        let Some(now) = again.sources.get(name) else { continue };
        if now.plugin != entry.plugin {
            made_by_others.push(format!(
                "{name} was mapped by {} {} ({}), now by {} ({})",
                entry.plugin.id,
                entry.plugin.version,
                short(&entry.plugin.sha256),
                now.plugin.version,
                short(&now.plugin.sha256)
            ));
        }
    }
    if kept.engine != again.engine {
        made_by_others.push(format!(
            "it was rated by {} {}, now by {}",
            kept.engine.name, kept.engine.version, again.engine.version
        ));
    }
    let mut differs = |name: &str, why: &str| {
        // A file that is not what was written is told as that already.
        if !findings.wrong.iter().any(|(known, _)| known == name) {
            findings.wrong.push((name.to_owned(), why.to_owned()));
        }
    };
    // What somebody accepted, and what lines were made from, is not made: it is compared by its digest.
    let is_made = |name: &str| name != "accepted.json" && !name.starts_with("state/mapped/");
    for (name, entry) in kept.files.iter().filter(|(name, _)| is_made(name)) {
        match again.files.get(name) {
            Some(made) if made == entry => {}
            Some(_) => differs(name, "made once more, it comes out differently"),
            None => differs(name, "made once more, it does not come out"),
        }
    }
    let same = kept.bills == again.bills && kept.counts == again.counts;
    if !same {
        differs("manifest.json", "made once more, its totals or counts come out differently");
    }
    findings.notes.append(&mut made_by_others);
}
