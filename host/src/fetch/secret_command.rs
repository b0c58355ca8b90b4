//! Runs the program that brings a secret, and ends it in time, together with what it has started.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use ratebook_plugin::Problem;

use super::stopped::stopped;
use crate::plugins::{End, Process};

/// No credential is longer.
pub(super) const LONGEST: u64 = 64 << 10;
/// How often a wait looks whether something has changed.
const LOOK: Duration = Duration::from_millis(20);

/// How long is waited for a secret.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// For all of it: long enough for a person to unlock a key.
    pub(super) whole: Duration,
    /// For the end of the output once the program itself has ended.
    pub(super) after_end: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { whole: Duration::from_secs(120), after_end: Duration::from_secs(5) }
    }
}

/// The first line that a program prints. What it prints elsewhere is not shown: it may be about the secret.
///
/// # Errors
/// [`Problem::config`] if it cannot be started, fails, prints no text, or does not end in time.
pub(super) fn first_line(
    key: &str,
    words: &[String],
    folder: &Path,
    patience: Patience,
    cancel: &AtomicBool,
) -> Result<String, Problem> {
    let (program, arguments) =
        words.split_first().ok_or_else(|| Problem::config(key, "`command` is empty"))?;
    let problem = |what: &str| Problem::config(key, format!("{program} {what}"));
    let by_hand = |problem: Problem| problem.advise("Run the command by hand to see what it says.");
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // A program of another group may not ask at the terminal.
    let mut process =
        if has_terminal() { Process::start_in_our_group(command) } else { Process::start(command) }
            .map_err(|error| by_hand(problem(&format!("could not be started: {error}"))))?;
    let output = process.output().ok_or_else(|| problem("has no output"))?;
    let begun = Instant::now();
    let mut ended: Option<Instant> = None;
    let read = in_time(cancel, output, read_short, || {
        if begun.elapsed() > patience.whole {
            return Some(by_hand(problem("did not end in time, and was stopped")));
        }
        if ended.is_none() && process.has_ended() {
            ended = Some(Instant::now());
        }
        let open = ended.is_some_and(|ended| ended.elapsed() > patience.after_end);
        open.then(|| {
            problem("has ended, but something that it started keeps its output open, and was stopped").advise(
                "Let the command end what it starts, or send the output of that elsewhere: >/dev/null.",
            )
        })
    })?;
    let Ok(bytes) = read else { return Err(by_hand(problem("could not be read from"))) };
    if bytes.len() as u64 > LONGEST {
        return Err(problem("prints more than a secret can hold (64 KiB)"));
    }
    loop {
        if process.has_ended() {
            break;
        }
        if cancel.load(Ordering::Relaxed) {
            return Err(stopped());
        }
        if begun.elapsed() > patience.whole {
            return Err(by_hand(problem("did not end in time, and was stopped")));
        }
        std::thread::sleep(LOOK);
    }
    match process.end(Duration::ZERO) {
        Some(End::Code(0)) => {}
        Some(end) => return Err(by_hand(problem(&format!("failed ({end})")))),
        None => return Err(by_hand(problem("failed"))),
    }
    let text = String::from_utf8(bytes).map_err(|_| by_hand(problem("did not print text")))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Reads a file that may be a pipe with nobody at its other end.
///
/// # Errors
/// [`Problem::config`] if it does not come to its end in time.
pub(super) fn read_whole(
    key: &str,
    path: &Path,
    patience: Patience,
    cancel: &AtomicBool,
) -> Result<io::Result<(Metadata, Vec<u8>)>, Problem> {
    let (begun, from) = (Instant::now(), path.to_owned());
    let read = |from: PathBuf| {
        let file = File::open(from)?;
        Ok((file.metadata()?, read_short(file)?))
    };
    in_time(cancel, from, read, || {
        (begun.elapsed() > patience.whole).then(|| {
            Problem::config(key, format!("{} did not come to its end in time", path.display()))
                .advise("If it is a pipe, something must write the secret into it and close it.")
        })
    })
}

/// A little more than a secret can hold, at most.
fn read_short(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LONGEST + 1).read_to_end(&mut bytes).map(|_| bytes)
}

/// Does `work` on a thread of its own, which is left behind if `over` says that the time for it is over.
fn in_time<I: Send + 'static, T: Send + 'static>(
    cancel: &AtomicBool,
    input: I,
    work: impl FnOnce(I) -> io::Result<T> + Send + 'static,
    mut over: impl FnMut() -> Option<Problem>,
) -> Result<io::Result<T>, Problem> {
    let (to, from) = channel();
    let thread = std::thread::Builder::new().name("secret".to_owned());
    if let Err(error) = thread.spawn(move || drop(to.send(work(input)))) {
        return Ok(Err(error));
    }
    loop {
        match from.recv_timeout(LOOK) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Disconnected) => return Ok(Err(io::ErrorKind::UnexpectedEof.into())),
            Err(RecvTimeoutError::Timeout) if cancel.load(Ordering::Relaxed) => return Err(stopped()),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(problem) = over() {
                    return Err(problem);
                }
            }
        }
    }
}

/// True if there is a terminal at which a program could ask for a passphrase.
#[cfg(unix)]
fn has_terminal() -> bool {
    File::open("/dev/tty").is_ok()
}

#[cfg(not(unix))]
fn has_terminal() -> bool {
    true
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const SHORT: Patience =
        Patience { whole: Duration::from_secs(600), after_end: Duration::from_millis(100) };

    fn told(script: &str, patience: Patience) -> Result<String, Problem> {
        let words = ["sh", "-c", script].map(str::to_owned);
        first_line("secrets.key", &words, Path::new("/"), patience, &AtomicBool::new(false))
    }

    /// True once nothing of this command line runs any more.
    fn is_gone(line: &str) -> bool {
        // What was killed and is no child of ours ends a moment later.
        (0..500).any(|_| {
            let gone = !runs(line);
            if !gone {
                std::thread::sleep(LOOK);
            }
            gone
        })
    }

    /// What has ended and waits for init has no command line any more.
    fn runs(line: &str) -> bool {
        let words: Vec<u8> = line.split(' ').flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect();
        let mut processes = std::fs::read_dir("/proc").expect("Linux has /proc").flatten();
        processes.any(|process| std::fs::read(process.path().join("cmdline")).is_ok_and(|line| line == words))
    }

    #[test]
    fn s16_what_a_command_leaves_behind_does_not_hold_us() {
        // A number that no other process sleeps for.
        let line = format!("sleep 86{}", std::process::id());
        let problem = told(&format!("{line} & echo the-secret"), SHORT).unwrap_err();
        assert!(problem.message.contains("sh has ended, but something"), "{problem}");
        assert!(has_terminal() || is_gone(&line));
        // What has its output elsewhere is no hindrance, and ends too.
        let elsewhere = format!("{line} >/dev/null & echo the-secret");
        assert_eq!(told(&elsewhere, SHORT).unwrap(), "the-secret");
        assert!(has_terminal() || is_gone(&line));
    }

    #[test]
    fn s16_a_command_that_does_not_end_is_ended() {
        let line = format!("sleep 87{}", std::process::id());
        let patience = Patience { whole: Duration::from_millis(200), ..SHORT };
        for script in [line.clone(), format!("echo half; {line}"), format!("echo all; exec >&-; {line}")] {
            let problem = told(&script, patience).unwrap_err();
            assert!(problem.message.contains("did not end in time"), "{script}: {problem}");
            assert!(has_terminal() || is_gone(&line), "{script}");
        }
        let problem = told("exec yes", SHORT).unwrap_err();
        assert!(problem.message.contains("more than a secret can hold"), "{problem}");
    }

    #[test]
    fn s16_a_run_that_is_stopped_does_not_wait_for_a_command() {
        let words = ["sleep".to_owned(), "88".to_owned()];
        let stopping = AtomicBool::new(true);
        let problem = first_line("secrets.key", &words, Path::new("/"), SHORT, &stopping).unwrap_err();
        assert_eq!(problem.kind, ratebook_plugin::ProblemKind::Stopped);
    }

    #[test]
    fn s16_a_pipe_that_nobody_writes_into_does_not_hold_us() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let patience = Patience { whole: Duration::from_millis(200), ..SHORT };
        let problem = read_whole("secrets.key", &path, patience, &AtomicBool::new(false)).unwrap_err();
        assert!(problem.message.contains("did not come to its end in time"), "{problem}");
    }
}
