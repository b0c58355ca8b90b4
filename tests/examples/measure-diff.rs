//! Measures `ratebook test` and `ratebook diff` on a generated month: seconds and peak memory of each command.
//!
//! `cargo run -p ratebook-tests --example measure-diff -- [--customers N] [--lines N]`; the release binary is
//! measured.

use std::fs;
use std::io::{self, BufRead, BufReader, Read as _};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use ratebook_tests::lines::{BOOK, EDIT, MONTH, lines_workspace};
use ratebook_tests::workspace::Workspace;

/// How often a running command is looked at.
const LOOK: Duration = Duration::from_millis(3);

fn main() -> ExitCode {
    let (mut customers, mut lines) = (3_000, 200_000);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let number = arguments.next().and_then(|value| value.parse().ok());
        match (name.as_str(), number) {
            ("--customers", Some(number)) if number > 0 => customers = number,
            ("--lines", Some(number)) => lines = number,
            _ => {
                eprintln!("usage: measure-diff [--customers N] [--lines N]");
                return ExitCode::from(2);
            }
        }
    }
    match measure(customers, lines) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(customers: u64, lines: u64) -> io::Result<()> {
    println!("{customers} customers, {lines} lines");
    let folder = tempfile::tempdir()?;
    lines_workspace(folder.path(), customers, lines)?;
    let workspace = Workspace::in_folder(folder);
    fs::create_dir(workspace.path().join("before"))?;
    for file in ["main.toml", "book.toml"] {
        fs::copy(workspace.path().join("rules").join(file), workspace.path().join("before").join(file))?;
    }
    let diff = ["diff", "--month", MONTH, "--from", "before"];
    let run = |what: &str, code: i32, arguments: &[&str]| {
        let measured = finish(workspace.command(arguments))?;
        println!(
            "{what:<44} {:>6.2} s {:>6} MB{}",
            measured.took.as_secs_f64(),
            measured.kilobytes / 1024,
            if measured.code == code { String::new() } else { format!("  exit {}!", measured.code) }
        );
        Ok::<_, io::Error>(())
    };
    run("record", 0, &["test", "record", "--month", MONTH])?;
    run("test, nothing moves", 0, &["test"])?;
    run("diff, nothing moves", 0, &diff)?;
    workspace.replace(BOOK, EDIT[0], EDIT[1])?;
    run("diff, a price", 0, &diff)?;
    run("diff, a price, a page with all lines", 0, &[&diff[..], &["--format", "html"]].concat())?;
    run("test, a price, in CI", 4, &["test", "--ci"])?;
    run("test, a price, .snap.new written", 4, &["test"])?;
    run("test --accept", 0, &["test", "--accept"])?;
    run("test --coverage", 0, &["test", "--coverage"])?;

    let mut child =
        workspace.command(&["test", "--watch"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let result = watch(&workspace, &mut child);
    child.kill()?;
    child.wait()?;
    result
}

/// Saves a price twice while the rules are watched, and prints how long until each was answered.
fn watch(workspace: &Workspace, child: &mut Child) -> io::Result<()> {
    let notes = child.stderr.take().ok_or_else(|| io::Error::other("no notes"))?;
    let mut notes = BufReader::new(notes).lines();
    let mut wait = || {
        for line in notes.by_ref() {
            if line?.contains("waiting for a change") {
                return Ok(());
            }
        }
        Err(io::Error::other("the watching command has ended"))
    };
    wait()?;
    for [from, to] in [[EDIT[1], EDIT[0]], EDIT] {
        let begun = Instant::now();
        workspace.replace(BOOK, from, to)?;
        wait()?;
        println!("{:<44} {:>6.2} s", "watch: from a save to the answer", begun.elapsed().as_secs_f64());
    }
    println!("{:<44} {:>15} MB", "watch: memory", kilobytes(child) / 1024);
    Ok(())
}

/// What a command took.
struct Measured {
    code: i32,
    took: Duration,
    kilobytes: u64,
}

fn finish(mut command: Command) -> io::Result<Measured> {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut output = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
    let reader = std::thread::spawn(move || output.read_to_end(&mut Vec::new()));
    let mut most = 0;
    let status = loop {
        most = most.max(kilobytes(&child));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    let took = begun.elapsed();
    reader.join().map_err(|_| io::Error::other("the output could not be read"))??;
    Ok(Measured { code: status.code().unwrap_or(-1), took, kilobytes: most })
}

/// The peak memory of a running process so far; 0 where the system does not say.
fn kilobytes(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
