//! The host as a plugin's `collect` reaches it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ratebook_plugin::call::{Call, HostServices, Reply};
use ratebook_plugin::{Level, Month, Problem};

use super::payloads::Payloads;
use super::redact::Redactor;
use super::secret::SecretRef;
use super::settings::HttpSettings;

/// Where messages go. They hold no secret any more; control characters are the receiver's to escape.
pub(crate) trait Events: Send + Sync {
    /// The operator is told something.
    fn log(&self, level: Level, text: &str);
    /// What is being done changes.
    fn progress(&self, text: &str);
}

/// What a `collect` of one source and month needs.
pub(crate) struct Collect<'a> {
    /// The source's name.
    pub(crate) source: &'a str,
    /// The month.
    pub(crate) month: Month,
    /// The plugin's id.
    pub(crate) plugin: &'a str,
    /// The address of the vendor's API: the config's, else the plugin's default.
    pub(crate) url: Option<&'a str>,
    /// Further hosts that the source may talk to.
    pub(crate) hosts: &'a [String],
    /// How the vendor is asked.
    pub(crate) http: &'a HttpSettings,
    /// Where the secrets are.
    pub(crate) secrets: &'a BTreeMap<String, SecretRef>,
    /// The workspace, where relative paths of secrets and certificates begin.
    pub(crate) workspace: &'a Path,
    /// Where the payloads go: `runs/<month>/payloads/<source>`.
    pub(crate) payloads: &'a Path,
    /// Where the notes are: `runs/<month>/state/<source>.json`.
    pub(crate) notes: &'a Path,
    /// The request log, a file in the run's folder: `log/requests-<source>.jsonl`.
    pub(crate) request_log: &'a Path,
    /// The run's redactor: one for all sources.
    pub(crate) redactor: Arc<Redactor>,
    /// Where messages go.
    pub(crate) events: Arc<dyn Events>,
    /// Set to true from outside to stop.
    pub(crate) cancel: Arc<AtomicBool>,
    /// A multi-threaded runtime, such as [`super::runtime`] makes. The services block the thread they are called
    /// on, so each source has a thread of its own.
    pub(crate) runtime: tokio::runtime::Handle,
}

/// The host as a plugin's `collect` reaches it.
pub(crate) struct CollectServices {
    redactor: Arc<Redactor>,
}

impl CollectServices {
    /// Makes ready: checks addresses and references, opens notes and log. Asks nobody yet.
    ///
    /// # Errors
    /// [`Problem::config`] or a storage problem.
    pub(crate) fn start(collect: Collect<'_>) -> Result<CollectServices, Problem> {
        Ok(CollectServices { redactor: collect.redactor })
    }

    /// After `collect` has ended well: puts the payloads at their place, then takes the notes away.
    ///
    /// # Errors
    /// [`Problem::empty`] if nothing was kept; a storage problem.
    pub(crate) fn finish(self) -> Result<Payloads, Problem> {
        Err(Problem::plugin("not ready"))
    }

    /// A problem, the plugin's own too, without secrets: before anybody sees it.
    #[must_use]
    pub(crate) fn clean(&self, problem: Problem) -> Problem {
        self.redactor.clean_problem(problem)
    }
}

impl HostServices for CollectServices {
    fn call(&mut self, _call: Call, _bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        Err(Problem::plugin("not ready"))
    }
}
