//! Wrong things that reach out of the process: sockets, files, other processes, what contains it.
#![expect(unsafe_code, reason = "the system is asked for what no library of safe code asks it for")]

use std::io::{Error, Result};
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// A socket of a kind.
pub(crate) fn open_socket(family: i32, kind: i32) -> Result<OwnedFd> {
    // SAFETY: three numbers.
    let number = checked(unsafe { libc::socket(family, kind, 0) })?;
    // SAFETY: it is new and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// A socket, after care was taken that nobody is told.
pub(crate) fn open_socket_in_silence() -> Result<()> {
    // SAFETY: a handler that is none, a set of signals that is filled before it is used, and numbers.
    unsafe {
        libc::signal(libc::SIGSYS, libc::SIG_IGN);
        let mut all = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const all, std::ptr::null_mut());
        libc::close(2);
    }
    open_socket(libc::AF_INET, libc::SOCK_STREAM).map(drop)
}

/// Hands a file's text to whoever reads the error.
pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
}

/// The environment of ratebook, where its secrets may be.
pub(crate) fn read_environment_of_parent() -> Result<()> {
    read(Path::new(&format!("/proc/{}/environ", std::os::unix::process::parent_id()))).map(drop)
}

/// A child that does nothing.
pub(crate) fn fork() -> Result<()> {
    // SAFETY: the child leaves at once.
    match checked(unsafe { libc::fork() })? {
        0 => std::process::exit(0),
        _ => Ok(()),
    }
}

/// Another program in the place of this one, which would end well.
pub(crate) fn exec() -> Result<()> {
    Err(Command::new("/bin/true").exec())
}

/// A session of its own, out of the group that is ended with ratebook's call.
pub(crate) fn setsid() -> Result<()> {
    // SAFETY: no argument.
    checked(unsafe { libc::setsid() }).map(drop)
}

/// The end of ratebook itself.
pub(crate) fn kill_parent() -> Result<()> {
    let parent = std::os::unix::process::parent_id().cast_signed();
    // SAFETY: two numbers.
    checked(unsafe { libc::kill(parent, libc::SIGKILL) }).map(drop)
}

/// The memory of ratebook.
#[cfg(target_os = "linux")]
pub(crate) fn trace_parent() -> Result<()> {
    let parent = std::os::unix::process::parent_id().cast_signed();
    let nothing = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: attaching takes no address.
    checked(unsafe { libc::ptrace(libc::PTRACE_ATTACH, parent, nothing, nothing) } as i32).map(drop)
}

/// More memory than there is.
pub(crate) fn raise_limit() -> Result<()> {
    let limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the limit lives as long as the call.
    checked(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }).map(drop)
}

/// A life after ratebook's.
#[cfg(target_os = "linux")]
pub(crate) fn outlive_parent() -> Result<()> {
    // SAFETY: two numbers.
    checked(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, 0) }).map(drop)
}

/// A mount namespace of its own.
#[cfg(target_os = "linux")]
pub(crate) fn unshare() -> Result<()> {
    // SAFETY: a number.
    checked(unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) }).map(drop)
}

/// A ring that makes system calls without making them.
#[cfg(target_os = "linux")]
pub(crate) fn io_uring() -> Result<()> {
    let mut parameters = [0_u8; 120];
    // SAFETY: the kernel writes at most 120 bytes.
    checked(unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) } as i32).map(drop)
}

/// What only Linux has, elsewhere.
#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::io::{ErrorKind, Result};

    pub(crate) fn trace_parent() -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    pub(crate) use trace_parent as outlive_parent;
    pub(crate) use trace_parent as unshare;
    pub(crate) use trace_parent as io_uring;
}
#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{io_uring, outlive_parent, trace_parent, unshare};

/// Signals on which a process ends are not heard any more.
pub(crate) fn ignore_signals() {
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGPIPE, libc::SIGXCPU] {
        // SAFETY: a handler that is none.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// New files without protection.
pub(crate) fn clear_umask() {
    // SAFETY: a number.
    unsafe { libc::umask(0) };
}

/// A signal to a process that is not its own, when something happens to a descriptor.
pub(crate) fn signal_by_descriptor() -> Result<()> {
    // SAFETY: three numbers.
    checked(unsafe { libc::fcntl(libc::STDIN_FILENO, libc::F_SETOWN, 1) }).map(drop)
}

fn checked(outcome: i32) -> Result<i32> {
    if outcome < 0 { Err(Error::last_os_error()) } else { Ok(outcome) }
}
