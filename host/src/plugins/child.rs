//! The worker process: `ratebook plugin-worker`, started by ratebook itself. It loads one library, does a task, or one after
//! the other, and ends. Only the last frame of a task says that it has ended well.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;

use ratebook_plugin::abi::LoadedPlugin;
use ratebook_plugin::call::{Call, HostServices, Reply};
use ratebook_plugin::{Problem, ProblemKind};
use serde::{Deserialize, Serialize};

use super::frames::{Frame, Kind, LONGEST, head, write};
use super::limits::Limits;
use super::load::Checked;
use super::options::Confinement;
use super::payload::MapHost;
use super::sandbox::{Sandbox, confine, shut};
use super::task::{Outcome, Task, perform};

/// The hidden subcommand that makes a process a worker.
pub(crate) const WORKER_COMMAND: &str = "plugin-worker";

/// So much of a problem that is too long to be told is told.
const SHOWN: usize = 1000;

/// The first frame: all that a worker is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start {
    /// The library; `None` to say what of the sandbox is in force.
    pub(super) library: Option<Library>,
    /// How much it may take.
    pub(super) limits: Limits,
    /// How much of the sandbox must be in force.
    pub(super) sandbox: Confinement,
}

/// A library.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Library {
    /// The file.
    pub(super) path: PathBuf,
    /// Its digest.
    pub(super) sha256: String,
    /// The plugin's id.
    pub(super) id: String,
}

/// What a worker process does. `main` calls it, before anything else, if the first argument is
/// [`WORKER_COMMAND`].
pub(crate) fn worker_main() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        // There is nobody to tell but the error output; ratebook sees that the last frame is missing.
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn work() -> io::Result<()> {
    let mut pipe = Pipe::take()?;
    let start = Frame::read(&mut pipe.input)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let start: Start = start.message()?;
    let Start { library: Some(library), .. } = &start else {
        let outcome = confine(start.limits, None).map(Outcome::Sandbox);
        let outcome = outcome.map_err(|error| Problem::plugin(unconfined(&error)));
        return write(&mut pipe.output, Kind::Done, &(0, outcome), b"");
    };
    let plugin = match load(library, &start) {
        Err(why) => return write(&mut pipe.output, Kind::Failed, &why, b""),
        Ok(plugin) => plugin,
    };
    write(&mut pipe.output, Kind::Ready, &(), b"")?;
    for number in 1_u64.. {
        let Some(frame) = Frame::read(&mut pipe.input)? else { break };
        pipe.inflated = 0;
        let task: Task = frame.message()?;
        let outcome: Result<Outcome, Problem> = perform(plugin, &task, &mut pipe);
        match (head(Kind::Done, &(number, &outcome), b""), outcome) {
            // Its last word, although not all of it.
            (Err(_), Err(problem)) => {
                let message = problem.message.chars().take(SHOWN).chain(['…']).collect();
                let problem = Problem { message, ..Problem::new(problem.kind, "") };
                write(&mut pipe.output, Kind::Done, &(number, Err::<Outcome, _>(problem)), b"")?;
            }
            (_, outcome) => write(&mut pipe.output, Kind::Done, &(number, outcome), b"")?,
        }
    }
    Ok(())
}

/// Opens a library, in a process that has given up what no plugin needs: its bytes are in memory before, and files
/// are given up once it is open.
fn load(library: &Library, start: &Start) -> Result<LoadedPlugin, String> {
    let checked = Checked::new(&library.path, &library.sha256)?;
    crate::file_size::end_the_process();
    let sandbox: Sandbox = confine(start.limits, checked.readable()).map_err(|error| unconfined(&error))?;
    if let (Confinement::Require, Some(missing)) = (start.sandbox, sandbox.missing()) {
        return Err(format!("its source requires the sandbox, and here is not in force: {missing}"));
    }
    let plugin = checked.open(&library.id)?;
    shut(&sandbox).map_err(|error| unconfined(&error))?;
    Ok(plugin)
}

fn unconfined(error: &io::Error) -> String {
    format!("the worker cannot be confined: {error}")
}

/// What the plugin wants to hand over is more than goes through the pipe at once. It is what the vendor sent.
fn too_long(call: &Call, bytes: usize) -> Problem {
    let most = LONGEST >> 20;
    match call {
        Call::Block => Problem::data(format!(
            "a record is too long: {} MiB of text in it, and what crosses at once has at most {most} MiB",
            bytes >> 20
        )),
        _ => Problem::data(format!("a text is too long: what crosses at once has at most {most} MiB")),
    }
    .advise("Look at the payload for a cell that holds far more than it should.")
}

/// The pipe to ratebook, on descriptors that nothing else knows.
struct Pipe {
    input: BufReader<File>,
    output: File,
    /// How many bytes of the payload the plugin has been given.
    inflated: u64,
}

impl Pipe {
    /// Takes the pipe away from standard input and output, so that whatever a plugin reads there ends at once, and
    /// whatever it prints goes to the error output.
    #[cfg(unix)]
    fn take() -> io::Result<Pipe> {
        use rustix::io::fcntl_dupfd_cloexec;
        use rustix::stdio::{dup2_stdin, dup2_stdout, stderr, stdin, stdout};
        // Above those that a process usually has, and below what the least of limits allows.
        const HIGH: i32 = 16;
        let input = fcntl_dupfd_cloexec(stdin(), HIGH)?;
        let output = fcntl_dupfd_cloexec(stdout(), HIGH)?;
        dup2_stdin(File::open("/dev/null")?)?;
        dup2_stdout(stderr())?;
        Ok(Pipe { input: BufReader::new(input.into()), output: output.into(), inflated: 0 })
    }

    #[cfg(windows)]
    fn take() -> io::Result<Pipe> {
        use std::os::windows::io::AsHandle as _;
        let input = io::stdin().as_handle().try_clone_to_owned()?;
        let output = io::stdout().as_handle().try_clone_to_owned()?;
        Ok(Pipe { input: BufReader::new(input.into()), output: output.into(), inflated: 0 })
    }

    fn exchange(&mut self, call: &Call, bytes: &mut Vec<u8>) -> io::Result<Result<Reply, Problem>> {
        if matches!(call, Call::Block) {
            write(&mut self.output, Kind::Block, &self.inflated, bytes)?;
            return Ok(Ok(Reply::Done));
        }
        write(&mut self.output, Kind::Call, call, bytes)?;
        let frame = Frame::read(&mut self.input)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes.extend_from_slice(&frame.bytes);
        frame.message()
    }
}

impl HostServices for Pipe {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        let fits = bytes.len() as u64 <= u64::from(LONGEST);
        if !fits || head(Kind::Call, &call, b"").is_err() {
            return Err(too_long(&call, bytes.len()));
        }
        self.exchange(&call, bytes).unwrap_or_else(|error| {
            Err(Problem::new(ProblemKind::Stopped, format!("ratebook does not answer any more: {error}")))
        })
    }
}

impl MapHost for Pipe {
    fn inflated(&mut self, bytes: u64) {
        self.inflated = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_for_the_pipe_is_the_data_that_is_too_long() {
        let mut pipe = Pipe {
            input: BufReader::new(tempfile::tempfile().unwrap()),
            output: tempfile::tempfile().unwrap(),
            inflated: 0,
        };
        let mut batch = vec![b'x'; LONGEST as usize + 1];
        let problem = pipe.call(Call::Block, &mut batch).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data);
        assert!(problem.message.contains("a record is too long: 64 MiB"), "{problem}");
        let log = Call::Progress { text: "x".repeat(LONGEST as usize) };
        assert_eq!(pipe.call(log, &mut Vec::new()).unwrap_err().kind, ProblemKind::Data);
        assert_eq!(pipe.output.metadata().unwrap().len(), 0, "nothing of it was sent");
        // What fits is sent, and here nobody answers.
        batch.truncate(10);
        assert_eq!(pipe.call(Call::Now, &mut batch).unwrap_err().kind, ProblemKind::Stopped);
    }
}
