//! The first stage: payloads, from the vendors or from recordings.

use std::collections::BTreeSet;
use std::sync::Arc;

use ratebook_plugin::{Level, Problem};

use super::plugin_failures::source_failure;
use super::stages::Stages;
use crate::config::Source;
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::{Collect, CollectServices, Events, Payloads, redactor, runtime};
use crate::terminal::Voice;

/// Where payloads come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// From `recordings/<month>/`, else what an earlier fetch has kept. No network.
    Recordings,
    /// From the vendors, but for what an earlier fetch has kept whole.
    Vendor,
    /// From the vendors, whatever is here.
    VendorAgain,
}

impl From {
    /// From the vendors; `again` even for what is here.
    pub(crate) fn vendor(again: bool) -> From {
        if again { From::VendorAgain } else { From::Vendor }
    }
}

/// A source's payloads, kept and whole.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// The source's name.
    pub name: String,
    /// Its payloads.
    pub payloads: Payloads,
}

impl Stages<'_> {
    /// Sees to it that the payloads of every source are here.
    ///
    /// # Errors
    /// For every source that failed; what the others sent is kept.
    pub(crate) fn fetch(&self, from: From) -> Result<Vec<Fetched>, Failures> {
        let runtime = runtime().map_err(Failure::from_problem)?;
        let result = self.for_each_source(|source| {
            // A source without its plugin is told as that, whatever payloads there are.
            self.plugin(source)?;
            let voice = Arc::new(self.terminal.voice(&source.name));
            let payloads = match (from, &source.files) {
                (From::Recordings, _) => self.recorded(source, &voice)?,
                (_, Some(patterns)) => {
                    self.take_files(source, patterns, from == From::VendorAgain, &voice)?
                }
                (From::Vendor, None) => match self.kept(source, &voice)? {
                    Some(kept) => kept,
                    None => self.collect(source, &voice, runtime.handle())?,
                },
                (From::VendorAgain, None) => self.collect(source, &voice, runtime.handle())?,
            };
            self.not_warned(source, &voice)?;
            Ok(Fetched { name: source.name.clone(), payloads })
        });
        result.map_err(|Failures(mut failed)| {
            let named: BTreeSet<Option<&String>> =
                failed.iter().map(|failed| failed.source.as_ref()).collect();
            let whole = self.sources.len().saturating_sub(named.len());
            if let Some(first) = failed.first_mut() {
                first.notes.push(match whole {
                    0 => "No bill was written.".to_owned(),
                    1 => "No bill was written. What the other source sent is kept.".to_owned(),
                    count => format!("No bill was written. What the other {count} sources sent is kept."),
                });
            }
            Failures(failed)
        })
    }

    /// Goes on without the sources whose vendors failed, if others are left.
    ///
    /// # Errors
    /// The failures themselves, if one of them is no vendor's, or none is left.
    pub(crate) fn leave_out(&mut self, failures: Failures) -> Result<Failures, Failures> {
        let of_vendor = |failure: &Failure| matches!(failure.exit, Exit::Vendor | Exit::Auth | Exit::Data);
        let mut missing: Vec<String> =
            failures.0.iter().filter_map(|failure| failure.source.clone()).collect();
        missing.sort();
        missing.dedup();
        let whole = failures.0.iter().all(|failure| of_vendor(failure) && failure.source.is_some());
        if !whole || missing.len() >= self.sources.len() || failures.0.iter().any(|f| f.code == "E-STOPPED") {
            return Err(failures);
        }
        self.sources.retain(|source| !missing.contains(&source.name));
        self.folder = self.folder.clone().in_part(true);
        self.missing = missing;
        Ok(failures)
    }

    /// The payloads that are already here, of every source.
    ///
    /// # Errors
    /// If a source has none, or they are damaged.
    pub(super) fn archived(&self, source: &Source) -> Result<Payloads, Failure> {
        let about = |problem| Failure::from_problem(problem).of(&source.name, self.month());
        match self.found(source)? {
            Some(payloads) => Ok(payloads),
            None => Err(about(Problem::data("there are no payloads of this month yet"))
                .fix(format!("Fetch them first: ratebook fetch --month {}", self.month()))),
        }
    }

    pub(super) fn found(&self, source: &Source) -> Result<Option<Payloads>, Failure> {
        let about = |problem| Failure::from_problem(problem).of(&source.name, self.month());
        let found = Payloads::find(&self.folder.payloads(&source.name)).map_err(about)?;
        found.map(|payloads| self.belongs(source, payloads)).transpose()
    }

    /// What an earlier fetch has kept, unless the month was not over then.
    fn kept(&self, source: &Source, voice: &Voice) -> Result<Option<Payloads>, Failure> {
        let Some(payloads) = self.found(source)? else { return Ok(None) };
        if payloads.kept_on().is_none_or(|day| day <= self.month().last_day()) {
            voice.log(Level::Note, "what is here was fetched before the month was over; asking again");
            return Ok(None);
        }
        payloads.verify().map_err(|problem| {
            let failure = Failure::from_problem(problem).of(&source.name, self.month());
            failure.fix(format!("Ask the vendor again: ratebook fetch --month {} --refetch", self.month()))
        })?;
        voice.log(Level::Note, "using the payloads that are already here (--refetch asks the vendor again)");
        Ok(Some(payloads))
    }

    fn recorded(&self, source: &Source, voice: &Voice) -> Result<Payloads, Failures> {
        let about = |problem| Failure::from_problem(problem).of(&source.name, self.month());
        let recordings = self.folder.recordings(&source.name);
        if let Some(recorded) = Payloads::find(&recordings).map_err(about)? {
            let recorded = self.belongs(source, recorded)?;
            let target = self.folder.payloads(&source.name);
            return match Payloads::find(&target) {
                // The same list names the same bytes; they are compared again as they are read.
                Ok(Some(here)) if here.sha256() == recorded.sha256() => {
                    here.came_again().map_err(about)?;
                    Ok(here)
                }
                _ => Ok(recorded.copy_to(&target, self.folder.names_payloads()).map_err(about)?),
            };
        }
        if let Some(patterns) = &source.files {
            return self.take_files(source, patterns, false, voice);
        }
        if let Some(kept) = self.found(source)? {
            voice.log(Level::Note, "no recording of this month; using the payloads that are already here");
            return Ok(kept);
        }
        let problem = Problem::data(format!(
            "there is neither a recording in {} nor a payload of an earlier fetch",
            recordings.display()
        ));
        Err(about(problem).fix("Leave out --offline to ask the vendor.").into())
    }

    /// Payloads of another month or plugin are in the wrong folder.
    fn belongs(&self, source: &Source, payloads: Payloads) -> Result<Payloads, Failure> {
        let wrong = if payloads.month() != self.month() {
            format!("the payloads are of {}, not of {}", payloads.month(), self.month())
        } else if payloads.plugin() != source.plugin {
            format!("the payloads are of the plugin {}, not of {}", payloads.plugin(), source.plugin)
        } else {
            return Ok(payloads);
        };
        let failure = Failure::from_problem(Problem::data(wrong)).of(&source.name, self.month());
        Err(failure.at(payloads.folder().display().to_string()))
    }

    fn collect(
        &self,
        source: &Source,
        voice: &Arc<Voice>,
        runtime: &tokio::runtime::Handle,
    ) -> Result<Payloads, Failure> {
        let plugin = self.plugin(source)?;
        let failed = |error| source_failure(&error, source, Some(self.month()));
        let about = plugin.about().map_err(failed)?;
        let config = source.plugin_config(about.default_url.as_deref());
        let state = self.folder.path().join("state").join(format!("{}.json", source.name));
        let log = self.folder.path().join("log").join(format!("requests-{}.jsonl", source.name));
        let of_source = |problem: Problem| {
            let place = problem.key.as_deref().map(|key| source.place(key));
            let failure = Failure::from_problem(problem).of(&source.name, self.month());
            Failure { place, ..failure }
        };
        let mut services = CollectServices::start(Collect {
            source: &source.name,
            month: self.month(),
            plugin: &source.plugin,
            formats: about.formats.iter().map(|format| format.id.clone()).collect(),
            url: config.url.as_deref(),
            hosts: &source.hosts,
            http: &source.http,
            secrets: &source.secrets,
            workspace: &self.workspace.root,
            payloads: &self.folder.payloads(&source.name),
            named_in: self.folder.names_payloads(),
            notes: &state,
            request_log: &log,
            redactor: Arc::clone(redactor()),
            events: Arc::clone(voice) as Arc<dyn Events>,
            cancel: Arc::clone(&self.cancel),
            runtime: runtime.clone(),
        })
        .map_err(of_source)?;
        voice.progress("fetching");
        match plugin.collect(&config, self.month(), &mut services) {
            Ok(()) => services.finish().map_err(of_source),
            Err(error) => Err(match error.problem() {
                Some(problem) => of_source(services.clean(problem.clone())),
                None => failed(error),
            }),
        }
    }
}

impl Events for Voice {
    fn log(&self, level: Level, text: &str) {
        Voice::log(self, level, text);
    }

    fn progress(&self, text: &str) {
        Voice::progress(self, text);
    }
}
