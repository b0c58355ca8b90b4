//! A run of the binary whose system calls on files below one folder are counted, and one of which goes wrong: it is
//! refused, cut short, or the last thing the process does.
//!
//! The binary is the one that is released: nothing in it knows of this. It is traced (ptrace), and a seccomp filter
//! stops it at no other calls than those below, so a traced run is nearly as fast as any. A library laid over libc
//! would miss what asks the kernel itself, as the renames of `tempfile` do.

mod asked;

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

use nix::errno::Errno;
use nix::libc::{PTRACE_EVENT_SECCOMP, user_regs_struct};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// A call on a file or a folder that changes it, or begins to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name, such as `rename`.
    pub name: &'static str,
    /// What it is about; of two paths the new one.
    pub path: PathBuf,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It does nothing and fails with this number of an error.
    Refused(i32),
    /// It and every later one fail so.
    RefusedFromHereOn(i32),
    /// If it is one that may be, it is interrupted before it does anything (EINTR), once.
    Interrupted,
    /// If it writes, it writes half of what it was given.
    Half,
    /// The process is killed before it does anything.
    Killed,
    /// The process is asked to end (SIGINT, SIGTERM) as it makes the call.
    Asked(Signal),
}

/// What a run did and left behind.
#[derive(Debug)]
pub struct Traced {
    /// The calls on files below the folder, in the order they came.
    pub calls: Vec<Call>,
    /// What it said, and how it ended.
    pub output: Output,
}

/// Runs a command; the call of this number (the first is 1) below `folder` meets its fate.
///
/// Only calls of the process itself are counted, not those of its workers.
///
/// # Errors
/// If it does not start or cannot be traced.
pub fn run(command: &mut Command, folder: &Path, fate: Option<(usize, Fate)>) -> io::Result<Traced> {
    let filter = asked::filter().map_err(io::Error::other)?;
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    let traced = move || {
        ptrace::traceme()?;
        seccompiler::apply_filter(&filter).map_err(|_| io::Error::last_os_error())
    };
    #[expect(
        unsafe_code,
        reason = "only a process can ask to be traced and filtered, before it is the binary"
    )]
    // SAFETY: between fork and exec the closure asks the system for two things and allocates nothing.
    unsafe {
        command.pre_exec(traced)
    };
    let child = command.spawn()?;
    let process = Pid::from_raw(child.id().cast_signed());
    let mut tracer = Tracer { process, folder: folder.canonicalize()?, fate, calls: Vec::new() };
    let status = tracer.follow()?;
    let said = |file: &mut File| {
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map(|_| bytes)
    };
    let output = Output { status, stdout: said(&mut stdout)?, stderr: said(&mut stderr)? };
    Ok(Traced { calls: tracer.calls, output })
}

struct Tracer {
    process: Pid,
    folder: PathBuf,
    fate: Option<(usize, Fate)>,
    calls: Vec<Call>,
}

impl Tracer {
    /// Lets the process and its workers go on from stop to stop, until the last of them has ended.
    fn follow(&mut self) -> io::Result<ExitStatus> {
        let mut ended = None;
        // Children of other threads of this process are not waited for.
        let whom = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        let mut has_begun = false;
        loop {
            let status = match waitpid(None, Some(whom)) {
                Err(Errno::ECHILD) => break,
                Err(Errno::EINTR) => continue,
                status => status?,
            };
            match status {
                WaitStatus::Exited(pid, code) if pid == self.process => {
                    ended = Some(ExitStatus::from_raw(code << 8));
                }
                WaitStatus::Signaled(pid, signal, _) if pid == self.process => {
                    ended = Some(ExitStatus::from_raw(signal as i32));
                }
                WaitStatus::Stopped(pid, Signal::SIGTRAP) if pid == self.process && !has_begun => {
                    has_begun = true;
                    let options = Options::PTRACE_O_TRACESECCOMP
                        | Options::PTRACE_O_TRACECLONE
                        | Options::PTRACE_O_TRACEFORK
                        | Options::PTRACE_O_TRACEVFORK
                        | Options::PTRACE_O_TRACEEXEC
                        | Options::PTRACE_O_EXITKILL;
                    ptrace::setoptions(pid, options)?;
                    go_on(pid, None)?;
                }
                WaitStatus::PtraceEvent(pid, _, PTRACE_EVENT_SECCOMP) => {
                    self.asked(pid)?;
                    go_on(pid, None)?;
                }
                // A thread or process that has just been born is stopped so.
                WaitStatus::Stopped(pid, Signal::SIGSTOP) | WaitStatus::PtraceEvent(pid, ..) => {
                    go_on(pid, None)?;
                }
                WaitStatus::Stopped(pid, signal) => go_on(pid, Some(signal))?,
                _ => {}
            }
        }
        ended.ok_or_else(|| io::Error::other("the process was never seen to end"))
    }

    /// A thread is about to ask the kernel for something.
    fn asked(&mut self, thread: Pid) -> io::Result<()> {
        let Some(mut registers) = alive(ptrace::getregs(thread))? else { return Ok(()) };
        let Some(call) = asked::call(self.process, thread, &registers) else { return Ok(()) };
        if !call.path.starts_with(&self.folder) {
            return Ok(());
        }
        let writes = call.name.contains("write");
        let may_be_interrupted = writes || ["open", "openat", "fsync", "ftruncate"].contains(&call.name);
        self.calls.push(call);
        let number = self.calls.len();
        match self.fate {
            Some((at, Fate::Refused(error))) if at == number => refuse(thread, registers, error),
            Some((at, Fate::RefusedFromHereOn(error))) if at <= number => refuse(thread, registers, error),
            Some((at, Fate::Interrupted)) if at == number && may_be_interrupted => {
                refuse(thread, registers, Errno::EINTR as i32)
            }
            Some((at, Fate::Half)) if at == number && writes && registers.rdx > 1 => {
                registers.rdx /= 2;
                alive(ptrace::setregs(thread, registers)).map(drop)
            }
            Some((at, Fate::Killed)) if at == number => alive(kill(self.process, Signal::SIGKILL)).map(drop),
            Some((at, Fate::Asked(signal))) if at == number => alive(kill(self.process, signal)).map(drop),
            _ => Ok(()),
        }
    }
}

/// Lets a call do nothing but fail.
fn refuse(thread: Pid, mut registers: user_regs_struct, error: i32) -> io::Result<()> {
    registers.orig_rax = u64::MAX;
    registers.rax = i64::from(-error).cast_unsigned();
    alive(ptrace::setregs(thread, registers)).map(drop)
}

fn go_on(thread: Pid, signal: Option<Signal>) -> io::Result<()> {
    alive(ptrace::cont(thread, signal)).map(drop)
}

/// A thread that was killed meanwhile is no error: its end is told by the next wait.
fn alive<T>(result: Result<T, Errno>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Errno::ESRCH) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Call {
    /// What is named where it is told of: drafts have names of their own, and folders are removed as a whole.
    #[must_use]
    pub fn told(&self) -> &Path {
        let is_draft =
            self.path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".draft-"));
        let of_folder = is_draft || self.name.starts_with("unlink");
        if of_folder { self.path.parent().unwrap_or(&self.path) } else { &self.path }
    }
}
