//! What goes wrong with plugins: found, trusted, loaded, called.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ratebook_plugin::Problem;

use super::limits::Limit;

/// Why a plugin could not do what was asked.
///
/// [`PluginError::Problem`] is the plugin's own answer, or the host's refusal of what it handed over; its kind
/// decides the exit code. Everything else is the plugin's failure, but for [`PluginError::Cancelled`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginError {
    /// No file holds a plugin of this id.
    NotFound {
        /// The id.
        id: String,
        /// The ids there are.
        known: Vec<String>,
    },
    /// There is a file, and it is not usable.
    Unusable {
        /// The id.
        id: String,
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
        /// What to do about it, a sentence.
        fix: Option<String>,
    },
    /// Two different files hold a plugin of this id.
    Twice {
        /// The id.
        id: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// plugins.lock could not be read, written or understood.
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The library was not opened, or does not fit.
    Load {
        /// The plugin.
        id: String,
        /// Why.
        why: String,
    },
    /// The worker process could not be started.
    Start {
        /// The plugin.
        id: String,
        /// Why.
        why: String,
    },
    /// The worker process ended without its last word.
    Stopped {
        /// The plugin.
        id: String,
        /// How.
        end: End,
        /// How many lines had come.
        lines: u64,
        /// The last of what it wrote to its error output, control characters escaped.
        said: String,
    },
    /// The plugin was silent for too long and was stopped.
    Silent {
        /// The plugin.
        id: String,
        /// How long.
        after: Duration,
        /// How many lines had come.
        lines: u64,
    },
    /// The plugin tried what the system refuses it, and was stopped.
    Refused {
        /// The plugin.
        id: String,
        /// "It tried to ..."; `None` if it kept that from being said.
        tried: Option<&'static str>,
        /// How many lines had come.
        lines: u64,
        /// The last of what it wrote to its error output, control characters escaped.
        said: String,
    },
    /// The plugin wanted more than it may have, and was stopped.
    Over {
        /// The plugin.
        id: String,
        /// More of what.
        limit: Limit,
        /// How many lines had come.
        lines: u64,
    },
    /// The plugin did what no plugin may do, and was stopped.
    Misbehaved {
        /// The plugin.
        id: String,
        /// What.
        what: String,
        /// How many lines had come.
        lines: u64,
    },
    /// The run was stopped, and the plugin with it.
    Cancelled {
        /// The plugin.
        id: String,
    },
    /// The plugin said what stands in its way, or the host refused what it handed over.
    Problem {
        /// The plugin.
        id: String,
        /// What.
        problem: Problem,
    },
}

/// How a worker process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It left with this code.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// It closed its pipe and went on.
    Mute,
}

#[cfg(unix)]
impl End {
    /// The end of a process that has made a refused system call.
    pub(super) const REFUSED: End = End::Signal(rustix::process::Signal::SYS.as_raw());
    /// The end of a process that has used up its processor time.
    pub(super) const TOOK_TOO_LONG: End = End::Signal(rustix::process::Signal::XCPU.as_raw());
    /// The end of a process that has given up.
    pub(super) const ABORTED: End = End::Signal(rustix::process::Signal::ABORT.as_raw());
}

#[cfg(not(unix))]
impl End {
    // Numbers that no end has here: there are no signals.
    pub(super) const REFUSED: End = End::Signal(-1);
    pub(super) const TOOK_TOO_LONG: End = End::Signal(-2);
    pub(super) const ABORTED: End = End::Signal(-3);
}

/// What a signal means, for those that end a process that did something wrong.
fn meaning(signal: i32) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use rustix::process::Signal;
        let meanings = [
            (Signal::ABORT, "it gave up"),
            (Signal::SEGV, "memory that is not its own"),
            (Signal::BUS, "memory that is not there"),
            (Signal::ILL, "no instruction of this processor"),
            (Signal::FPE, "arithmetic"),
            (Signal::KILL, "killed by the system or by somebody"),
            (Signal::XFSZ, "it wrote to a file"),
        ];
        meanings.into_iter().find(|(known, _)| known.as_raw() == signal).map(|(_, meaning)| meaning)
    }
    #[cfg(not(unix))]
    {
        let _ = signal;
        None
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Code(code) => write!(f, "stopped with exit code {code}"),
            End::Signal(signal) => match meaning(*signal) {
                Some(meaning) => write!(f, "stopped with signal {signal} ({meaning})"),
                None => write!(f, "stopped with signal {signal}"),
            },
            End::Mute => f.write_str("closed its pipe to ratebook"),
        }
    }
}

impl PluginError {
    /// The plugin's own problem, if that is what it is.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            PluginError::Problem { problem, .. } => Some(problem),
            _ => None,
        }
    }

    /// What to do about it, a sentence, if there is one thing to do.
    pub fn fix(&self) -> Option<String> {
        match self {
            PluginError::NotFound { .. } => Some(
                "Put its library next to ratebook, into the workspace's plugins/, or into a folder of \
                 RATEBOOK_PLUGIN_PATH; `ratebook plugin list` shows what was found."
                    .to_owned(),
            ),
            PluginError::Unusable { fix, .. } => fix.clone(),
            PluginError::Twice { .. } => Some("Take one of the two files away.".to_owned()),
            PluginError::Problem { problem, .. } => problem.advice.clone(),
            PluginError::Refused { .. } => {
                Some("A plugin reaches its vendor through ratebook alone: do not use it before its author has explained that.".to_owned())
            }
            PluginError::Over { limit, .. } => Some(format!(
                "If that much is right, raise `{}` in the [source.<name>.limits] of the source.",
                limit.key()
            )),
            _ => None,
        }
    }

    /// The last of what the plugin wrote to its error output before it stopped.
    pub fn said(&self) -> Option<&str> {
        match self {
            PluginError::Stopped { said, .. } | PluginError::Refused { said, .. } if !said.is_empty() => {
                Some(said)
            }
            _ => None,
        }
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PluginError::NotFound { id, known } if known.is_empty() => {
                write!(f, "there is no plugin {id}; no plugin was found at all")
            }
            PluginError::NotFound { id, known } => {
                write!(f, "there is no plugin {id}; found: {}", known.join(", "))
            }
            PluginError::Unusable { id, path, why, .. } => {
                write!(f, "plugin {id} is not usable: {}: {why}", path.display())
            }
            PluginError::Twice { id, first, second } => {
                write!(f, "plugin {id} is there twice: {} and {}", first.display(), second.display())
            }
            PluginError::Lock { path, why } => write!(f, "{}: {why}", path.display()),
            PluginError::Load { id, why } => write!(f, "plugin {id} was not loaded: {why}"),
            PluginError::Start { id, why } => write!(f, "plugin {id} could not be started: {why}"),
            PluginError::Stopped { id, end, lines, .. } => {
                write!(f, "plugin {id} {end}{}", Used(*lines))
            }
            PluginError::Silent { id, after, lines } => {
                write!(f, "plugin {id} did nothing for {} s and was stopped{}", after.as_secs(), Used(*lines))
            }
            PluginError::Refused { id, tried, lines, .. } => {
                let tried = tried.unwrap_or("reach out of its process and to hide how");
                write!(
                    f,
                    "plugin {id} tried to {tried}, which no plugin may, and was stopped{}",
                    Used(*lines)
                )
            }
            PluginError::Over { id, limit, lines } => {
                write!(f, "plugin {id} {limit} and was stopped{}", Used(*lines))
            }
            PluginError::Misbehaved { id, what, lines } => {
                write!(f, "plugin {id} {what} and was stopped{}", Used(*lines))
            }
            PluginError::Cancelled { id } => write!(f, "plugin {id} was stopped with the run"),
            PluginError::Problem { id, problem } => write!(f, "plugin {id}: {problem}"),
        }
    }
}

impl std::error::Error for PluginError {}

/// Says what became of the lines that had come.
struct Used(u64);

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str(" before any line"),
            1 => f.write_str(" after 1 line. It was not used"),
            lines => write!(f, " after {lines} lines. None of them was used"),
        }
    }
}
