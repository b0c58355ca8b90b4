//! A plugin that is built with `panic = "abort"`: nothing can fence its panics, so they end its worker.

use std::fs;
use std::process::Command;

use ratebook_tests::built::built;
use ratebook_tests::recording::{self, Payload};
use ratebook_tests::workspace::{MONTH, Ran, Workspace};

use crate::builds::{MISBEHAVING, today};
use crate::hosts::{error, listed, workspace};
use crate::table::SMALL;

/// Runs a ratebook that has no plugin beside it.
fn run(workspace: &Workspace, arguments: &[&str]) -> Ran {
    let ratebook = workspace.path().join("ratebook");
    if !ratebook.exists() {
        fs::copy(&built().ratebook, &ratebook).unwrap();
    }
    let mut command = Command::new(ratebook);
    command.args(arguments).arg("--workspace").arg(workspace.path()).env_clear();
    workspace.ran(&command.output().unwrap())
}

fn map(workspace: &Workspace, wrong: &str, more: &[&str]) -> Ran {
    let config = format!("[source.misbehaving]\nplugin = \"misbehaving\"\ntenant = \"t\"\n{wrong}");
    fs::write(workspace.path().join("ratebook.toml"), format!("version = 1\n{config}")).unwrap();
    let _ = fs::remove_dir_all(workspace.path().join("runs"));
    let fetched = run(workspace, &["fetch", "--month", MONTH, "--offline"]);
    assert_eq!(fetched.code, 0, "{}", fetched.told());
    run(workspace, &[&["normalize", "--month", MONTH], more].concat())
}

#[test]
fn a_panic_that_aborts_is_one_clear_line() {
    let (workspace, trusted) = workspace(&today(SMALL).plugin(MISBEHAVING), MISBEHAVING, "");
    assert_eq!(trusted.code, 0, "{}", trusted.told());
    assert_eq!(listed(&workspace)["panic"], "abort");
    let list = run(&workspace, &["plugin", "list"]).stdout;
    assert!(list.contains("built with panic=abort: a panic ends its process"), "{list}");
    let payload = Payload { file: "usage.txt", format: "misbehaving-text", bytes: b"A\n\nB\n" };
    let recordings = workspace.path().join("recordings").join(MONTH).join(MISBEHAVING);
    recording::write(&recordings, MISBEHAVING, MONTH, &[payload]).unwrap();

    assert_eq!(map(&workspace, "", &[]).code, 0);
    assert_eq!(workspace.lines(MONTH, "misbehaving").lines().count(), 2);

    let wrong = "[source.misbehaving.config]\nwrong = \"panic\"\nat = \"map\"\nlines = 70000\n";
    let panicked = map(&workspace, wrong, &[]);
    assert_eq!(panicked.code, 8, "{}", panicked.told());
    let line =
        "plugin misbehaving stopped with signal 6 (it gave up) after 65536 lines. None of them was used";
    assert!(error(&panicked).ends_with(line), "{}", panicked.told());
    for words in ["panicked at tests/misbehaving/src/wrong.rs:", "\n  as it was told, 1 times\n"] {
        assert!(panicked.stderr.contains(words), "{}", panicked.told());
    }
    let in_process = map(&workspace, wrong, &["--in-process"]);
    assert_eq!(in_process.code, 8, "{}", in_process.told());
    assert!(
        in_process.stderr.contains("panic=abort, so it runs in a process of its own only"),
        "{}",
        in_process.told()
    );
}
