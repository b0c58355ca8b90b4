//! What the lines of a source were made from, kept beside them: where nothing of it has changed, nothing is mapped again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ratebook_plugin::call::FORMAT_DRIFT;
use serde::{Deserialize, Serialize};

use super::counts::Counts;
use super::manifest::{Engine, FileEntry, PluginEntry};
use super::month::MonthFolder;
use super::normalize::Normalized;
use super::stages::Stages;
use crate::config::{KeptSettings, Source};
use crate::failure::{Failure, Failures};
use crate::fetch::Payloads;
use crate::files::{Published, read_if_there, write_file};
use crate::seal::{Sealed, sealed, unsealed};
use crate::store::FORMAT;
use crate::terminal::{Said, Voice};

/// `state/mapped/<source>.json`. The fields stand in the order in which they are written: sorted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Mapped {
    counts: Counts,
    /// The files that were made, by their paths in the month's folder.
    files: BTreeMap<String, FileEntry>,
    from: MappedFrom,
    /// What there was to say of the payloads, which is said again.
    said: Vec<Said>,
    seal: String,
}

/// All that a source's lines depend on.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MappedFrom {
    engine: Engine,
    /// SHA-256 of the list of the payloads, which has theirs.
    payloads: String,
    plugin: PluginEntry,
    settings: KeptSettings,
    /// The version of the tables' format.
    tables: u32,
}

impl Sealed for Mapped {
    fn seal(&mut self) -> &mut String {
        &mut self.seal
    }
}

impl Normalized {
    /// The files that mapping made.
    fn files(&self) -> [&Published; 4] {
        let [contents, fingerprints] = &self.contents;
        [&self.lines, &self.skipped, contents, fingerprints]
    }
}

impl Stages<'_> {
    /// What mapping the payloads would make, if that is here already and whole, and what there was to say of it.
    ///
    /// # Errors
    /// The warnings there were, if the command is told to be strict.
    pub(super) fn mapped_already(
        &self,
        source: &Source,
        payloads: &Payloads,
        voice: &Voice,
    ) -> Result<Option<Normalized>, Failures> {
        let Some(mapped) = self.standing(source, payloads)? else { return Ok(None) };
        let Some([lines, skipped, contents, fingerprints]) =
            standing_files(&self.folder, source, &mapped.files)
        else {
            return Ok(None);
        };
        voice.progress("nothing has changed: its lines stand");
        for Said { level, code, text } in &mapped.said {
            match code.as_deref() {
                Some(FORMAT_DRIFT) => voice.warn(Some(FORMAT_DRIFT), text),
                _ => voice.log(*level, text),
            }
        }
        let warnings = self.not_warned(source, voice)?;
        Ok(Some(Normalized {
            source: source.name.clone(),
            lines,
            skipped,
            contents: [contents, fingerprints],
            counts: mapped.counts,
            payloads: payloads.clone(),
            warnings,
        }))
    }

    /// What was kept of the last time, if it was made from the same, and the payloads are what they were.
    fn standing(&self, source: &Source, payloads: &Payloads) -> Result<Option<Mapped>, Failure> {
        // Whatever is wrong with it, mapping is the answer.
        let Ok(Some(bytes)) = read_if_there(&self.folder.mapped(&source.name)) else { return Ok(None) };
        let Ok(mapped) = unsealed::<Mapped>(&bytes) else { return Ok(None) };
        let is_same = mapped.from == self.mapped_from(source, payloads)? && payloads.verify().is_ok();
        Ok(is_same.then_some(mapped))
    }

    fn mapped_from(&self, source: &Source, payloads: &Payloads) -> Result<MappedFrom, Failure> {
        let (_, _, listed) = payloads.listing();
        Ok(MappedFrom {
            engine: Engine::this(),
            payloads: listed.to_owned(),
            plugin: PluginEntry::of(source, self.plugin(source)?.found()),
            settings: source.kept_settings(),
            tables: FORMAT,
        })
    }

    /// Keeps what the lines were made from.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn keep_mapped(
        &self,
        source: &Source,
        normalized: &Normalized,
        voice: &Voice,
    ) -> Result<(), Failure> {
        // What would not be said again must be found again.
        let Some(said) = voice.all_said() else { return Ok(()) };
        let files = normalized.files();
        let mapped = Mapped {
            counts: normalized.counts.clone(),
            files: files.map(|file| (self.folder.relative(&file.path), FileEntry::of(file))).into(),
            from: self.mapped_from(source, &normalized.payloads)?,
            said,
            seal: String::new(),
        };
        write_file(&self.folder.mapped(&source.name), sealed(&mapped)?.as_bytes()).map(drop)
    }
}

/// The files of a source's lines, if they are as they were made.
fn standing_files(
    folder: &MonthFolder,
    source: &Source,
    made: &BTreeMap<String, FileEntry>,
) -> Option<[Published; 4]> {
    let standing = |path: PathBuf| {
        let entry = made.get(&folder.relative(&path))?;
        let found = Published::standing(path).ok()?;
        (FileEntry::of(&found) == *entry).then_some(found)
    };
    let name = &source.name;
    let [lines, skipped] = [standing(folder.lines(name))?, standing(folder.skipped(name))?];
    Some([lines, skipped, standing(folder.contents(name))?, standing(folder.fingerprints(name))?])
}
