//! Which system calls are counted, and what a call is about, read from the process that asks.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use nix::libc::{self, user_regs_struct};
use nix::unistd::Pid;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

use super::Call;

/// Where a call says what it is about.
#[derive(Clone, Copy, Debug)]
enum About {
    /// A descriptor, as the first argument.
    Descriptor,
    /// A descriptor, as the second argument: the one that is written to is not the first.
    SecondDescriptor,
    /// A path in this argument.
    Path(usize),
    /// A descriptor of a folder in this argument, and a path from there on in the next.
    PathFrom(usize),
    /// A path in this argument, if the flags in that one open for more than reading.
    Opened(Option<usize>, usize, usize),
}

/// The calls, by number.
const CALLS: [(i64, &str, About); 34] = [
    (libc::SYS_write, "write", About::Descriptor),
    (libc::SYS_writev, "writev", About::Descriptor),
    (libc::SYS_pwrite64, "pwrite", About::Descriptor),
    (libc::SYS_pwritev, "pwritev", About::Descriptor),
    (libc::SYS_pwritev2, "pwritev2", About::Descriptor),
    (libc::SYS_sendfile, "sendfile", About::Descriptor),
    (libc::SYS_copy_file_range, "copy_file_range", About::SecondDescriptor),
    (libc::SYS_splice, "splice", About::SecondDescriptor),
    (libc::SYS_fsync, "fsync", About::Descriptor),
    (libc::SYS_fdatasync, "fdatasync", About::Descriptor),
    (libc::SYS_ftruncate, "ftruncate", About::Descriptor),
    (libc::SYS_truncate, "truncate", About::Path(0)),
    (libc::SYS_fallocate, "fallocate", About::Descriptor),
    (libc::SYS_fchmod, "fchmod", About::Descriptor),
    (libc::SYS_chmod, "chmod", About::Path(0)),
    (libc::SYS_fchmodat, "fchmodat", About::PathFrom(0)),
    (libc::SYS_fchown, "fchown", About::Descriptor),
    (libc::SYS_flock, "flock", About::Descriptor),
    (libc::SYS_open, "open", About::Opened(None, 0, 1)),
    (libc::SYS_openat, "openat", About::Opened(Some(0), 1, 2)),
    (libc::SYS_creat, "creat", About::Path(0)),
    (libc::SYS_rename, "rename", About::Path(1)),
    (libc::SYS_renameat, "renameat", About::PathFrom(2)),
    (libc::SYS_renameat2, "renameat2", About::PathFrom(2)),
    (libc::SYS_link, "link", About::Path(1)),
    (libc::SYS_linkat, "linkat", About::PathFrom(2)),
    (libc::SYS_symlink, "symlink", About::Path(1)),
    (libc::SYS_symlinkat, "symlinkat", About::PathFrom(1)),
    (libc::SYS_unlink, "unlink", About::Path(0)),
    (libc::SYS_unlinkat, "unlinkat", About::PathFrom(0)),
    (libc::SYS_rmdir, "rmdir", About::Path(0)),
    (libc::SYS_mkdir, "mkdir", About::Path(0)),
    (libc::SYS_mkdirat, "mkdirat", About::PathFrom(0)),
    (libc::SYS_utimensat, "utimensat", About::PathFrom(0)),
];

/// A filter that tells the tracer of these calls and of no others.
pub(super) fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let rules: BTreeMap<i64, Vec<_>> = CALLS.iter().map(|(number, ..)| (*number, Vec::new())).collect();
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Trace(1), TargetArch::x86_64)?.try_into()
}

/// The call that a thread of the process is about to make, if it is one of those counted and not a worker's.
pub(super) fn call(process: Pid, thread: Pid, registers: &user_regs_struct) -> Option<Call> {
    let (_, name, about) = CALLS.iter().find(|(number, ..)| number.cast_unsigned() == registers.orig_rax)?;
    // Threads have the descriptors and the memory of their process; workers are processes of their own.
    if !PathBuf::from(format!("/proc/{process}/task/{thread}")).exists() {
        return None;
    }
    let arguments = [registers.rdi, registers.rsi, registers.rdx, registers.r10];
    let path = match *about {
        About::Descriptor => descriptor(process, arguments[0])?,
        // After the descriptor and the offset read from.
        About::SecondDescriptor => descriptor(process, arguments[2])?,
        About::Path(at) => path(process, None, arguments[at])?,
        About::PathFrom(at) => path(process, Some(arguments[at]), arguments[at + 1])?,
        About::Opened(folder, at, flags) => {
            let writing = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT;
            if arguments[flags] & u64::from(writing.cast_unsigned()) == 0 {
                return None;
            }
            path(process, folder.map(|folder| arguments[folder]), arguments[at])?
        }
    };
    Some(Call { name, path })
}

/// The file behind a descriptor.
fn descriptor(process: Pid, number: u64) -> Option<PathBuf> {
    // The upper half of the register is not part of an `int`.
    fs::read_link(format!("/proc/{process}/fd/{}", number & 0xffff_ffff)).ok()
}

/// A path as the process means it.
fn path(process: Pid, folder: Option<u64>, address: u64) -> Option<PathBuf> {
    let mut bytes = [0; libc::PATH_MAX as usize];
    let memory = File::open(format!("/proc/{process}/mem")).ok()?;
    let count = memory.read_at(&mut bytes, address).ok()?;
    let end = bytes[..count].iter().position(|byte| *byte == 0)?;
    let here = libc::AT_FDCWD.cast_unsigned();
    let from = match folder.map(|number| number & 0xffff_ffff) {
        Some(number) if number != u64::from(here) => descriptor(process, number)?,
        _ => fs::read_link(format!("/proc/{process}/cwd")).ok()?,
    };
    Some(from.join(OsStr::from_bytes(&bytes[..end])))
}
