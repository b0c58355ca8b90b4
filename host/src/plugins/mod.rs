//! Plugins: where their libraries are, whether they may be used, and calls to them.
//!
//! Finding reads files and runs none of them: a plugin says who it is in a plain-text section of its file. What may
//! be opened is decided by where it stands and by `plugins.lock`. A call starts the plugin in a process of its own
//! (the same binary as `ratebook plugin-worker`), which loads the library, does one task and ends; everything the
//! plugin asks of the host comes over a pipe. `in_process` does the same without the process, for debugging.
//!
//! This room does not know what the host does for plugins: whoever calls one hands in the
//! [`HostServices`](ratebook_plugin::call::HostServices).

mod error;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ratebook_plugin::call::HostServices;
use ratebook_plugin::{About, Config, Month};

pub use error::{End, PluginError};

/// The hidden subcommand that makes a process a worker.
pub const WORKER_COMMAND: &str = "plugin-worker";

/// How plugins are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Load libraries into this process: no time-outs, and a crash of a plugin is a crash of ratebook.
    pub in_process: bool,
    /// How long a plugin may be silent while ratebook waits for it. Time that the host needs does not count.
    pub silence: Duration,
    /// How much address space a worker may have, in bytes.
    pub memory: u64,
    /// How many lines and skipped records one call may hand over.
    pub lines: u64,
    /// Set to true to stop every call soon.
    pub cancel: Arc<AtomicBool>,
    /// The binary to start as a worker; `None` for this one.
    pub worker: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            in_process: false,
            silence: Duration::from_secs(120),
            memory: 4 << 30,
            lines: 200_000_000,
            cancel: Arc::default(),
            worker: None,
        }
    }
}

/// Where plugins are looked for, in this order.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The folder of the binary.
    pub beside: Option<PathBuf>,
    /// The workspace: its `plugins/` and its `plugins.lock`.
    pub workspace: Option<PathBuf>,
    /// The folders of `$RATEBOOK_PLUGIN_PATH`.
    pub path: Vec<PathBuf>,
}

impl Places {
    /// The usual places of this process.
    pub fn usual(workspace: Option<&Path>) -> Places {
        let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned));
        let path = std::env::var_os("RATEBOOK_PLUGIN_PATH").map(|path| {
            std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()).collect()
        });
        Places { beside, workspace: workspace.map(Path::to_owned), path: path.unwrap_or_default() }
    }
}

/// A file that looks like a plugin's, and what is known of it without running it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// Which of the [`Places`] it stands in.
    pub place: Place,
    /// SHA-256 of the file, in hex; empty if it could not be read.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// What its file says of it.
    pub manifest: Option<Manifest>,
    /// Whether it may be used.
    pub trust: Trust,
}

/// What a plugin's file says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The plugin's id.
    pub id: String,
    /// The plugin's version.
    pub version: String,
    /// The version of the plugin interface: major, minor.
    pub interface: (u32, u32),
    /// `unwind` or `abort`.
    pub panic: String,
    /// The compiler that built it.
    pub rustc: String,
    /// What it was built for.
    pub target: String,
}

/// One of the [`Places`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Next to the binary.
    Beside,
    /// In the workspace's `plugins/`.
    Workspace,
    /// In a folder of `$RATEBOOK_PLUGIN_PATH`.
    Path,
}

/// Whether a file may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// plugins.lock names exactly this file.
    Locked,
    /// It stands beside the binary and needs no entry.
    Unlocked,
    /// It is not opened.
    Refused {
        /// Why: a lower-case fragment.
        why: String,
        /// What to do about it, a sentence.
        fix: Option<String>,
    },
}

/// The plugins that were found.
#[derive(Clone, Debug)]
pub struct Plugins {
    found: Vec<Found>,
    options: Options,
}

impl Plugins {
    /// Looks for plugins, without running any of them.
    ///
    /// # Errors
    /// [`PluginError::Lock`] if plugins.lock is not usable. A file that is not usable is no error: see
    /// [`Plugins::list`].
    pub fn find(_places: &Places, options: Options) -> Result<Plugins, PluginError> {
        Ok(Plugins { found: Vec::new(), options })
    }

    /// Every file that was found, in the order of the places, usable or not.
    pub fn list(&self) -> &[Found] {
        &self.found
    }

    /// The plugin of this id.
    ///
    /// # Errors
    /// If there is none, none that may be used, or more than one.
    pub fn get(&self, id: &str) -> Result<Plugin<'_>, PluginError> {
        let _ = &self.options;
        Err(PluginError::NotFound { id: id.to_owned(), known: Vec::new() })
    }
}

/// A plugin that may be used. Every call is a process of its own.
#[derive(Clone, Copy, Debug)]
pub struct Plugin<'p> {
    found: &'p Found,
    options: &'p Options,
}

impl Plugin<'_> {
    /// The file it comes from, with its digest and manifest.
    pub fn found(&self) -> &Found {
        self.found
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// If it fails.
    pub fn about(&self) -> Result<About, PluginError> {
        Err(self.not_yet())
    }

    /// Lets it check a source's configuration.
    ///
    /// # Errors
    /// Its problem with the configuration, or if it fails.
    pub fn check(&self, _config: &Config) -> Result<(), PluginError> {
        Err(self.not_yet())
    }

    /// Which of its formats a file downloaded by hand is in, from its name and its first bytes.
    ///
    /// # Errors
    /// If it fails.
    pub fn recognize(&self, _file_name: &str, _head: &[u8]) -> Result<Option<String>, PluginError> {
        Err(self.not_yet())
    }

    /// Lets it collect a month through `host`.
    ///
    /// # Errors
    /// Its problem, or if it fails.
    pub fn collect(
        &self,
        _config: &Config,
        _month: Month,
        _host: &mut dyn HostServices,
    ) -> Result<(), PluginError> {
        Err(self.not_yet())
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
        _config: &Config,
        _month: Month,
        _format: &str,
        _name: &str,
        _host: &mut dyn HostServices,
    ) -> Result<(), PluginError> {
        Err(self.not_yet())
    }

    fn not_yet(&self) -> PluginError {
        let _ = self.options.in_process;
        PluginError::Start { id: String::new(), why: "this is not built yet".to_owned() }
    }
}

/// What a worker process does. `main` calls it before anything else if the first argument is [`WORKER_COMMAND`].
pub fn worker_main() -> ExitCode {
    ExitCode::FAILURE
}

/// Writes the entry of a plugin's file into a workspace's plugins.lock, or replaces the entry of its id.
///
/// # Errors
/// If the file is not a plugin that can be used here, or the lock cannot be written.
pub fn trust(_workspace: &Path, file: &Path) -> Result<Found, PluginError> {
    Err(PluginError::Lock { path: file.to_owned(), why: "this is not built yet".to_owned() })
}
