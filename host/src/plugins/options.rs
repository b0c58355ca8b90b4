//! How plugins are run: how long, how much, how contained.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::limits::Limits;

/// How plugins are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Load libraries into this process: no time-outs, and a crash of a plugin is a crash of ratebook.
    pub in_process: bool,
    /// How long a plugin may be silent while ratebook waits for it. Time that the host needs does not count.
    pub silence: Duration,
    /// How much one call may take. In this process only the host's own checks of lines hold.
    pub limits: Limits,
    /// How much of the sandbox must be in force.
    pub sandbox: Confinement,
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
pub enum Confinement {
    /// As much as the system has; the command warns of what it has not.
    #[default]
    Try,
    /// All of it, or the plugin does not run.
    Require,
}
