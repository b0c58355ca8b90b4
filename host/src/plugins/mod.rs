//! Plugins: where their libraries are, whether they may be used, and calls to them.
//!
//! Finding reads files and runs none of them: a plugin says who it is in a plain-text section of its file. What may
//! be opened is decided by where it stands and by `plugins.lock`. A call starts the plugin in a process of its own
//! (the same binary as `ratebook plugin-worker`), which loads the library, does one task and ends; everything the
//! plugin asks of the host comes over a pipe. `in_process` does the same without the process, for debugging.
//!
//! This room does not know what the host does for plugins: whoever calls one hands in the
//! [`HostServices`].

mod allowed;
mod child;
mod error;
mod find;
mod frames;
mod in_process;
mod inspect;
mod limits;
mod load;
mod lock;
mod lock_file;
#[cfg(target_os = "linux")]
mod needed;
mod process;
mod sandbox;
mod task;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratebook_plugin::call::HostServices;
use ratebook_plugin::{About, Config, Month, Problem};
use serde::{Deserialize, Serialize};

use allowed::Allowed;
use task::{NoHost, Outcome, Task};

pub(crate) use child::worker_main;
pub(crate) use error::{End, PluginError};
pub(crate) use find::{Found, Place, Places, Trust};
pub(crate) use limits::{LEAST_MEMORY, Limit, Limits};
pub(crate) use process::Process;
pub(crate) use sandbox::Sandbox;

/// The hidden subcommand that makes a process a worker.
pub(crate) const WORKER_COMMAND: &str = "plugin-worker";

/// How plugins are run.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Load libraries into this process: no time-outs, and a crash of a plugin is a crash of ratebook.
    pub(crate) in_process: bool,
    /// How long a plugin may be silent while ratebook waits for it. Time that the host needs does not count.
    pub(crate) silence: Duration,
    /// How much one call may take. In this process only the host's own checks of lines hold.
    pub(crate) limits: Limits,
    /// How much of the sandbox must be in force.
    pub(crate) sandbox: Confinement,
    /// Set to true to stop every call soon.
    pub(crate) cancel: Arc<AtomicBool>,
    /// The binary to start as a worker; `None` for this one.
    pub(crate) worker: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            in_process: false,
            silence: Duration::from_secs(120),
            limits: Limits::default(),
            sandbox: Confinement::Try,
            cancel: Arc::default(),
            worker: None,
        }
    }
}

/// How much of the sandbox must be in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Confinement {
    /// As much as the system has; the command warns of what it has not.
    #[default]
    Try,
    /// All of it, or the plugin does not run.
    Require,
}

/// The plugins that were found.
#[derive(Clone, Debug)]
pub(crate) struct Plugins {
    found: Vec<Found>,
    options: Options,
    /// Set once somebody was told what does not contain them.
    told: Arc<AtomicBool>,
}

impl Plugins {
    /// Looks for plugins, without running any of them.
    ///
    /// # Errors
    /// [`PluginError::Lock`] if plugins.lock is not usable. A file that is not usable is no error: see
    /// [`Plugins::list`].
    pub(crate) fn find(places: &Places, options: Options) -> Result<Plugins, PluginError> {
        Ok(Plugins { found: find::find(places)?, options, told: Arc::default() })
    }

    /// One file that its author tries: plugins.lock need not name it.
    pub(crate) fn of_file(file: &Path, options: Options) -> Plugins {
        Plugins { found: vec![find::of_author(file)], options, told: Arc::default() }
    }

    /// The plugin of [`Plugins::of_file`].
    ///
    /// # Errors
    /// If it could not be loaded here.
    pub(crate) fn only(&self) -> Result<Plugin<'_>, PluginError> {
        match self.found.first().and_then(Found::unusable) {
            Some(error) => Err(error),
            None => self.get(self.found.first().and_then(Found::id).unwrap_or_default()),
        }
    }

    /// Every file that was found, in the order of the places, usable or not.
    pub(crate) fn list(&self) -> &[Found] {
        &self.found
    }

    /// The plugin of this id. Two files with the same bytes are one.
    ///
    /// # Errors
    /// If there is none, none that may be used, or more than one.
    pub(crate) fn get(&self, id: &str) -> Result<Plugin<'_>, PluginError> {
        let of_id = || self.found.iter().filter(|found| found.id() == Some(id));
        let mut fitting = of_id().filter(|found| found.fits);
        if let Some(first) = fitting.next()
            && let Some(second) = fitting.find(|second| second.sha256 != first.sha256)
        {
            let (first, second) = (first.path.clone(), second.path.clone());
            return Err(PluginError::Twice { id: id.to_owned(), first, second });
        }
        if let Some(found) = of_id().find(|found| found.is_usable()) {
            return Ok(Plugin { found, options: self.options.clone() });
        }
        let not_found = || PluginError::NotFound { id: id.to_owned(), known: self.usable() };
        Err(of_id().find_map(Found::unusable).unwrap_or_else(not_found))
    }

    /// What of the sandbox is in force here: a worker without a plugin finds out.
    ///
    /// # Errors
    /// If no worker can be started, or it cannot be confined.
    pub(crate) fn sandbox(&self) -> Result<Sandbox, PluginError> {
        let id = "without a name";
        match worker::run(None, id, &self.options, &mut NoHost)? {
            Outcome::Sandbox(sandbox) => Ok(sandbox),
            _ => Err(confused(id)),
        }
    }

    /// What does not contain plugins here, the first time it is asked; `None` if nothing is missing.
    pub(crate) fn warning(&self) -> Option<String> {
        if self.told.swap(true, Ordering::Relaxed) {
            return None;
        }
        if self.options.in_process {
            return Some(
                "plugins run in this process, so nothing contains them: no sandbox, no limits".to_owned(),
            );
        }
        let lowered = Allowed::here().lowered(self.options.limits).map(|lowered| {
            format!("plugins get {lowered}: this process is not allowed more (see `ulimit -H`)")
        });
        // What keeps a worker from starting is told by the plugin that is started next.
        let missing = self
            .sandbox()
            .ok()
            .and_then(|sandbox| sandbox.missing())
            .map(|missing| format!("the sandbox of plugins is not whole here; not in force: {missing}"));
        let told: Vec<String> = missing.into_iter().chain(lowered).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// The ids of the plugins that may be used.
    pub(crate) fn usable(&self) -> Vec<String> {
        let usable = self.found.iter().filter(|found| found.is_usable());
        let mut ids: Vec<String> = usable.filter_map(|found| found.id().map(str::to_owned)).collect();
        ids.sort();
        ids.dedup();
        ids
    }
}

/// A plugin that may be used. Every call is a process of its own.
#[derive(Clone, Debug)]
pub(crate) struct Plugin<'p> {
    found: &'p Found,
    options: Options,
}

impl<'p> Plugin<'p> {
    /// The same, allowed to be silent for another time and to take so much, in so much of a sandbox.
    #[must_use]
    pub(crate) fn within(mut self, silence: Duration, limits: Limits, sandbox: Confinement) -> Self {
        self.options = Options { silence, limits, sandbox, ..self.options };
        self
    }

    /// Its id.
    pub(crate) fn id(&self) -> &'p str {
        self.found.id().unwrap_or_default()
    }

    /// The file it comes from, with its digest and manifest.
    pub(crate) fn found(&self) -> &'p Found {
        self.found
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// If it fails.
    pub(crate) fn about(&self) -> Result<About, PluginError> {
        match self.run(Task::About, &mut NoHost)? {
            Outcome::About(about) => Ok(about),
            _ => Err(confused(self.id())),
        }
    }

    /// Lets it check a source's configuration.
    ///
    /// # Errors
    /// Its problem with the configuration, or if it fails.
    pub(crate) fn check(&self, config: &Config) -> Result<(), PluginError> {
        self.run(Task::Check { config: config.clone() }, &mut NoHost).map(|_| ())
    }

    /// Which of its formats a file downloaded by hand is in, from its name and its first bytes.
    ///
    /// # Errors
    /// If it fails.
    pub(crate) fn recognize(&self, file_name: &str, head: &[u8]) -> Result<Option<String>, PluginError> {
        let task = Task::Recognize { file_name: file_name.to_owned(), head: head.to_vec() };
        match self.run(task, &mut NoHost)? {
            Outcome::Format(format) => Ok(format),
            _ => Err(confused(self.id())),
        }
    }

    /// Lets it collect a month through `host`.
    ///
    /// # Errors
    /// Its problem, or if it fails.
    pub(crate) fn collect(
        &self,
        config: &Config,
        month: Month,
        host: &mut dyn HostServices,
    ) -> Result<(), PluginError> {
        self.run(Task::Collect { config: config.clone(), month: month.to_string() }, host).map(|_| ())
    }

    /// Lets it map one payload: `host` gives the bytes (`Call::Read` of `PAYLOAD_BODY`) and takes the lines.
    ///
    /// If this is not `Ok`, none of the lines may be used. A problem that `host` answers a batch with ends the call
    /// and is what comes back.
    ///
    /// # Errors
    /// Its problem, the host's, or if it fails.
    pub(crate) fn map(
        &self,
        config: &Config,
        month: Month,
        format: &str,
        name: &str,
        host: &mut dyn HostServices,
    ) -> Result<(), PluginError> {
        let (month, format, name) = (month.to_string(), format.to_owned(), name.to_owned());
        self.run(Task::Map { config: config.clone(), month, format, name }, host).map(|_| ())
    }

    fn run(&self, task: Task, host: &mut dyn HostServices) -> Result<Outcome, PluginError> {
        if !self.options.in_process {
            return worker::run(Some((self.found, task)), self.id(), &self.options, host);
        }
        if self.options.sandbox == Confinement::Require {
            let why = "its source requires the sandbox, and in this process there is none".to_owned();
            return Err(PluginError::Load { id: self.id().to_owned(), why });
        }
        in_process::run(self.found, self.id(), &task, host)
    }
}

fn confused(id: &str) -> PluginError {
    let problem = Problem::plugin("it answered something that was not asked");
    PluginError::Problem { id: id.to_owned(), problem }
}

/// How a file stands in a workspace, wherever it lies: whether its plugins.lock names it.
///
/// # Errors
/// [`PluginError::Lock`] if plugins.lock is not usable.
pub(crate) fn standing(workspace: Option<&Path>, found: &Found) -> Result<Trust, PluginError> {
    find::standing(workspace, found)
}

/// Enters a plugin's file into a workspace's `plugins.lock`, in the place of what stands there under its id.
///
/// # Errors
/// If the file is not a plugin that can be used here, or the lock cannot be written.
pub(crate) fn trust(workspace: &Path, file: &Path) -> Result<Found, PluginError> {
    find::trust(workspace, file)
}
