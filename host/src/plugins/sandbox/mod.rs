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
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod filters;
#[cfg(target_os = "linux")]
mod linux;
mod parts;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod refused;

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::{confine, shut};
#[cfg(target_os = "linux")]
pub(super) use linux::{confine, shut};
pub use parts::{Part, Sandbox};
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) use refused::tried;

/// Nothing is refused here, so nothing is said of it.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(super) fn tried(_said: &mut String) -> Option<&'static str> {
    None
}
