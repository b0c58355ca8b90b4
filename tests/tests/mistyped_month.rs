//! A month that was mistyped: whatever fails before it has anything of it makes nothing, and nothing stands in the way of
//! the months that there are.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use ratebook_tests::workspace::{MONTH, NEXT, Workspace};

/// Nothing was ever run, fetched or recorded of it.
const NONE: &str = "2025-03";

/// Every file and folder, with the files' bytes.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.push((path.display().to_string(), Vec::new()));
            all.extend(tree(&path));
        } else {
            all.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    all.sort();
    all
}

/// Every command that takes a month, with one that is none.
const COMMANDS: &[&[&str]] = &[
    &["run", "--offline", "--month", NONE],
    &["run", "--offline", "--force", "--allow-partial", "--month", NONE],
    &["fetch", "--offline", "--month", NONE],
    &["import", "--source", "metallic", "ratebook.toml", "--month", NONE],
    &["normalize", "--month", NONE],
    &["rate", "--month", NONE],
    &["rate", "--accept", "vanished:customer:fabrikam", "--because", "left", "--month", NONE],
    &["run", "--offline", "--accept", "vanished:customer:fabrikam", "--because", "left", "--month", NONE],
    &["explain", "--month", NONE],
    &["verify", "--month", NONE],
    &["close", "--month", NONE],
    &["adjust", "--offline", "--into", NEXT, "--month", NONE],
    &["adjust", "--offline", "--into", "2025-04", "--month", NONE],
    &["adjust", "--offline", "--into", "2999-01", "--month", MONTH],
    &["publish", "postgres://nobody@127.0.0.1:1/none", "--month", NONE],
    &["diff", "--from", "run:2026-03", "--month", NONE],
    &["diff", "--from", "run:2025-03", "--month", MONTH],
    &["diff", "--from-month", NONE, "--month", MONTH],
    &["test", "record", "--month", NONE],
    &["test", "record", "--anonymize", "--month", NONE],
    &["plugin", "record", "--source", "metallic", "--into", "fixture", "--month", "2999-01"],
];

#[test]
fn a_command_that_fails_before_it_has_anything_makes_nothing() {
    let empty = Workspace::of_the_example().unwrap();
    let closed = Workspace::with_a_closed_month().unwrap();
    for workspace in [&empty, &closed] {
        let before = tree(workspace.path());
        for command in COMMANDS {
            let ran = workspace.run(command).unwrap();
            assert!(ran.code != 0 && ran.code != 1, "{command:?}: {}", ran.told());
            let after = tree(workspace.path());
            let news: Vec<&String> =
                after.iter().filter(|entry| !before.contains(entry)).map(|(name, _)| name).collect();
            assert!(
                news.is_empty() && after.len() == before.len(),
                "{command:?} left {news:?}: {}",
                ran.told()
            );
        }
    }
    closed.done(&["run", "--offline", "--month", NEXT]);
    closed.done(&["close", "--month", NEXT, "--accept-held", "--because", "sales decides"]);
}

#[test]
fn a_folder_with_nothing_of_a_month_stands_in_no_ones_way() {
    let workspace = Workspace::of_the_example().unwrap();
    // What earlier builds and runs that were killed have left.
    for (folder, file) in [
        ("2024-12", ".lock"),
        ("2025-01", ".lock"),
        ("2025-01/lines", ".draft-a1b2"),
        ("2025-02/log", "requests-metallic.jsonl"),
    ] {
        let folder = workspace.path().join("runs").join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(file), "pid 1 since 2025-01-01 00:00:00 UTC\n").unwrap();
    }
    workspace.done(&["run", "--month", MONTH, "--offline"]);
    let status = workspace.done(&["status"]).stdout;
    assert!(!status.contains("2024-12") && !status.contains("2025"), "{status}");
    workspace.done(&["close", "--month", MONTH, "--accept-held", "--because", "sales decides"]);
    // A command that looks for the month takes away what it finds of it.
    let none = workspace.run(&["close", "--month", "2025-01"]).unwrap();
    assert_eq!(none.code, 6, "{}", none.told());
    assert!(!workspace.path().join("runs/2025-01").exists());
}

#[test]
fn a_month_that_was_fetched_by_mistake_is_named_with_a_way_out() {
    let workspace = Workspace::of_the_example().unwrap();
    let recorded = workspace.path().join("recordings");
    fs::create_dir_all(workspace.path().join("runs/2025-03/payloads/metallic")).unwrap();
    fs::copy(
        recorded.join("2026-03/metallic/usage-summary.json"),
        workspace.path().join("runs/2025-03/payloads/metallic/usage-summary.json"),
    )
    .unwrap();
    workspace.done(&["run", "--month", MONTH, "--offline"]);
    let refused =
        workspace.run(&["close", "--month", MONTH, "--accept-held", "--because", "sales decides"]).unwrap();
    assert_eq!(refused.code, 4, "{}", refused.told());
    assert!(refused.stderr.contains("take WORKSPACE/runs/2025-03 away"), "{}", refused.told());
    fs::remove_dir_all(workspace.path().join("runs/2025-03")).unwrap();
    workspace.done(&["close", "--month", MONTH, "--accept-held", "--because", "sales decides"]);
}
