//! A month of a workspace, ready to be worked on: what every stage has at hand.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ratebook_line::Month;

use super::bounds::Baseline;
use super::facts::{self, LineFacts};
use super::month::MonthFolder;
use super::plugin_failures::plugin_failure;
use crate::config::{Source, Workspace};
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::{Payloads, redactor};
use crate::plugins::{Plugin, PluginError, Plugins};
use crate::terminal::{SourceWarning, Terminal, Voice};
use crate::threads::{self, Work};

/// A month of a workspace, ready to be worked on.
pub(crate) struct Stages<'w> {
    /// The workspace.
    pub workspace: &'w Workspace,
    /// Which sources, by name.
    pub sources: Vec<&'w Source>,
    /// Where the month's files are.
    pub folder: MonthFolder,
    /// The plugins there are.
    pub plugins: Plugins,
    /// Where to speak.
    pub terminal: Arc<Terminal>,
    /// Set to true to stop soon.
    pub cancel: Arc<AtomicBool>,
    /// How many lines are rated at once; see [`crate::rating::PART_LINES`].
    pub part_lines: u64,
    /// True if what there is to warn of stops the month before it is published.
    pub strict: bool,
    /// What the month is compared with before it is published, if there is anything.
    pub baseline: Option<Baseline>,
    /// The months in which somebody may have said what payloads are that hold the same; none if nobody is asked, because the
    /// month is only made once more, to be compared.
    pub answers: Option<Vec<MonthFolder>>,
    /// The sources whose usage is missing, because that was allowed.
    pub missing: Vec<String>,
}

impl Stages<'_> {
    /// Does `work` for every source at the same time.
    ///
    /// # Errors
    /// The failures of all that failed, by source; the others' work stays.
    pub(super) fn for_each_source<T: Send>(
        &self,
        work: impl Fn(&Source) -> Result<T, Failures> + Sync,
    ) -> Result<Vec<T>, Failures> {
        let results: Vec<Result<T, Failures>> = std::thread::scope(|scope| {
            let work = &work;
            let sources = self.sources.iter();
            let started: Vec<_> = sources.map(|source| threads::start(scope, move || work(source))).collect();
            started.into_iter().map(Work::join).collect()
        });
        let mut done = Vec::new();
        let mut failed = Vec::new();
        for result in results {
            match result {
                Ok(value) => done.push(value),
                // A plugin's last words, too, and what mapping says after the same run has fetched.
                Err(Failures(failures)) => failed.extend(
                    failures.into_iter().map(|failure| failure.with_texts(|text| redactor().clean(text))),
                ),
            }
        }
        if failed.is_empty() { Ok(done) } else { Err(Failures(failed)) }
    }

    /// What a source was warned of, unless that ends the command.
    ///
    /// # Errors
    /// Each warning, if the command is told to be strict.
    pub(super) fn not_warned(&self, source: &Source, voice: &Voice) -> Result<Vec<SourceWarning>, Failures> {
        let warnings = voice.warned();
        if !self.strict || warnings.is_empty() {
            return Ok(warnings);
        }
        let failure = |warning: &SourceWarning| {
            let code = warning.code.unwrap_or("W-SOURCE");
            Failure::new(Exit::Review, code, warning.message.as_str()).of(&source.name, self.month())
        };
        let mut failures: Vec<Failure> = warnings.iter().map(failure).collect();
        if let Some(last) = failures.last_mut() {
            last.notes.push("--strict takes no warning.".to_owned());
        }
        Err(Failures(failures))
    }

    /// The plugin of a source, held to what the source allows it.
    pub(super) fn plugin(&self, source: &Source) -> Result<Plugin<'_>, Failure> {
        let plugin = self.plugins.get(&source.plugin).map_err(|error| {
            let failure = plugin_failure(&error);
            match &error {
                PluginError::NotFound { .. } => source.placed(failure, "plugin"),
                _ => failure,
            }
        })?;
        if let Some(warning) = self.plugins.warning() {
            self.terminal.warn(None, &warning);
        }
        Ok(plugin.within(source.plugin_timeout, source.limits, source.sandbox))
    }

    /// Who and what some lines are about.
    pub(crate) fn facts(&self, lines: impl Iterator<Item = u64>) -> LineFacts {
        LineFacts::look_up(&self.line_files(), lines, facts::subject)
    }

    /// Where some lines stand in the archive.
    pub(crate) fn origins(&self, lines: impl Iterator<Item = u64>) -> LineFacts {
        // A listing that cannot be read names no files; the digests are in the lines.
        let kept = self.sources.iter().filter_map(|source| {
            let kept = Payloads::find(&self.folder.payloads(&source.name)).ok()??;
            Some((source.name.as_str(), kept))
        });
        let kept: BTreeMap<&str, Payloads> = kept.collect();
        let file = |source: &str, payload: &str| {
            let mut files = kept.get(source)?.files().iter();
            files.find(|file| file.sha256 == payload).map(|file| file.file.as_str())
        };
        LineFacts::look_up(&self.line_files(), lines, |line| facts::origin(line, file))
    }

    /// The files of lines, in the order in which their lines are counted.
    pub(super) fn line_files(&self) -> Vec<PathBuf> {
        self.sources.iter().map(|source| self.folder.lines(&source.name)).collect()
    }

    /// The month.
    pub(super) fn month(&self) -> Month {
        self.folder.month
    }
}
