//! Gives up what a plugin does not need, on Linux.

use std::io;
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, LandlockStatus, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

use super::parts::{Part, Sandbox};
use crate::plugins::allowed::Allowed;
use crate::plugins::limits::{Limits, Size};

const SECCOMP: &str = "seccomp";
const LANDLOCK: &str = "landlock";

/// Gives it up, for this process and for good. `readable` is the library, if it has to be opened from its file.
///
/// # Errors
/// If a limit cannot be set. What the kernel does not have is no error: the answer says so.
pub(crate) fn confine(limits: Limits, readable: Option<&Path>) -> io::Result<Sandbox> {
    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    set_parent_process_death_signal(Some(Signal::KILL))?;
    rustix::thread::set_no_new_privs(true)?;
    setrlimit(Resource::Core, limit(0))?;
    setrlimit(Resource::Fsize, limit(0))?;
    let allowed = Allowed::here();
    let (memory, cpu) = (allowed.memory(limits), allowed.cpu(limits));
    // A worker that has done a task has as much for the next one.
    let spare = allowed.spare(limits);
    setrlimit(Resource::As, limit(memory + spare.memory))?;
    // At the first limit comes a signal that says what it is; at the second, the end for those who do not listen.
    let seconds = cpu.as_secs() + u64::from(cpu.subsec_nanos() > 0) + spare.cpu.as_secs();
    let last = allowed.cpu_end(seconds + 1);
    setrlimit(Resource::Cpu, Rlimit { current: Some(seconds.min(last)), maximum: Some(last) })?;
    let landlock = match landlock(readable) {
        Ok(part) => part,
        Err(error) => Part::lacks(LANDLOCK, format!("the kernel refuses it: {error}")),
    };
    let lowered =
        |is_lowered: bool, to: String| is_lowered.then(|| format!("{to}, more is not allowed here"));
    let memory_part = Part::holds("memory", lowered(memory < limits.memory, Size(memory).to_string()));
    let cpu_part = Part::holds("cpu", lowered(cpu < limits.time, format!("{} s", cpu.as_secs())));
    let parts = vec![seccomp(), landlock, memory_part, cpu_part];
    Ok(Sandbox { parts })
}

/// No file and no port, whatever of that the kernel knows.
fn landlock(readable: Option<&Path>) -> Result<Part, RulesetError> {
    let known = ABI::V6;
    let mut ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(known))?
        .handle_access(AccessNet::from_all(known))?
        .scope(Scope::from_all(known))?
        .create()?;
    if let Some(library) = readable.and_then(|path| PathFd::new(path).ok()) {
        ruleset = ruleset.add_rule(PathBeneath::new(library, AccessFs::ReadFile))?;
    }
    let status = ruleset.restrict_self()?;
    Ok(match (status.landlock, status.ruleset) {
        (LandlockStatus::NotImplemented, _) => Part::lacks(LANDLOCK, "this kernel has none"),
        (LandlockStatus::NotEnabled, _) => Part::lacks(LANDLOCK, "it is turned off in this kernel"),
        (_, RulesetStatus::NotEnforced) => Part::lacks(LANDLOCK, "the kernel does not hold it"),
        (LandlockStatus::Available { effective_abi, kernel_abi }, _) => {
            let version = kernel_abi.unwrap_or(effective_abi as i32);
            Part::holds(LANDLOCK, Some(format!("ABI {version}")))
        }
    })
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn seccomp() -> Part {
    let laid = || -> Result<(), String> {
        let filters =
            super::filters::before_loading(std::process::id()).map_err(|error| error.to_string())?;
        super::refused::say().map_err(|error| error.to_string())?;
        filters.iter().try_for_each(|filter| {
            seccompiler::apply_filter_all_threads(filter).map_err(|error| error.to_string())
        })
    };
    match laid() {
        Ok(()) => Part::holds(SECCOMP, None),
        Err(why) => Part::lacks(SECCOMP, format!("the kernel refuses it: {why}")),
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn seccomp() -> Part {
    Part::lacks(SECCOMP, "not for this processor")
}

/// Gives up files too, once the library is open.
///
/// # Errors
/// If the kernel, which took the other filters, does not take this one.
pub(crate) fn shut(sandbox: &Sandbox) -> io::Result<()> {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    if sandbox.parts.iter().any(|part| part.name == SECCOMP && part.in_force) {
        let filter = super::filters::after_loading().map_err(io::Error::other)?;
        seccompiler::apply_filter_all_threads(&filter).map_err(io::Error::other)?;
    }
    Ok(())
}
