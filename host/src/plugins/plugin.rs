//! A plugin that may be used, and the calls to it.

use std::time::Duration;

use ratebook_plugin::call::HostServices;
use ratebook_plugin::{About, Config, Month, Problem};

use super::error::PluginError;
use super::find::Found;
use super::in_process;
use super::limits::Limits;
use super::options::{Confinement, Options};
use super::payload::{MapHost, Plain};
use super::task::{NoHost, Outcome, Task};
use super::worker::Worker;

/// A plugin that may be used. Every call is a process of its own.
#[derive(Clone, Debug)]
pub struct Plugin<'p> {
    found: &'p Found,
    options: Options,
}

impl<'p> Plugin<'p> {
    pub(super) fn new(found: &'p Found, options: Options) -> Plugin<'p> {
        Plugin { found, options }
    }

    /// The same, allowed to be silent for another time and to take so much, in so much of a sandbox.
    #[must_use]
    pub fn within(mut self, silence: Duration, limits: Limits, sandbox: Confinement) -> Self {
        self.options = Options { silence, limits, sandbox, ..self.options };
        self
    }

    /// Its id.
    pub fn id(&self) -> &'p str {
        self.found.id().unwrap_or_default()
    }

    /// The file it comes from, with its digest and manifest.
    pub fn found(&self) -> &'p Found {
        self.found
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// If it fails.
    pub fn about(&self) -> Result<About, PluginError> {
        match self.run(&Task::About, &mut NoHost)? {
            Outcome::About(about) => Ok(about),
            _ => Err(confused(self.id())),
        }
    }

    /// Lets it check a source's configuration.
    ///
    /// # Errors
    /// Its problem with the configuration, or if it fails.
    pub fn check(&self, config: &Config) -> Result<(), PluginError> {
        self.run(&Task::Check { config: config.clone() }, &mut NoHost).map(|_| ())
    }

    /// Which of its formats a file downloaded by hand is in, from its name and its first bytes.
    ///
    /// # Errors
    /// If it fails.
    pub fn recognize(&self, file_name: &str, head: &[u8]) -> Result<Option<String>, PluginError> {
        let task = Task::Recognize { file_name: file_name.to_owned(), head: head.to_vec() };
        match self.run(&task, &mut NoHost)? {
            Outcome::Format(format) => Ok(format),
            _ => Err(confused(self.id())),
        }
    }

    /// Lets it collect a month through `host`.
    ///
    /// # Errors
    /// Its problem, or if it fails.
    pub fn collect(
        &self,
        config: &Config,
        month: Month,
        host: &mut dyn HostServices,
    ) -> Result<(), PluginError> {
        let task = Task::Collect { config: config.clone(), month: month.to_string() };
        self.run(&task, &mut Plain(host)).map(|_| ())
    }

    /// Lets it map one payload: `host` gives the bytes (`Call::Read` of `PAYLOAD_BODY`) and takes the lines.
    ///
    /// If this is not `Ok`, none of the lines may be used. A problem that `host` answers a batch with ends the call
    /// and is what comes back.
    ///
    /// # Errors
    /// Its problem, the host's, or if it fails.
    pub fn map(
        &self,
        config: &Config,
        month: Month,
        format: &str,
        name: &str,
        host: &mut dyn HostServices,
    ) -> Result<(), PluginError> {
        let (month, format, name) = (month.to_string(), format.to_owned(), name.to_owned());
        let task = Task::Map { config: config.clone(), month, format, name, packed: None };
        self.run(&task, &mut Plain(host)).map(|_| ())
    }

    /// A worker with its library; none if it runs in this process.
    pub(super) fn start(&self) -> Result<Option<Worker>, PluginError> {
        if self.options.in_process {
            return Ok(None);
        }
        Worker::start(Some(self.found), self.id(), &self.options).map(Some)
    }

    pub(super) fn run(&self, task: &Task, host: &mut dyn MapHost) -> Result<Outcome, PluginError> {
        if let Some(mut worker) = self.start()? {
            return worker.perform(task, host);
        }
        if self.options.sandbox == Confinement::Require {
            let why = "its source requires the sandbox, and in this process there is none".to_owned();
            return Err(PluginError::Load { id: self.id().to_owned(), why });
        }
        in_process::run(self.found, self.id(), task, host)
    }
}

/// It did something, and not what it was asked.
pub(super) fn confused(id: &str) -> PluginError {
    let problem = Problem::plugin("it answered something that was not asked");
    PluginError::Problem { id: id.to_owned(), problem }
}
