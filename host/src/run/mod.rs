//! A month, stage by stage: fetch, normalize, rate, and the manifest that names what came of it.
//!
//! Every stage reads files and writes files, so each can be run alone. Sources are worked on at the same time, a
//! thread each; what is written does not depend on which is done first.

mod adjustments;
mod alike;
mod bounds;
mod contents;
mod costs;
mod decided;
mod facts;
mod fetch;
mod files;
mod finish;
mod import;
mod laid;
mod manifest;
mod mapping;
mod month;
mod normalize;
mod overlaps;
mod rate;
mod records;
mod references;
mod rows;
mod rules;
mod totals;
mod twice;
mod written;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ratebook_line::Month;
use ratebook_rating::Warning;

pub(crate) use adjustments::{adjustment_files, read as adjustments};
pub(crate) use bounds::{Accepted, Baseline};
pub(crate) use decided::{DecidedBy, deciding_rules};
pub(crate) use facts::LineFacts;
pub(crate) use fetch::From;
pub(crate) use import::import;
pub(crate) use laid::lay_down;
pub(crate) use manifest::{FileEntry, Manifest};
pub(crate) use month::{BillTables, MonthFolder, MonthLock};
pub(crate) use normalize::{Counts, Normalized};
pub(crate) use rate::no_lines;
pub(crate) use rows::{HeldLines, HeldWhy, Rows};
pub(crate) use rules::{RuleTexts, load_kept_rules, load_rules, load_rules_file, rules_failures};
pub(crate) use totals::Totals;

use crate::config::{Source, Workspace};
use crate::export::Bills;
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::redactor;
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
    fn for_each_source<T: Send>(
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
    fn not_warned(&self, source: &Source, voice: &Voice) -> Result<Vec<SourceWarning>, Failures> {
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

    fn plugin(&self, source: &Source) -> Result<Plugin<'_>, Failure> {
        let plugin = self.plugins.get(&source.plugin).map_err(|error| {
            let failure = plugin_failure(&error);
            match &error {
                PluginError::NotFound { .. } => failure.at(source.place("plugin")),
                _ => failure,
            }
        })?;
        if let Some(warning) = self.plugins.warning() {
            self.terminal.warn(None, &warning);
        }
        Ok(plugin.within(source.plugin_timeout, source.limits, source.sandbox))
    }

    /// The bills of the month, as they are at their places.
    pub(crate) fn bills<'b>(&'b self, rows: &Rows<'_>, tables: &'b BillTables) -> Bills<'b> {
        Bills { month: self.month(), tables, counts: rows.counts, partial: &self.missing }
    }

    /// Who and what some lines are about.
    pub(crate) fn facts(&self, lines: impl Iterator<Item = u64>) -> LineFacts {
        LineFacts::look_up(&self.line_files(), lines, facts::subject)
    }

    /// Where some lines stand in the archive.
    pub(crate) fn origins(&self, lines: impl Iterator<Item = u64>) -> LineFacts {
        LineFacts::look_up(&self.line_files(), lines, facts::origin)
    }

    /// The files of lines, in the order in which their lines are counted.
    fn line_files(&self) -> Vec<PathBuf> {
        self.sources.iter().map(|source| self.folder.lines(&source.name)).collect()
    }

    fn month(&self) -> Month {
        self.folder.month
    }
}

/// What is to be warned of, with the line of usage it is about.
pub(crate) fn warning_text(warning: &Warning) -> String {
    let line = warning.line.map(|line| format!("line {line}: ")).unwrap_or_default();
    line + &warning.message
}

/// What is to be warned of, as what ends a command that is told to be strict.
pub(crate) fn refused_warnings(exit: Exit, warnings: &[Warning]) -> Failures {
    let failure = |warning: &Warning| {
        let failure = Failure::new(exit, warning.code, warning_text(warning));
        Failure { rules: warning.rules.clone(), ..failure }
    };
    Failures(warnings.iter().map(failure).collect())
}

/// What a plugin error is to whoever ran the command.
pub(crate) fn plugin_failure(error: &PluginError) -> Failure {
    if let PluginError::Problem { problem, .. } = error {
        return Failure::from_problem(problem.clone());
    }
    let (exit, code) = match error {
        PluginError::Cancelled { .. } => (Exit::Vendor, "E-STOPPED"),
        PluginError::NotFound { .. } => (Exit::Plugin, "E-NO-PLUGIN"),
        // It is this machine that has no process for it.
        PluginError::Start { .. } => (Exit::Storage, "E-STORAGE"),
        _ => (Exit::Plugin, "E-PLUGIN"),
    };
    let mut failure = Failure::new(exit, code, error.to_string());
    if let Some(said) = error.said() {
        failure = failure.note(format!("Its last words: {said}"));
    }
    Failure { fix: error.fix(), ..failure }
}

/// The same for a source: a complaint about a key points at where the key stands.
pub(crate) fn source_failure(error: &PluginError, source: &Source, month: Option<Month>) -> Failure {
    let failure = plugin_failure(error);
    let failure = Failure { source: Some(source.name.clone()), month, ..failure };
    match error.problem().and_then(|problem| problem.key.as_deref()) {
        Some(key) => failure.at(source.place(key)),
        None => failure,
    }
}
