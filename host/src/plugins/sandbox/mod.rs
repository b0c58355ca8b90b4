//! What a worker gives up before foreign code runs in it, so that a plugin is held to what it may do by the system and
//! not by its word. On Linux:
//!
//! - **landlock**, where the kernel has it: no file can be opened and no port used, from before the library is opened,
//!   whose constructors are foreign code too. Nothing needs to stay readable: the library is opened from memory, and
//!   the system's own libraries that it needs are opened before.
//! - **seccomp**: what is left of the system calls; see [`filters`]. What concerns files is an error that the plugin
//!   reads, what reaches out of the process (sockets, processes, signals, limits) ends it.
//! - **limits** of address space, processor time and written bytes, no core file, no new privileges, an end with
//!   ratebook.
//!
//! Where the kernel or a container refuses one of the first two, the worker runs with the other, and the command warns
//! once; a source with `sandbox = "require"` does not run there. Other systems have none of this yet.
//!
//! Starting a worker takes about a millisecond longer for it (6 to 7 on a busy machine, library and answer included).

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod calls;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod filters;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod refused;

use std::fmt;

use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
pub(super) use linux::{confine, shut};
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) use refused::tried;

/// What of the sandbox is in force on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sandbox {
    /// Its parts, each of which holds or not.
    pub(crate) parts: Vec<Part>,
}

/// One part of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Part {
    /// What it is called: `seccomp`.
    pub(crate) name: String,
    /// True if it holds.
    pub(crate) in_force: bool,
    /// Which version of it holds, or why it does not: a lower-case fragment.
    pub(crate) detail: Option<String>,
}

impl Part {
    #[cfg(target_os = "linux")]
    fn holds(name: &str, detail: Option<String>) -> Part {
        Part { name: name.to_owned(), in_force: true, detail }
    }

    fn lacks(name: &str, why: impl Into<String>) -> Part {
        Part { name: name.to_owned(), in_force: false, detail: Some(why.into()) }
    }
}

impl Sandbox {
    /// What is not in force, and why; `None` if all is.
    pub(crate) fn missing(&self) -> Option<String> {
        let missing: Vec<String> =
            self.parts.iter().filter(|part| !part.in_force).map(ToString::to_string).collect();
        (!missing.is_empty()).then(|| missing.join(", "))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.detail.iter().try_for_each(|detail| write!(f, " ({detail})"))
    }
}

impl fmt::Display for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held: Vec<String> =
            self.parts.iter().filter(|part| part.in_force).map(ToString::to_string).collect();
        f.write_str(if held.is_empty() { "none".to_owned() } else { held.join(", ") }.as_str())?;
        self.missing().iter().try_for_each(|missing| write!(f, "; not in force: {missing}"))
    }
}

/// There is nothing to give up.
#[cfg(not(target_os = "linux"))]
pub(super) fn confine(
    _limits: super::Limits,
    _readable: Option<&std::path::Path>,
) -> std::io::Result<Sandbox> {
    let why = "not on this system";
    Ok(Sandbox { parts: ["seccomp", "landlock", "memory", "cpu"].map(|name| Part::lacks(name, why)).into() })
}

/// There is nothing more to give up.
#[cfg(not(target_os = "linux"))]
pub(super) fn shut(_sandbox: &Sandbox) -> std::io::Result<()> {
    Ok(())
}

/// Nothing is refused here, so nothing is said of it.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(super) fn tried(_said: &mut String) -> Option<&'static str> {
    None
}
