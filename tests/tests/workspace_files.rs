//! Files of a workspace that are no month's: `plugins.lock`, `tests/`, the index, templates. Each is written whole, by one
//! command at a time, and a try that ended half-way is in nobody's way.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::fs;
use std::process::Command;

use nix::errno::Errno;
use ratebook_tests::built::built;
use ratebook_tests::calls::{self, Fate};
use ratebook_tests::workspace::{MONTH, Workspace};

const RUN: [&str; 4] = ["run", "--month", MONTH, "--offline"];

/// What is not below `runs/`, and all drafts wherever they are.
fn kept(workspace: &Workspace) -> Vec<(String, Vec<u8>)> {
    let is_kept = |path: &str| !path.starts_with("runs/") || path.contains(".draft-");
    workspace.files().unwrap().into_iter().filter(|(path, _)| is_kept(path)).collect()
}

/// A run month whose tests were recorded before its rules changed.
fn recorded() -> Workspace {
    let workspace = Workspace::of_the_example().unwrap();
    workspace.done(&RUN);
    workspace.done(&["test", "record", "--month", MONTH]);
    workspace.replace("rules/books/acronis-2026.toml", "\"3.20\"", "\"3.30\"").unwrap();
    workspace
}

/// Lets each call of a command be refused for want of space, and be its last; afterwards the same command ends as if
/// nothing had been, and nothing half written is left.
fn each_call_goes_wrong(before: &Workspace, command: &[&str]) {
    let undisturbed = before.again().unwrap();
    let calls = calls::run(&mut undisturbed.command(command), undisturbed.path(), None).unwrap();
    assert_eq!(calls.output.status.code(), Some(0), "{}", String::from_utf8_lossy(&calls.output.stderr));
    let mut refused = 0;
    for number in 1..=calls.calls.len() {
        for fate in [Fate::Refused(Errno::ENOSPC as i32), Fate::Killed] {
            let workspace = before.again().unwrap();
            let run = calls::run(&mut workspace.command(command), workspace.path(), Some((number, fate)));
            let run = run.unwrap();
            let said = String::from_utf8_lossy(&run.output.stderr);
            let told = format!("{command:?} call {number} {:?} {fate:?}: {said}", run.calls.get(number - 1));
            match run.output.status.code() {
                None => assert_eq!(fate, Fate::Killed, "{told}"),
                Some(9) => {
                    assert!(said.contains("error[E-STORAGE]") && fate != Fate::Killed, "{told}");
                    refused += 1;
                }
                // What only cleans up may fail, and threads take turns as they like.
                code => assert_eq!(code, Some(0), "{told}"),
            }
            let again = workspace.run(command).unwrap();
            assert_eq!(again.code, 0, "after {told}: {}", again.told());
            assert!(kept(&workspace) == kept(&undisturbed), "another end after {told}");
        }
    }
    assert!(refused > 4, "{command:?}: {refused} of {} calls", calls.calls.len());
}

#[test]
fn trusting_a_plugin_fails_or_is_killed_at_any_call() {
    let library = built().plugin("focus").display().to_string();
    let before = Workspace::of_the_example().unwrap();
    before.done(&["plugin", "trust", &built().plugin("sophos").display().to_string()]);
    each_call_goes_wrong(&before, &["plugin", "trust", &library]);
}

#[test]
fn recording_a_test_fails_or_is_killed_at_any_call() {
    each_call_goes_wrong(&recorded(), &["test", "record", "--month", MONTH, "--replace"]);
}

#[test]
fn accepting_a_test_fails_or_is_killed_at_any_call() {
    each_call_goes_wrong(&recorded(), &["test", "--accept"]);
}

/// Of a first index that was killed at any call, the next one says nothing and makes it whole.
#[test]
fn a_first_index_killed_at_any_call_is_ours() {
    let before = Workspace::of_the_example().unwrap();
    before.done(&RUN);
    let undisturbed = before.again().unwrap();
    let count =
        calls::run(&mut undisturbed.command(&["index"]), undisturbed.path(), None).unwrap().calls.len();
    assert!(count > 10, "{count}");
    for number in 1..=count {
        let workspace = before.again().unwrap();
        let killed = Some((number, Fate::Killed));
        calls::run(&mut workspace.command(&["index"]), workspace.path(), killed).unwrap();
        let again = workspace.done(&["index"]);
        assert!(again.stderr.is_empty(), "call {number}: {}", again.told());
        let names = workspace.files().unwrap().into_iter().map(|(name, _)| name);
        let index: Vec<String> = names.filter(|name| name.starts_with("runs/index.")).collect();
        assert_eq!(index, ["runs/index.sqlite"], "call {number}");
    }
}

#[test]
fn rules_are_found_by_a_name_alone() {
    let workspace = Workspace::of_the_example().unwrap();
    workspace.done(&RUN);
    let rate = |rules: &str| {
        let mut command = Command::new(&built().ratebook);
        let lines = workspace.path().join("runs").join(MONTH).join("lines");
        command.args(["rate", "--month", MONTH, "--rules", rules]).env_clear();
        for source in ["acronis-eu", "metallic"] {
            command.arg("--lines").arg(lines.join(format!("{source}.parquet")));
        }
        workspace.ran(&command.current_dir(workspace.path().join("rules")).output().unwrap())
    };
    let by_path = rate("./main.toml");
    assert_eq!(by_path.code, 0, "{}", by_path.told());
    assert_eq!(rate("main.toml").told(), by_path.told());
}

#[test]
fn a_template_that_was_half_written_is_finished() {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    workspace.done(&["init"]);
    let whole = workspace.files().unwrap();
    fs::remove_file(workspace.path().join("ratebook.toml")).unwrap();
    fs::remove_dir_all(workspace.path().join("rules")).unwrap();
    fs::write(workspace.path().join("schemas/.draft-a1B2c3"), "{").unwrap();
    workspace.done(&["init"]);
    assert!(workspace.files().unwrap() == whole);
    workspace.done(&["init"]);
    assert!(workspace.files().unwrap() == whole);
}

/// A pipe that nobody writes to, in the place of each file that is read: the command ends at once and names it.
#[test]
fn a_pipe_in_a_files_place_hangs_no_command() {
    let made = Workspace::of_the_example().unwrap();
    made.done(&RUN);
    let import = ["import", "--month", MONTH, "--source", "metallic", "usage.json"];
    let rate = ["rate", "--month", MONTH, "--rules", "rules/main.toml", "--lines", "usage.json"];
    for (path, command, code) in [
        ("ratebook.toml", &["check"][..], 3),
        ("rules/labels.toml", &["check"], 3),
        ("rules/main.toml", &["check"], 3),
        ("plugins.lock", &["check"], 8),
        ("plugins/libratebook_plugin_other.so", &["plugin", "list"], 0),
        ("usage.json", &import, 6),
        ("usage.json", &rate, 6),
        ("recordings/2026-03/metallic/usage-summary.json", &RUN, 6),
    ] {
        let workspace = made.again().unwrap();
        fs::remove_dir_all(workspace.path().join("runs")).unwrap();
        let file = workspace.path().join(path);
        let _ = fs::remove_file(&file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let run = workspace.command(command);
        let mut limited = Command::new("timeout");
        limited.arg("60").arg(run.get_program()).args(run.get_args()).env_clear();
        limited
            .env("PATH", "/usr/bin:/bin")
            .env("ACRONIS_CLIENT_SECRET", "none")
            .current_dir(workspace.path());
        let ran = workspace.ran(&limited.output().unwrap());
        assert_eq!(ran.code, code, "{path}: {}", ran.told());
        let is_told = ["is a pipe, not a file", "is not a file"].iter().any(|why| ran.told().contains(why));
        assert!(is_told, "{path}: {}", ran.told());
    }
}
