//! Which system calls a worker has left ([`super::calls`]), as filters for the kernel.
//!
//! Four filters lie over one another, and the strictest answer counts:
//!
//! - what a plugin needs to compute is allowed, by name; any other call does not exist (`ENOSYS`, at which the system's
//!   library takes another way), so that a call that a later kernel brings is refused too;
//! - what changes files, or starts a program, is refused (`EACCES`): the plugin reads that, and may say so or go on;
//! - what reaches out of the process ends it, and [`super::refused`] says by which call;
//! - once the library is open, so is no other file any more.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use super::calls::{
    CHANGES_FILES, CHANGES_FILES_BY_OLD_CALLS, COMPUTES, COMPUTES_BY_OLD_CALLS, ENDS, FCNTL, IOCTL,
    LOOKS_AT_FILES, LOOKS_AT_FILES_BY_OLD_CALLS, PRCTL,
};

/// Conditions of a call, of which one must hold; none for always.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// The filters that hold from before the library is opened, in the order in which they are laid.
pub(super) fn before_loading(process: u32) -> Result<[BpfProgram; 3], BackendError> {
    let refused = SeccompAction::Errno(libc::EACCES.unsigned_abs());
    Ok([
        filter(allowed(process)?, SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS.unsigned_abs()))?,
        filter(refusals()?, refused, SeccompAction::Allow)?,
        filter(ends(process)?, SeccompAction::Trap, SeccompAction::Allow)?,
    ])
}

/// The filter that holds once the library is open: files are not looked at any more, nor opened.
pub(super) fn after_loading() -> Result<BpfProgram, BackendError> {
    let mut rules = always(&[LOOKS_AT_FILES, LOOKS_AT_FILES_BY_OLD_CALLS]);
    // With an empty name they ask about an open descriptor, as every reading of a pipe does.
    rules.insert(libc::SYS_newfstatat, vec![lacks(3, libc::AT_EMPTY_PATH)?]);
    rules.insert(libc::SYS_statx, vec![lacks(2, libc::AT_EMPTY_PATH)?]);
    filter(rules, SeccompAction::Errno(libc::EACCES.unsigned_abs()), SeccompAction::Allow)
}

fn filter(rules: Rules, then: SeccompAction, otherwise: SeccompAction) -> Result<BpfProgram, BackendError> {
    let machine = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, otherwise, then, machine)?.try_into()
}

fn allowed(process: u32) -> Result<Rules, BackendError> {
    let mut rules = always(&[
        COMPUTES,
        COMPUTES_BY_OLD_CALLS,
        LOOKS_AT_FILES,
        LOOKS_AT_FILES_BY_OLD_CALLS,
        &[libc::SYS_newfstatat, libc::SYS_statx],
    ]);
    // Threads, not processes.
    rules.insert(libc::SYS_clone, vec![has(0, libc::CLONE_THREAD)?]);
    // Whatever the plugin does with signals, a refused call ends it.
    rules.insert(libc::SYS_rt_sigaction, vec![compare(0, SeccompCmpOp::Ne, libc::SIGSYS.unsigned_abs())?]);
    // To itself: that is how a process aborts.
    for call in [libc::SYS_kill, libc::SYS_tgkill] {
        rules.insert(call, vec![compare(0, SeccompCmpOp::Eq, process)?]);
    }
    rules.insert(libc::SYS_prlimit64, vec![no_new_limit(SeccompCmpOp::Eq)?]);
    for (call, values) in [(libc::SYS_fcntl, &FCNTL[..]), (libc::SYS_ioctl, &IOCTL[..])] {
        rules.insert(call, one_of(1, values)?);
    }
    rules.insert(libc::SYS_prctl, one_of(0, &PRCTL)?);
    Ok(rules)
}

fn refusals() -> Result<Rules, BackendError> {
    let mut rules = always(&[CHANGES_FILES, CHANGES_FILES_BY_OLD_CALLS]);
    // How the C library starts another program: with signals blocked, so that nothing could be said of its end.
    rules.insert(libc::SYS_clone, vec![has(0, libc::CLONE_VFORK)?]);
    let mut opens = |call: c_long, flags: u8| {
        let ways = [libc::O_WRONLY, libc::O_RDWR, libc::O_CREAT, libc::O_TRUNC, libc::O_APPEND];
        let ways: Result<_, _> = ways.into_iter().map(|way| has(flags, way)).collect();
        ways.map(|ways| rules.insert(call, ways))
    };
    opens(libc::SYS_openat, 2)?;
    #[cfg(target_arch = "x86_64")]
    opens(libc::SYS_open, 1)?;
    Ok(rules)
}

fn ends(process: u32) -> Result<Rules, BackendError> {
    let mut rules: Rules =
        ENDS.iter().flat_map(|(_, calls)| *calls).map(|call| (*call, Vec::new())).collect();
    rules.insert(
        libc::SYS_clone,
        vec![SeccompRule::new(vec![lacks_flag(0, libc::CLONE_THREAD)?, lacks_flag(0, libc::CLONE_VFORK)?])?],
    );
    for call in [libc::SYS_kill, libc::SYS_tgkill] {
        rules.insert(call, vec![compare(0, SeccompCmpOp::Ne, process)?]);
    }
    rules.insert(libc::SYS_prlimit64, vec![no_new_limit(SeccompCmpOp::Ne)?]);
    // What would let the worker outlive ratebook, or others look into it. The rest is only not there.
    let contains =
        [libc::PR_SET_PDEATHSIG, libc::PR_SET_DUMPABLE, libc::PR_SET_PTRACER, libc::PR_SET_SECCOMP];
    rules.insert(libc::SYS_prctl, one_of(0, &contains)?);
    Ok(rules)
}

fn always(lists: &[&[c_long]]) -> Rules {
    lists.iter().flat_map(|calls| *calls).map(|call| (*call, Vec::new())).collect()
}

fn one_of(argument: u8, values: &[i32]) -> Result<Vec<SeccompRule>, BackendError> {
    values.iter().map(|value| compare(argument, SeccompCmpOp::Eq, value.cast_unsigned())).collect()
}

fn has(argument: u8, flag: i32) -> Result<SeccompRule, BackendError> {
    let flag = flag.cast_unsigned();
    compare(argument, SeccompCmpOp::MaskedEq(flag.into()), flag)
}

fn lacks(argument: u8, flag: i32) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![lacks_flag(argument, flag)?])
}

fn lacks_flag(argument: u8, flag: i32) -> Result<SeccompCondition, BackendError> {
    let masked = SeccompCmpOp::MaskedEq(flag.cast_unsigned().into());
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, masked, 0)
}

fn compare(argument: u8, how: SeccompCmpOp, value: u32) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, value.into())?])
}

/// A limit is read with a null in the place of the new one, which is a whole pointer.
fn no_new_limit(how: SeccompCmpOp) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(2, SeccompCmpArgLen::Qword, how, 0)?])
}
