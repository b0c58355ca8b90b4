//! Recorded months with many bills: as right as small ones. How long they take is `--example measure-diff`.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use ratebook_tests::lines::{BOOK, EDIT, MONTH, lines_workspace};
use ratebook_tests::workspace::{Ran, Workspace};
use serde_json::Value;

const CUSTOMERS: u64 = 400;
/// Every customer has each of the 60 SKUs once.
const LINES: u64 = CUSTOMERS * 60;

fn run(workspace: &Workspace, code: i32, arguments: &[&str]) -> Ran {
    let ran = workspace.run(arguments).unwrap();
    assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
    ran
}

fn bills(workspace: &Workspace, ending: &str) -> usize {
    let folder = workspace.path().join("tests").join(MONTH).join("bills");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(ending)).count()
}

#[test]
fn every_bill_is_recorded_compared_and_accepted() {
    let folder = tempfile::tempdir().unwrap();
    lines_workspace(folder.path(), CUSTOMERS, LINES).unwrap();
    let workspace = Workspace::in_folder(folder);
    fs::create_dir(workspace.path().join("before")).unwrap();
    for file in ["main.toml", "book.toml"] {
        let from = workspace.path().join("rules").join(file);
        fs::copy(from, workspace.path().join("before").join(file)).unwrap();
    }
    run(&workspace, 0, &["test", "record", "--month", MONTH]);
    assert_eq!(bills(&workspace, ".snap"), 400);
    assert!(
        run(&workspace, 0, &["test"]).stdout.starts_with("2026-03  400 bills, 24,000 lines: as expected\n")
    );
    let diff = ["diff", "--month", MONTH, "--from", "before"];
    assert!(run(&workspace, 0, &diff).stdout.contains("\n0 of 400 bills move\n"));

    workspace.replace(BOOK, EDIT[0], EDIT[1]).unwrap();
    let moved = run(&workspace, 0, &diff).stdout;
    assert!(moved.contains("\n400 of 400 bills move\n"), "{moved}");
    for part_lines in ["1000", "9000"] {
        let parts = run(&workspace, 0, &[&diff[..], &["--part-lines", part_lines]].concat());
        assert!(parts.stdout == moved, "parts of {part_lines} lines");
    }
    // Five cents more for each of what was used, less 5 % for every tenth customer: the edit alone moves all.
    let json: Value =
        serde_json::from_str(&run(&workspace, 0, &[&diff[..], &["--format", "json"]].concat()).stdout)
            .unwrap();
    let comparison = &json["comparisons"][0];
    assert_eq!(comparison["moved"].as_array().unwrap().len(), 400);
    assert!(
        comparison["moved"].as_array().unwrap().iter().all(|bill| bill["edits"] == serde_json::json!([0]))
    );

    let told = run(&workspace, 4, &["test"]);
    assert!(told.stdout.contains("400 bills are not as expected"), "{}", told.stdout);
    assert_eq!(bills(&workspace, ".snap.new"), 400);
    run(&workspace, 0, &["test", "--accept", "--quiet"]);
    assert_eq!((bills(&workspace, ".snap"), bills(&workspace, ".snap.new")), (400, 0));
    run(&workspace, 0, &["test"]);
    // A comment is short whatever moves, and says how much it leaves out.
    let comment = run(&workspace, 0, &[&diff[..], &["--format", "markdown"]].concat()).stdout;
    assert!(comment.contains("The first 50 of 400 bills that move"), "{comment}");
    assert!(comment.len() < 60_000, "{} bytes", comment.len());
}
