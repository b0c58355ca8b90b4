//! From payloads to billable lines, source by source.

use std::collections::BTreeMap;
use std::path::Path;

use ratebook_line::{NumberField, TextField};
use ratebook_plugin::{Problem, WrongTexts};
use serde::{Deserialize, Serialize};

use super::contents::{Contents, NewContents, again};
use super::costs::{Costs, add_costs};
use super::mapping::MapServices;
use super::records::Records;
use super::references::References;
use super::written::Written;
use super::{Stages, source_failure};
use crate::config::Source;
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::{PayloadFile, Payloads};
use crate::files::Published;
use crate::plugins::PluginError;
use crate::store::{LinesReader, LinesWriter, SkippedWriter, each_skipped};
use crate::terminal::{SourceWarning, Voice};

/// What became of a source's payloads.
#[derive(Debug)]
pub(crate) struct Normalized {
    /// The source's name.
    pub source: String,
    /// The file of lines.
    pub lines: Published,
    /// The file of skipped records.
    pub skipped: Published,
    /// The files of what its payloads hold.
    pub contents: [Published; 2],
    /// How much there was.
    pub counts: Counts,
    /// The payloads it came from.
    pub payloads: Payloads,
    /// What was warned of meanwhile.
    pub warnings: Vec<SourceWarning>,
}

/// How much there was in a source's payloads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// What the vendor charges for the lines, as far as it says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub costs: Costs,
    /// Billable lines.
    pub lines: u64,
    /// Records of all payloads.
    pub records: u64,
    /// Skipped records by reason.
    pub skipped: BTreeMap<String, u64>,
}

impl Stages<'_> {
    /// Maps the payloads of every source, which must be here.
    ///
    /// # Errors
    /// For every source that failed; nothing of it is published.
    pub(crate) fn normalize(&self) -> Result<Vec<Normalized>, Failures> {
        let result = self.for_each_source(|source| {
            let payloads = self.archived(source)?;
            self.normalize_source(source, &payloads, &self.terminal.voice(&source.name))
        });
        let normalized = result.map_err(|Failures(mut failed)| {
            if let Some(first) = failed.first_mut() {
                first.notes.push("No bill was written.".to_owned());
            }
            Failures(failed)
        })?;
        self.ask_about_twice()?;
        Ok(normalized)
    }

    /// What an earlier [`Stages::normalize`] has published.
    ///
    /// # Errors
    /// If it is not there or cannot be read; if anything of it would be billed twice and nobody has said what it is.
    pub(crate) fn normalized(&self) -> Result<Vec<Normalized>, Failures> {
        self.usage()?;
        let normalized = self.for_each_source(|source| {
            let lines = Published::standing(self.folder.lines(&source.name))?;
            let skipped = Published::standing(self.folder.skipped(&source.name))?;
            Ok(Normalized {
                source: source.name.clone(),
                counts: Counts::of_files(&lines.path, &skipped.path)
                    .map_err(|failure| failure.note("No bill was written."))?,
                contents: self.contents_of(source, &lines)?,
                lines,
                skipped,
                payloads: self.archived(source)?,
                warnings: Vec::new(),
            })
        })?;
        self.ask_about_twice()?;
        Ok(normalized)
    }

    /// The files of what a source's payloads hold, which must be about these lines.
    fn contents_of(&self, source: &Source, lines: &Published) -> Result<[Published; 2], Failure> {
        let folder = &self.folder;
        let contents = Contents::read(folder, &source.name)?;
        if contents.is_none_or(|contents| contents.lines != lines.sha256) {
            let what = "what its payloads hold was not kept with these lines, so nobody knows whether anything is in them twice";
            let failure = Failure::new(Exit::Data, "E-DATA", what).of(&source.name, folder.month);
            return Err(failure.note("No bill was written.").fix(again(folder)));
        }
        let files = [folder.contents(&source.name), folder.fingerprints(&source.name)];
        let [contents, fingerprints] = files.map(Published::standing);
        Ok([contents?, fingerprints?])
    }

    fn normalize_source(
        &self,
        source: &Source,
        payloads: &Payloads,
        voice: &Voice,
    ) -> Result<Normalized, Failures> {
        let folder = &self.folder;
        let mut lines = LinesWriter::new(&folder.lines(&source.name))?;
        let mut skipped = SkippedWriter::new(&folder.skipped(&source.name))?;
        let mut contents = NewContents::new(folder, &source.name, &source.plugin)?;
        let mut counts = Counts::default();
        let plugin = self.plugin(source)?;
        let failed = |error: &PluginError| source_failure(error, source, Some(folder.month));
        let about = plugin.about().map_err(|error| failed(&error))?;
        let config = source.plugin_config(about.default_url.as_deref());
        let looked_up = |file: &PayloadFile| {
            about.formats.iter().any(|format| format.reference && format.id == file.format)
        };
        for file in payloads.files().iter().filter(|file| !looked_up(file)) {
            voice.progress(&format!("mapping {}", file.file));
            let place = format!("payloads/{}/{}", source.name, file.file);
            let refused =
                |problem| Failure::from_problem(problem).of(&source.name, folder.month).at(place.clone());
            let references = References::beside(file, payloads, source.http.limits());
            let mut services = MapServices {
                payload: payloads.read(file, source.http.limits()).map_err(refused)?,
                references,
                vendor: &about.id,
                month: folder.month,
                contents: &mut contents,
                written: Written {
                    source,
                    file,
                    lines: &mut lines,
                    skipped: &mut skipped,
                    counts: &mut counts,
                    read: 0,
                    bytes: 0,
                },
                records: Records::default(),
                wrong_texts: WrongTexts::default(),
                voice,
            };
            plugin.map(&config, folder.month, &file.format, &file.name, &mut services).map_err(|error| {
                let failure = failed(&error);
                if failure.place.is_some() { failure } else { failure.at(place.clone()) }
            })?;
            let records = services.finish().map_err(refused)?;
            counts.records += records;
        }
        if counts.lines == 0 && !source.expect_empty {
            let problem = Problem::empty(nothing_billable(&counts));
            return Err(Failure::from_problem(problem)
                .of(&source.name, folder.month)
                .note("A month without usage is more often a mistake than true.")
                .fix(format!("If it is right, set expect_empty = true under [source.{}].", source.name))
                .into());
        }
        let warnings = self.not_warned(source, voice)?;
        let (lines, skipped) = (folder.publish(lines.finish()?)?, folder.publish(skipped.finish()?)?);
        Ok(Normalized {
            source: source.name.clone(),
            contents: contents.publish(folder, &source.name, &lines)?,
            lines,
            skipped,
            counts,
            payloads: payloads.clone(),
            warnings,
        })
    }
}

impl Counts {
    /// Counts what an earlier run has written.
    fn of_files(lines: &Path, skipped: &Path) -> Result<Counts, Failure> {
        let mut counts = Counts::default();
        let lines = LinesReader::open(lines)?;
        for block in 0..lines.blocks() {
            let block = lines.block_of(block, &[TextField::Currency], &[NumberField::TotalCost])?;
            counts.lines += block.rows() as u64;
            add_costs(&mut counts.costs, &block).map_err(|(_, error)| {
                Failure::new(Exit::Data, "E-DATA", format!("the sum of the vendor's costs: {error}"))
            })?;
        }
        let mut reasons = BTreeMap::new();
        each_skipped(skipped, |skipped| {
            match reasons.get_mut(skipped.reason) {
                Some(count) => *count += 1,
                None => _ = reasons.insert(skipped.reason.to_owned(), 1),
            }
            Ok(())
        })?;
        counts.records = counts.lines + reasons.values().sum::<u64>();
        counts.skipped = reasons;
        Ok(counts)
    }
}

fn nothing_billable(counts: &Counts) -> String {
    if counts.records == 0 {
        return "the payload holds no records".to_owned();
    }
    let reasons: Vec<String> =
        counts.skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    format!("all {} records were skipped ({})", counts.records, reasons.join(", "))
}
