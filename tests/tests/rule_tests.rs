//! `ratebook test` through the release binary: recorded months against edited rules.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

const MAIN: &str = "rules/main.toml";
const BOOK: &str = "rules/books/acronis-2026.toml";
const NORTHWIND: &str = "tests/2026-03/bills/northwind.snap";

fn good(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.told());
    ran
}

/// The example month, run and recorded.
fn recorded() -> Workspace {
    let workspace = Workspace::of_the_example().unwrap();
    good(workspace.run(&["run", "--month", MONTH, "--offline", "--quiet"]).unwrap());
    good(workspace.run(&["test", "record", "--month", MONTH]).unwrap());
    workspace
}

/// The price of a workstation, edited.
fn edit_a_price(workspace: &Workspace) {
    workspace.replace(BOOK, "\"SPGAMSENS\" = \"3.20\"", "\"SPGAMSENS\" = \"3.40\"").unwrap();
}

fn test(workspace: &Workspace, more: &[&str]) -> Ran {
    workspace.run(&[&["test"], more].concat()).unwrap()
}

/// What is below `tests/`, with its bytes.
fn tests_of(workspace: &Workspace) -> Vec<(String, Vec<u8>)> {
    workspace.files().unwrap().into_iter().filter(|(name, _)| name.starts_with("tests/")).collect()
}

fn waiting(workspace: &Workspace) -> Vec<String> {
    let names = tests_of(workspace).into_iter().map(|(name, _)| name);
    names.filter(|name| name.ends_with(".snap.new")).collect()
}

fn text(workspace: &Workspace, path: &str) -> String {
    String::from_utf8(workspace.read(path).unwrap()).unwrap()
}

/// What a snapshot holds, without what stands above it.
fn body(snapshot: &str) -> &str {
    snapshot.strip_prefix("---\n").unwrap().split_once("---\n").unwrap().1
}

#[test]
fn a_recorded_month_is_as_expected_until_a_rule_is_edited() {
    let workspace = Workspace::of_the_example().unwrap();
    let nothing = test(&workspace, &[]);
    assert_eq!(
        (nothing.code, nothing.stderr.contains("no recorded months")),
        (2, true),
        "{}",
        nothing.told()
    );
    let unrun = test(&workspace, &["record", "--month", MONTH]);
    assert_eq!(
        (unrun.code, unrun.stderr.contains("ratebook run --month 2026-03")),
        (6, true),
        "{}",
        unrun.told()
    );
    assert_eq!(tests_of(&workspace), [], "nothing was recorded");

    good(workspace.run(&["run", "--month", MONTH, "--offline", "--quiet"]).unwrap());
    insta::assert_snapshot!("record", good(test(&workspace, &["record", "--month", MONTH])).told());
    let before = tests_of(&workspace);
    let names: Vec<&str> = before.iter().map(|(name, _)| name.as_str()).collect();
    insta::assert_snapshot!("recorded_files", names.join("\n"));
    insta::assert_snapshot!("recorded_bill", text(&workspace, NORTHWIND));
    insta::assert_snapshot!("recorded_month", text(&workspace, "tests/2026-03/month.snap"));
    insta::assert_snapshot!("as_expected", good(test(&workspace, &[])).told());
    assert_eq!(tests_of(&workspace), before, "nothing is written when nothing moves");

    edit_a_price(&workspace);
    let moved = test(&workspace, &[]);
    assert_eq!(moved.code, 4, "{}", moved.told());
    insta::assert_snapshot!("a_price_moved", moved.told());
    // Five bills, and the month as a whole.
    assert_eq!(waiting(&workspace).len(), 6, "{:?}", waiting(&workspace));
    let pending = text(&workspace, &format!("{NORTHWIND}.new"));
    assert!(body(&pending).contains("SPGAMSENS") && body(&pending).contains("3.40"), "{pending}");

    // Rules that are put back leave nothing that waits.
    workspace.replace(BOOK, "\"3.40\"", "\"3.20\"").unwrap();
    good(test(&workspace, &[]));
    assert_eq!(tests_of(&workspace), before);
}

#[test]
fn nothing_is_written_in_ci() {
    let workspace = recorded();
    edit_a_price(&workspace);
    let before = workspace.files().unwrap();
    let in_ci = |more: &[&str]| {
        let arguments = [&["test"], more].concat();
        workspace.ran(&workspace.command(&arguments).env("CI", "1").output().unwrap())
    };
    let ran = in_ci(&[]);
    assert_eq!((ran.code, ran.stderr.contains("E-TEST")), (4, true), "{}", ran.told());
    assert_eq!(test(&workspace, &["--ci"]).told(), ran.told());
    assert!(ran.stderr.contains("where the rules are edited"), "{}", ran.stderr);
    for refused in [&["--accept"][..], &["--review"], &["--accept", "--ci"]] {
        let ran = in_ci(refused);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{refused:?}: {}", ran.told());
    }
    assert!(workspace.files().unwrap() == before, "nothing is written");
    // Where CI is said to be off it is not CI.
    let off = workspace.ran(&workspace.command(&["test"]).env("CI", "false").output().unwrap());
    assert_eq!((off.code, waiting(&workspace).len()), (4, 6), "{}", off.told());
}

#[test]
fn what_is_accepted_is_expected_from_then_on() {
    let workspace = recorded();
    edit_a_price(&workspace);
    test(&workspace, &[]);
    insta::assert_snapshot!("accepted", good(test(&workspace, &["--accept"])).stderr);
    good(test(&workspace, &[]));
    assert_eq!(waiting(&workspace), [] as [&str; 0]);
    for (name, bytes) in tests_of(&workspace) {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!name.ends_with(".snap") || text.starts_with("---\nsource: "), "{name} is insta's:\n{text}");
        assert!(!text.contains("assertion_line") && !text.contains("expression:"), "{name}:\n{text}");
        assert!(!text.contains(&workspace.path().display().to_string()), "{name} names a place:\n{text}");
    }
    assert!(text(&workspace, NORTHWIND).contains("3.40"));
}

/// What a review with these answers leaves: its notes, what waits, and what is expected of the bills.
fn review(workspace: &Workspace, answers: &str) -> Ran {
    let mut child = workspace
        .command(&["test", "--review"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    workspace.ran(&child.wait_with_output().unwrap())
}

#[test]
fn what_moves_is_looked_at_one_by_one() {
    // Five bills and the month as a whole move.
    let told = |answers: &str, code: i32, note: &str, still_waiting: usize, accepted: usize| {
        let workspace = recorded();
        edit_a_price(&workspace);
        let before = tests_of(&workspace);
        let ran = review(&workspace, answers);
        assert_eq!(ran.code, code, "{answers:?}: {}", ran.told());
        assert!(ran.stderr.contains(note), "{answers:?}: {}", ran.told());
        assert_eq!(waiting(&workspace).len(), still_waiting, "{answers:?}: {:?}", waiting(&workspace));
        let after = tests_of(&workspace);
        let changed = before.iter().filter(|file| !after.contains(file)).count();
        assert_eq!(changed, accepted, "{answers:?}");
        ran
    };
    let ran = told("a\nr\ns\nq\n", 4, "1 accepted, 1 rejected, 4 left", 4, 1);
    insta::assert_snapshot!("review", ran.told());
    told("A\n", 0, "6 accepted, 0 rejected, 0 left", 0, 6);
    told("r\nA\n", 4, "5 accepted, 1 rejected, 0 left", 0, 5);
    told("", 4, "0 accepted, 0 rejected, 6 left", 6, 0);
    told("what?\n\nyes\na\n", 4, "1 accepted, 0 rejected, 5 left", 5, 1);
    let nothing = review(&recorded(), "A\n");
    assert_eq!((nothing.code, nothing.stdout.as_str()), (0, ""), "{}", nothing.told());
}

#[test]
fn bills_that_come_and_go() {
    let workspace = recorded();
    let first = "[[rule]]\nid = \"acronis-bills-itself\"";
    let leaves =
        "[[rule]]\nid = \"leaves\"\nreason = \"Notice\"\nwhen = { customer = \"tailspin\" }\ndrop = true\n";
    workspace.replace(MAIN, first, &format!("{leaves}\n{first}")).unwrap();
    let gone = test(&workspace, &[]);
    assert_eq!(gone.code, 4, "{}", gone.told());
    insta::assert_snapshot!("a_bill_is_gone", gone.told());
    good(test(&workspace, &["--accept"]));
    assert!(workspace.read("tests/2026-03/bills/tailspin.snap").is_err());
    good(test(&workspace, &[]));

    workspace.replace(MAIN, leaves, "").unwrap();
    let back = test(&workspace, &[]);
    assert_eq!(back.code, 4, "{}", back.told());
    insta::assert_snapshot!("a_bill_is_new", back.told());
    assert_eq!(waiting(&workspace).len(), 2);
    // Not accepted, and the customer leaves again: nothing waits for a bill that is not there.
    workspace.replace(MAIN, first, &format!("{leaves}\n{first}")).unwrap();
    good(test(&workspace, &[]));
    assert_eq!(waiting(&workspace), [] as [&str; 0]);
    workspace.replace(MAIN, leaves, "").unwrap();
    good(test(&workspace, &["--accept"]));
    good(test(&workspace, &[]));
}

#[test]
fn snapshots_that_somebody_touched() {
    let workspace = recorded();
    let whole = text(&workspace, NORTHWIND);
    // Windows' line breaks and white space at the end say nothing.
    fs::write(workspace.path().join(NORTHWIND), whole.replace('\n', "\r\n") + "\r\n\r\n").unwrap();
    good(test(&workspace, &[]));
    // An amount that was corrected by hand is an expectation like any other.
    fs::write(workspace.path().join(NORTHWIND), whole.replace("1147.51", "1147.15")).unwrap();
    let corrected = test(&workspace, &[]);
    assert_eq!(corrected.code, 4, "{}", corrected.told());
    assert!(corrected.stdout.contains("+0.36"), "{}", corrected.told());
    insta::assert_snapshot!("corrected_by_hand", corrected.stdout);
    // What is no snapshot is told with its place, and nothing is compared with it.
    let mut told = String::new();
    for damaged in ["", "northwind 1147.51 EUR", "---\nsource: [\n---\n"] {
        fs::write(workspace.path().join(NORTHWIND), damaged).unwrap();
        let ran = test(&workspace, &[]);
        assert!(ran.code != 0, "{damaged:?}: {}", ran.told());
        told += &format!("{damaged:?}\n{}\n", ran.told());
    }
    insta::assert_snapshot!("damaged", told);
}

#[test]
fn a_month_is_recorded_once_unless_it_is_replaced() {
    let workspace = recorded();
    let before = tests_of(&workspace);
    let again = test(&workspace, &["record", "--month", MONTH]);
    assert_eq!((again.code, again.stderr.contains("--replace")), (2, true), "{}", again.told());
    assert_eq!(tests_of(&workspace), before);
    edit_a_price(&workspace);
    good(test(&workspace, &["record", "--month", MONTH, "--replace"]));
    assert!(tests_of(&workspace) != before);
    good(test(&workspace, &[]));
    // Rules that cannot price the month record nothing, and take nothing away.
    let before = tests_of(&workspace);
    workspace.replace(BOOK, "\"SP4BMSENS\" = ", "\"SP4BMSENX\" = ").unwrap();
    let unpriced = test(&workspace, &["record", "--month", MONTH, "--replace"]);
    assert_eq!((unpriced.code, unpriced.stderr.contains("E-UNPRICED")), (4, true), "{}", unpriced.told());
    assert_eq!(tests_of(&workspace), before);
}

/// Names and ids of the example's lines: who they are about.
fn told_of_somebody(workspace: &Workspace) -> Vec<String> {
    let mut told = Vec::new();
    for source in ["acronis-eu", "metallic"] {
        for line in workspace.lines(MONTH, source).lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let keys = ["tenantName", "tenant", "customer", "partner"];
            told.extend(keys.iter().filter_map(|key| line[*key].as_str()).map(str::to_owned));
        }
    }
    told.sort();
    told.dedup();
    told
}

#[test]
fn a_month_is_recorded_without_names() {
    let plain = recorded();
    let workspace = Workspace::of_the_example().unwrap();
    good(workspace.run(&["run", "--month", MONTH, "--offline", "--quiet"]).unwrap());
    let record = ["record", "--month", MONTH, "--anonymize"];
    let ran = good(test(&workspace, &record));
    insta::assert_snapshot!("recorded_without_names", ran.stdout);

    let mut rules = String::new();
    for (name, bytes) in workspace.files().unwrap() {
        if name.starts_with("rules/") {
            rules += &String::from_utf8(bytes).unwrap();
        }
    }
    let hidden: Vec<String> =
        told_of_somebody(&workspace).into_iter().filter(|told| !rules.contains(told)).collect();
    assert!(!hidden.is_empty());
    for (name, bytes) in tests_of(&workspace) {
        let text = String::from_utf8(bytes).unwrap();
        for told in &hidden {
            assert!(!text.contains(told) && !name.contains(told), "{name} tells {told}");
        }
        for line in text.lines().filter(|_| name.ends_with(".jsonl")) {
            let line: Value = serde_json::from_str(line).unwrap();
            let shown = line["tenantName"].as_str();
            assert!(shown.is_none_or(|shown| shown.starts_with("name-")), "{name}: {line}");
        }
    }
    for file in ["month.snap", "bills/northwind.snap", "bills/wingtip.snap", "bills/contoso.snap"] {
        let file = format!("tests/2026-03/{file}");
        assert_eq!(text(&workspace, &file), text(&plain, &file), "the same amounts");
    }
    good(test(&workspace, &[]));

    // Recorded again, the same pseudonyms; of another workspace, others.
    let before = tests_of(&workspace);
    good(test(&workspace, &[&record[..], &["--replace"]].concat()));
    assert_eq!(tests_of(&workspace), before);
    fs::remove_file(workspace.path().join("runs/.pseudonym-key")).unwrap();
    good(test(&workspace, &[&record[..], &["--replace"]].concat()));
    assert!(tests_of(&workspace) != before);
}
