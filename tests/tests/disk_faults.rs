//! Every system call of a command that changes a file goes wrong once: no space, a broken disk, half a write, a kill.
//! What stands at its place is whole, what is said names the place, and the next run ends as if nothing had been.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on ends here")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use ratebook_tests::calls::{self, Call, Fate, Traced};
use ratebook_tests::left::{results, torn};
use ratebook_tests::workspace::{MONTH, Workspace};

const RUN: [&str; 4] = ["run", "--month", MONTH, "--offline"];

/// A command in a workspace, and what becomes of both when nothing goes wrong.
struct Undisturbed {
    before: Workspace,
    command: &'static [&'static str],
    calls: Vec<Call>,
    old: BTreeMap<String, Vec<u8>>,
    new: BTreeMap<String, Vec<u8>>,
}

impl Undisturbed {
    fn new(before: Workspace, command: &'static [&'static str]) -> Undisturbed {
        let workspace = before.again().unwrap();
        let traced = traced(&workspace, command, None);
        assert_eq!(traced.output.status.code(), Some(0), "{}", said(&traced));
        assert!(traced.calls.len() > 20, "hardly anything was seen: {:?}", traced.calls);
        let new = results(&workspace).unwrap();
        Undisturbed { old: results(&before).unwrap(), before, command, calls: traced.calls, new }
    }

    /// Lets each call meet a fate, one a run, and holds what is left to what must be true of it. Threads take turns
    /// as they like, so the same number may be another call in another run, and the last may never come.
    fn each(&self, fates: impl Fn(usize) -> Option<Fate>) {
        for number in 1..=self.calls.len() {
            let Some(fate) = fates(number) else { continue };
            let workspace = self.before.again().unwrap();
            let disturbed = traced(&workspace, self.command, Some((number, fate)));
            let told = format!("call {number} {fate:?}: {}", said(&disturbed));
            self.is_whole(&workspace, &told);
            let Some(call) = disturbed.calls.get(number - 1) else { continue };
            let told = format!("{call:?} {told}");
            match disturbed.output.status.code() {
                // Before it listens for signals, one ends it at once.
                None => assert!(matches!(fate, Fate::Killed | Fate::Asked(_)), "{told}"),
                Some(0) => self.is_done(&workspace, &told),
                Some(130) => assert_eq!(fate, Fate::Asked(Signal::SIGINT), "{told}"),
                Some(143) => assert_eq!(fate, Fate::Asked(Signal::SIGTERM), "{told}"),
                Some(9) => {
                    assert!(matches!(fate, Fate::Refused(_) | Fate::RefusedFromHereOn(_)), "{told}");
                    let says = &disturbed.output.stderr;
                    // What fails first may not matter, and of what fails later one is enough.
                    let failed = &disturbed.calls[number - 1..];
                    let failed = if matches!(fate, Fate::Refused(_)) { &failed[..1] } else { failed };
                    let is_named = |call: &Call| {
                        let place = call.told().as_os_str().as_bytes();
                        says.windows(place.len()).any(|part| part == place)
                    };
                    assert!(failed.iter().any(is_named), "the place is not named: {told}");
                }
                Some(_) => panic!("{told}"),
            }
            let again = workspace.run(self.command).unwrap();
            assert_eq!(again.code, 0, "after {told}: {}", again.told());
            self.is_done(&workspace, &told);
        }
    }

    /// Every file is the old or the new one, and what a manifest names is there.
    fn is_whole(&self, workspace: &Workspace, told: &str) {
        let left = results(workspace).unwrap();
        assert!(torn(&left).is_empty(), "torn: {:?}: {told}", torn(&left));
        for (path, bytes) in &left {
            let is_known = [&self.old, &self.new].iter().any(|side| side.get(path) == Some(bytes));
            assert!(is_known || has_a_clock(path), "{path} is neither the old nor the new file: {told}");
        }
    }

    fn is_done(&self, workspace: &Workspace, told: &str) {
        let left = results(workspace).unwrap();
        let names = |side: &BTreeMap<String, Vec<u8>>| side.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&left), names(&self.new), "{told}");
        let differs: Vec<_> =
            left.iter().filter(|(path, bytes)| self.new[*path] != **bytes && !has_a_clock(path)).collect();
        assert!(differs.is_empty(), "{} differs: {told}", differs[0].0);
    }
}

/// When a month was closed is in no other file.
fn has_a_clock(path: &str) -> bool {
    path.ends_with("/closed.json")
}

fn traced(workspace: &Workspace, command: &[&str], fate: Option<(usize, Fate)>) -> Traced {
    calls::run(&mut workspace.command(command), workspace.path(), fate).unwrap()
}

fn said(traced: &Traced) -> String {
    format!("{:?}\n{}", traced.output.status, String::from_utf8_lossy(&traced.output.stderr))
}

fn example() -> Workspace {
    Workspace::of_the_example().unwrap()
}

/// A finished month whose rules and payloads have changed since: nearly every file of it is going to be replaced.
fn to_be_made_anew() -> Workspace {
    let workspace = example();
    workspace.done(&RUN);
    workspace.replace("rules/books/acronis-2026.toml", "\"3.20\"", "\"3.30\"").unwrap();
    let summary =
        String::from_utf8(workspace.read("recordings/2026-03/metallic/usage-summary.json").unwrap());
    workspace.record_metallic((summary.unwrap() + "\n").as_bytes()).unwrap();
    workspace
}

/// A finished month, the month before it closed and corrected since.
fn to_be_adjusted() -> Workspace {
    let workspace = Workspace::with_a_closed_month().unwrap();
    workspace.done(&["run", "--month", "2026-04", "--offline"]);
    let path = "recordings/2026-03/metallic/usage-summary.json";
    let mut summary: serde_json::Value = serde_json::from_slice(&workspace.read(path).unwrap()).unwrap();
    summary["data"].as_array_mut().unwrap().remove(2);
    workspace.record_metallic(summary.to_string().as_bytes()).unwrap();
    workspace
}

const ADJUST: [&str; 6] = ["adjust", "--month", MONTH, "--into", "2026-04", "--offline"];

#[test]
fn a_first_run_without_space_at_any_call() {
    Undisturbed::new(example(), &RUN).each(|number| match number % 2 {
        0 => Some(Fate::Refused(Errno::ENOSPC as i32)),
        _ => Some(Fate::RefusedFromHereOn(Errno::ENOSPC as i32)),
    });
}

#[test]
fn a_run_over_an_older_one_on_a_broken_disk_at_any_call() {
    let errors = [Errno::EIO, Errno::EROFS, Errno::EDQUOT, Errno::EACCES, Errno::EMFILE];
    Undisturbed::new(to_be_made_anew(), &RUN)
        .each(|number| Some(Fate::Refused(errors[number % errors.len()] as i32)));
}

#[test]
fn a_run_over_an_older_one_killed_at_any_call() {
    Undisturbed::new(to_be_made_anew(), &RUN).each(|_| Some(Fate::Killed));
}

#[test]
fn calls_that_are_interrupted_or_do_half_are_finished() {
    Undisturbed::new(example(), &RUN).each(|number| match number % 2 {
        0 => Some(Fate::Half),
        _ => Some(Fate::Interrupted),
    });
}

#[test]
fn closing_refused_or_killed_at_any_call() {
    let workspace = example();
    workspace.done(&RUN);
    let close = Undisturbed::new(
        workspace,
        &["close", "--month", MONTH, "--accept-held", "--because", "sales decides"],
    );
    close.each(|_| Some(Fate::Killed));
    close.each(|_| Some(Fate::Refused(Errno::EIO as i32)));
}

#[test]
fn a_signal_at_any_call_ends_soon_and_leaves_all_whole() {
    Undisturbed::new(example(), &RUN).each(|number| match number % 6 {
        0 => Some(Fate::Asked(Signal::SIGINT)),
        3 => Some(Fate::Asked(Signal::SIGTERM)),
        _ => None,
    });
}

#[test]
fn adjusting_killed_at_any_call() {
    Undisturbed::new(to_be_adjusted(), &ADJUST).each(|_| Some(Fate::Killed));
}

/// Power may go at any time: bytes are on the disk before their name is, and the name before anything is made of it.
#[test]
fn a_file_is_synced_before_it_is_renamed_and_its_folder_after() {
    let calls = Undisturbed::new(example(), &RUN).calls;
    let renames: Vec<usize> = (0..calls.len()).filter(|at| calls[*at].name.starts_with("rename")).collect();
    assert!(renames.len() > 10, "{calls:?}");
    for at in renames {
        let folder = calls[at].path.parent().unwrap();
        let is_synced = |call: &Call| call.name == "fsync" && call.path.parent() == Some(folder);
        assert!(calls[..at].iter().any(is_synced), "{:?} was not synced before", calls[at]);
        let is_last = |call: &Call| call.name == "fsync" && call.path == folder;
        assert!(calls[at..].iter().any(is_last), "the folder of {:?} was not synced after", calls[at]);
    }
    let manifest = calls.iter().rposition(|call| call.name.starts_with("rename")).unwrap();
    assert!(calls[manifest].path.ends_with("manifest.json"), "the last name is {:?}", calls[manifest]);
}

/// Nothing that is written can be read by others, whatever the umask.
#[test]
fn what_is_written_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = example();
    let mut shell = std::process::Command::new("sh");
    let run = workspace.command(&RUN);
    shell.args(["-c", "umask 000; exec \"$@\"", "sh"]).arg(run.get_program()).args(run.get_args());
    let ran = workspace.ran(&shell.output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.told());
    let mut folders = vec![workspace.path().join("runs")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let mode = fs::symlink_metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
            seen += 1;
            folders.extend(path.is_dir().then_some(path));
        }
    }
    assert!(seen > 20, "{seen} files and folders");
}
