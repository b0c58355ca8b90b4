//! A process that does not outlive its owner, nor do the processes that it has started.

use std::io;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::error::End;

/// A child process in a group of its own, killed with its group when dropped.
pub(crate) struct Process {
    child: Child,
    own_group: bool,
    reaped: bool,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> io::Result<Process> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Process { child: command.spawn()?, own_group: true, reaped: false })
    }

    /// One that stays in the group of this process, to which the terminal belongs: what it starts is not ended with it.
    pub(crate) fn start_in_our_group(mut command: Command) -> io::Result<Process> {
        Ok(Process { child: command.spawn()?, own_group: false, reaped: false })
    }

    /// Its number.
    #[cfg(target_os = "linux")]
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard output, once.
    pub(crate) fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Its standard input, output and error.
    pub(super) fn pipes(&mut self) -> io::Result<(ChildStdin, ChildStdout, ChildStderr)> {
        let pipes = self.child.stdin.take().zip(self.child.stdout.take()).zip(self.child.stderr.take());
        let ((input, output), error) = pipes.ok_or_else(|| io::Error::other("it has no pipes"))?;
        Ok((input, output, error))
    }

    /// How it ended, if it does within `grace`; it is killed then.
    pub(crate) fn end(&mut self, grace: Duration) -> Option<End> {
        let since = Instant::now();
        while !self.has_ended() && since.elapsed() < grace {
            sleep(Duration::from_millis(2));
        }
        let by_itself = self.has_ended();
        let status = self.kill();
        status.filter(|_| by_itself).map(end_of)
    }

    /// Ends the group before the child's number is given back, for then it cannot mean anybody else.
    fn kill(&mut self) -> Option<ExitStatus> {
        if self.reaped {
            return None;
        }
        #[cfg(unix)]
        if let Some(group) = self.number().filter(|_| self.own_group) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        self.reaped = true;
        self.child.wait().ok()
    }

    #[cfg(unix)]
    fn number(&self) -> Option<rustix::process::Pid> {
        i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw)
    }

    /// True if it has ended; its number is kept.
    #[cfg(unix)]
    pub(crate) fn has_ended(&mut self) -> bool {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.number().is_none_or(|number| !matches!(waitid(WaitId::Pid(number), options), Ok(None)))
    }

    #[cfg(not(unix))]
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn end_of(status: ExitStatus) -> End {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return End::Signal(signal);
    }
    status.code().map_or(End::Mute, End::Code)
}
