//! From payloads to billable lines, source by source.

use ratebook_plugin::{Problem, Records, WrongTexts};

use super::contents::{Contents, NewContents, again};
use super::counts::{Counts, nothing_billable};
use super::mapping::MapServices;
use super::plugin_failures::source_failure;
use super::references::References;
use super::stages::Stages;
use super::written::Written;
use crate::config::Source;
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::{PayloadFile, Payloads};
use crate::files::Published;
use crate::plugins::PluginError;
use crate::store::{LinesWriter, SkippedWriter};
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

impl Stages<'_> {
    /// Maps the payloads of every source, which must be here.
    ///
    /// # Errors
    /// For every source that failed; nothing of it is published.
    pub(crate) fn normalize(&self) -> Result<Vec<Normalized>, Failures> {
        let result = self.for_each_source(|source| {
            let payloads = self.archived(source)?;
            let voice = self.terminal.voice(&source.name);
            if let Some(standing) = self.mapped_already(source, &payloads, &voice)? {
                return Ok(standing);
            }
            let normalized = self.normalize_source(source, &payloads, &voice)?;
            self.keep_mapped(source, &normalized, &voice)?;
            Ok(normalized)
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
