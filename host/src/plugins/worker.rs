//! Ratebook's side of a worker: starts it, gives it tasks, answers its calls, sees to it that it ends, and says how it ended.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write as _};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ratebook_plugin::Problem;
use ratebook_plugin::batch::claimed;
use ratebook_plugin::call::{Call, Reply};

use super::allowed::Allowed;
use super::child::{Library, Start, WORKER_COMMAND};
use super::error::{End, PluginError};
use super::find::Found;
use super::frames::{Frame, Kind, head};
use super::limits::Limit;
use super::options::Options;
use super::payload::MapHost;
use super::process::Process;
use super::sandbox::tried;
use super::taken::Taken;
use super::task::{NoHost, Outcome, Task};
use crate::threads::told;

/// How often a wait looks up to see whether the run was stopped.
const LOOK_UP: Duration = Duration::from_millis(50);
/// Frames that may wait for ratebook before the worker has to.
const FRAMES_WAITING: usize = 4;
/// Replies that may wait for the worker: it asks one thing at a time.
const REPLIES_WAITING: usize = 2;
/// After so many tasks a worker has done enough: what a plugin's library leaks, it leaks no longer.
const MOST_TASKS: u64 = 256;
/// What is kept of the error output.
const TAIL: usize = 4096;
/// What a plugin's own standard library writes before it aborts for want of memory.
const NO_MEMORY: &str = "memory allocation of ";
/// How long a process that has closed its pipe may take to end.
const GRACE: Duration = Duration::from_secs(2);

/// Says what of the sandbox is in force.
pub(super) fn sandbox(id: &str, options: &Options) -> Result<Outcome, PluginError> {
    let mut worker = Worker::start(None, id, options)?;
    worker.outcome(&mut NoHost)
}

/// A worker process.
pub(super) struct Worker {
    id: String,
    options: Options,
    process: Process,
    frames: Receiver<io::Result<Frame>>,
    replies: SyncSender<Vec<u8>>,
    said: Arc<Mutex<VecDeque<u8>>>,
    /// Closed when the error output has ended.
    said_all: Receiver<()>,
    /// What it had taken when its library was open.
    new: Option<Taken>,
    /// The tasks that it was given.
    tasks: u64,
    /// What follows is of the task that it is at.
    heard: bool,
    lines: u64,
    records: u64,
    /// How long ratebook has waited for it.
    waited: Duration,
}

impl Worker {
    /// Starts a worker, with a library or to say what of the sandbox is in force.
    pub(super) fn start(found: Option<&Found>, id: &str, options: &Options) -> Result<Worker, PluginError> {
        let library = found.map(|found| {
            let (path, sha256) = (found.path.clone(), found.sha256.clone());
            Library { path, sha256, id: id.to_owned() }
        });
        let start = Start { library, limits: options.limits, sandbox: options.sandbox };
        Worker::start_process(id, options, &start)
            .map_err(|error| PluginError::Start { id: id.to_owned(), why: told(&error).to_string() })
    }

    fn start_process(id: &str, options: &Options, start: &Start) -> io::Result<Worker> {
        let first = head(Kind::Start, start, b"")?;
        let mut process = Process::start(command(options)?)?;
        let (input, output, error) = process.pipes()?;
        // A batch of lines in one piece, where the system allows it.
        #[cfg(target_os = "linux")]
        let _ = rustix::pipe::fcntl_setpipe_size(&output, 1 << 20);

        let (frames_to, frames) = sync_channel(FRAMES_WAITING);
        let (replies, replies_from) = sync_channel(REPLIES_WAITING);
        let said = Arc::new(Mutex::new(VecDeque::new()));
        let (all_to, said_all) = channel();
        let tail = Arc::clone(&said);
        // None of them is waited for: a grandchild that holds a pipe open must not hold ratebook.
        spawn(move || read_frames(output, &frames_to))?;
        spawn(move || write_frames(input, &replies_from))?;
        spawn(move || keep_tail(error, &tail, &all_to))?;

        let _ = replies.send(first);
        Ok(Worker {
            id: id.to_owned(),
            options: options.clone(),
            process,
            frames,
            replies,
            said,
            said_all,
            new: None,
            tasks: 0,
            heard: false,
            lines: 0,
            records: 0,
            waited: Duration::ZERO,
        })
    }

    /// Does a task. Of a worker that has failed nothing more is to be asked.
    pub(super) fn perform(&mut self, task: &Task, host: &mut dyn MapHost) -> Result<Outcome, PluginError> {
        self.tasks += 1;
        (self.heard, self.lines, self.records) = (false, 0, 0);
        // What a new worker needs to open its library is time of its first task.
        if self.tasks > 1 {
            self.waited = Duration::ZERO;
        } else {
            self.ready()?;
        }
        let task = self.understood(head(Kind::Task, task, b""))?;
        self.send(task)?;
        self.outcome(host)
    }

    /// Whether it is as good as a new one: it has all that a task may take, and nothing of an earlier one goes on.
    pub(super) fn is_as_new(&self) -> bool {
        let spare = Allowed::here().spare(self.options.limits);
        let taken = self.new.zip(Taken::by(&self.process));
        self.tasks < MOST_TASKS && taken.is_some_and(|(new, now)| now.leaves_enough(new, spare))
    }

    /// Whether anything came of the task that it is at.
    pub(super) fn was_heard(&self) -> bool {
        self.heard
    }

    /// Waits until its library is open.
    fn ready(&mut self) -> Result<(), PluginError> {
        let Some(frame) = self.next()? else { return Err(self.stopped()) };
        match frame.kind {
            Kind::Ready => self.new = Taken::by(&self.process),
            Kind::Failed => {
                let why = self.understood(frame.message())?;
                return Err(PluginError::Load { id: self.id.clone(), why });
            }
            _ => return Err(self.misbehaved("sent a frame of a wrong kind")),
        }
        Ok(())
    }

    fn outcome(&mut self, host: &mut dyn MapHost) -> Result<Outcome, PluginError> {
        loop {
            let Some(frame) = self.next()? else { return Err(self.stopped()) };
            self.heard = true;
            match frame.kind {
                Kind::Call => self.answer(frame, host)?,
                Kind::Block => self.take_block(frame, host)?,
                Kind::Done => {
                    let (task, outcome): (u64, Result<Outcome, Problem>) =
                        self.understood(frame.message())?;
                    if task != self.tasks {
                        return Err(self.misbehaved("sent the end of another task"));
                    }
                    return outcome.map_err(|problem| self.problem(problem));
                }
                Kind::Start | Kind::Reply | Kind::Failed | Kind::Ready | Kind::Task => {
                    return Err(self.misbehaved("sent a frame of a wrong kind"));
                }
            }
        }
    }

    /// The next frame; `None` if there will be none.
    fn next(&mut self) -> Result<Option<Frame>, PluginError> {
        let since = Instant::now();
        let most = self.options.limits.time.saturating_sub(self.waited);
        loop {
            if self.options.cancel.load(Ordering::Relaxed) {
                return Err(PluginError::Cancelled { id: self.id.clone() });
            }
            let waited = since.elapsed();
            if waited > most {
                return Err(self.over(Limit::Time(self.options.limits.time)));
            }
            let left = self.options.silence.saturating_sub(waited);
            match self.frames.recv_timeout(left.min(most - waited).min(LOOK_UP)) {
                Ok(frame) => {
                    self.waited += since.elapsed();
                    return self.understood(frame).map(Some);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    let (id, after) = (self.id.clone(), self.options.silence);
                    return Err(PluginError::Silent { id, after, lines: self.lines });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn answer(&mut self, frame: Frame, host: &mut dyn MapHost) -> Result<(), PluginError> {
        let call: Call = self.understood(frame.message())?;
        if call.is_one_way() {
            return Err(self.misbehaved("asks what is no question"));
        }
        let mut bytes = frame.bytes;
        let reply = host.call(call, &mut bytes);
        if !matches!(reply, Ok(Reply::Bytes(_))) {
            bytes.clear();
        }
        let mut frame = self.understood(head(Kind::Reply, &reply, &bytes))?;
        frame.extend_from_slice(&bytes);
        self.send(frame)
    }

    fn send(&self, frame: Vec<u8>) -> Result<(), PluginError> {
        // If the worker is gone, the next frame says so.
        match self.replies.try_send(frame) {
            Err(std::sync::mpsc::TrySendError::Full(_)) => {
                Err(self.misbehaved("asks without reading the answers"))
            }
            _ => Ok(()),
        }
    }

    /// Counts what a block claims to hold, and hands it over. Whether it holds that is for the host to find out.
    fn take_block(&mut self, frame: Frame, host: &mut dyn MapHost) -> Result<(), PluginError> {
        host.inflated(self.understood(frame.message())?);
        let mut block = frame.bytes;
        let (lines, skipped) = claimed(&block);
        self.lines += lines;
        self.records += lines + skipped;
        if self.records > self.options.limits.lines {
            return Err(self.over(Limit::Lines(self.options.limits.lines)));
        }
        host.call(Call::Block, &mut block).map(|_| ()).map_err(|problem| self.problem(problem))
    }

    fn understood<T>(&self, what: io::Result<T>) -> Result<T, PluginError> {
        what.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => self.misbehaved(&format!("broke the rules of the pipe ({error})")),
            _ => self.misbehaved(&format!("left its pipe unreadable ({error})")),
        })
    }

    fn misbehaved(&self, what: &str) -> PluginError {
        PluginError::Misbehaved { id: self.id.clone(), what: what.to_owned(), lines: self.lines }
    }

    fn over(&self, limit: Limit) -> PluginError {
        PluginError::Over { id: self.id.clone(), limit, lines: self.lines }
    }

    fn problem(&self, problem: Problem) -> PluginError {
        PluginError::Problem { id: self.id.clone(), problem }
    }

    /// The pipe has ended without a last word: how did the process?
    fn stopped(&mut self) -> PluginError {
        let end = self.process.end(GRACE).unwrap_or(End::Mute);
        let _ = self.said_all.recv_timeout(Duration::from_millis(200));
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let mut said = escaped(&said.iter().copied().collect::<Vec<u8>>());
        match end {
            End::REFUSED => {
                let tried = tried(&mut said);
                PluginError::Refused { id: self.id.clone(), tried, lines: self.lines, said }
            }
            End::TOOK_TOO_LONG => self.over(Limit::Time(Allowed::here().cpu(self.options.limits))),
            // Nothing but these words says why a library gave up.
            End::ABORTED if said.contains(NO_MEMORY) => {
                self.over(Limit::Memory(Allowed::here().memory(self.options.limits)))
            }
            _ => PluginError::Stopped { id: self.id.clone(), end, lines: self.lines, said },
        }
    }
}

/// This binary, with nothing of ratebook's environment.
fn command(options: &Options) -> io::Result<Command> {
    let running = std::path::Path::new("/proc/self/exe");
    let binary = match &options.worker {
        Some(binary) => binary.clone(),
        // Also right if the file was replaced by another version meanwhile.
        None if cfg!(target_os = "linux") && running.exists() => running.to_owned(),
        None => std::env::current_exe()?,
    };
    let mut command = Command::new(binary);
    command.arg(WORKER_COMMAND).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    command.current_dir("/");
    #[cfg(windows)]
    command.envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)));
    Ok(command)
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("plugin pipe".to_owned()).spawn(work).map(|_| ())
}

fn read_frames(output: ChildStdout, to: &SyncSender<io::Result<Frame>>) {
    let mut output = BufReader::with_capacity(128 << 10, output);
    loop {
        let frame = match Frame::read(&mut output) {
            Ok(Some(frame)) => Ok(frame),
            Ok(None) => return,
            // A frame that ends with the process is the end of the process.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return,
            Err(error) => Err(error),
        };
        let last = frame.is_err();
        if to.send(frame).is_err() || last {
            return;
        }
    }
}

fn write_frames(mut input: ChildStdin, from: &Receiver<Vec<u8>>) {
    for frame in from {
        if input.write_all(&frame).is_err() {
            return;
        }
    }
}

fn keep_tail(mut error: ChildStderr, tail: &Mutex<VecDeque<u8>>, _all: &Sender<()>) {
    let mut chunk = [0; 1024];
    while let Ok(count @ 1..) = error.read(&mut chunk) {
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&chunk[..count]);
        let surplus = tail.len().saturating_sub(TAIL);
        tail.drain(..surplus);
    }
}

/// The text without anything that a terminal would obey.
fn escaped(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut escaped = String::new();
    for letter in text.trim_end().chars() {
        match letter {
            '\n' => escaped.push('\n'),
            letter if letter.is_control() => escaped.extend(letter.escape_default()),
            letter => escaped.push(letter),
        }
    }
    escaped
}
