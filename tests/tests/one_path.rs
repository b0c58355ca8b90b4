//! There is one way from lines and rules to bills: what a preview shows is what a run would bill, to the byte.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ratebook_line::Decimal;
use ratebook_tests::generate::acronis_workspace;
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

const MAIN: &str = "rules/main.toml";

fn good(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.told());
    ran
}

/// A month, with a text in its rules and what it is edited to.
struct Month {
    workspace: Workspace,
    file: &'static str,
    edit: [&'static str; 2],
}

/// The example, and a generated month of a few thousand lines.
fn months() -> [Month; 2] {
    let folder = tempfile::tempdir().unwrap();
    acronis_workspace(folder.path(), 4_000, 11).unwrap();
    let generated = Workspace::in_folder(folder);
    [
        Month {
            workspace: Workspace::of_the_example().unwrap(),
            file: "rules/books/acronis-2026.toml",
            edit: ["\"SPGAMSENS\" = \"3.20\"", "\"SPGAMSENS\" = \"3.47\""],
        },
        Month { workspace: generated, file: MAIN, edit: ["divide = 3600", "divide = 1800"] },
    ]
}

/// Runs the month, and gives its bills.
fn run(workspace: &Workspace) -> Vec<u8> {
    good(workspace.run(&["run", "--month", MONTH, "--offline", "--quiet"]).unwrap());
    workspace.bills(MONTH).into_bytes()
}

fn document(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// Customer, currency and total of every bill.
fn totals(bills: &Value) -> BTreeMap<String, (String, Decimal)> {
    let bills = bills["bills"].as_array().unwrap().iter();
    let text = |bill: &Value, key: &str| bill[key].as_str().unwrap().to_owned();
    bills.map(|bill| (text(bill, "customer"), (text(bill, "currency"), amount(&bill["total"])))).collect()
}

/// The sum of bills by currency.
fn sums(totals: &BTreeMap<String, (String, Decimal)>) -> BTreeMap<String, Decimal> {
    let mut sums = BTreeMap::new();
    for (currency, total) in totals.values() {
        let sum = sums.entry(currency.clone()).or_insert(Decimal::ZERO);
        *sum = sum.checked_add(*total).unwrap();
    }
    sums
}

#[test]
fn every_way_to_rate_a_month_gives_the_same_bytes() {
    for Month { workspace, .. } in months() {
        let bills = run(&workspace);
        let rated = good(workspace.run(&["rate", "--month", MONTH, "--format", "json"]).unwrap());
        assert!(rated.stdout.as_bytes() == bills && workspace.bills(MONTH).as_bytes() == bills);
        good(workspace.run(&["test", "record", "--month", MONTH]).unwrap());
        // The recorded lines, by the pure stage, which knows of no workspace.
        let mut lines: Vec<String> = fs::read_dir(workspace.path().join("tests/2026-03/lines"))
            .unwrap()
            .map(|entry| entry.unwrap().path().display().to_string())
            .collect();
        lines.sort();
        let rules = workspace.path().join(MAIN).display().to_string();
        let mut pure = vec!["rate", "--rules", &rules, "--month", MONTH, "--format", "json"];
        lines.iter().for_each(|file| pure.extend(["--lines", file]));
        assert!(good(workspace.run(&pure).unwrap()).stdout.as_bytes() == bills, "the recorded lines");
        let parts = [&pure[..], &["--part-lines", "25"]].concat();
        assert!(good(workspace.run(&parts).unwrap()).stdout.as_bytes() == bills, "part by part");
    }
}

/// The amounts in a snapshot of a bill: its total, and those of its lines.
fn amounts(snapshot: &str) -> (Decimal, Vec<Decimal>) {
    let (head, table) = snapshot.split_once("\n\n").unwrap();
    let total = head.lines().find_map(|line| line.strip_prefix("total ")).unwrap();
    let total = total.split_whitespace().next().unwrap().parse().unwrap();
    let rows = table.lines().skip(1).filter(|row| !row.is_empty());
    (total, rows.map(|row| row.split_whitespace().next().unwrap().parse().unwrap()).collect())
}

#[test]
fn what_is_approved_is_what_is_billed() {
    for Month { workspace, .. } in months() {
        let bills = document(&run(&workspace));
        good(workspace.run(&["test", "record", "--month", MONTH]).unwrap());
        let bills = bills["bills"].as_array().unwrap();
        let snapshots = fs::read_dir(workspace.path().join("tests/2026-03/bills")).unwrap().count();
        assert_eq!(snapshots, bills.len());
        for bill in bills {
            let customer = bill["customer"].as_str().unwrap();
            let snapshot = workspace.read(&format!("tests/2026-03/bills/{customer}.snap")).unwrap();
            let (total, lines) = amounts(&String::from_utf8(snapshot).unwrap());
            let billed: Vec<Decimal> =
                bill["lines"].as_array().unwrap().iter().map(|line| amount(&line["amount"])).collect();
            assert_eq!((total, lines), (amount(&bill["total"]), billed), "{customer}");
        }
    }
}

#[test]
fn both_sides_of_a_comparison_are_what_runs_would_bill() {
    for Month { workspace, file, edit: [old, new] } in months() {
        let before = totals(&document(&run(&workspace)));
        // The rules before stand beside the bills of the run.
        workspace.replace(file, old, new).unwrap();
        let diff = ["diff", "--month", MONTH, "--from", "run:2026-03", "--format", "json"];
        let diff = document(good(workspace.run(&diff).unwrap()).stdout.as_bytes());
        let after = totals(&document(&run(&workspace)));
        let comparison = &diff["comparisons"][0];

        let mut moved = 0;
        for (customer, bill) in &before {
            let shown =
                comparison["moved"].as_array().unwrap().iter().find(|one| one["customer"] == **customer);
            let Some(shown) = shown else {
                assert_eq!(after[customer], *bill, "{customer} does not move");
                continue;
            };
            moved += 1;
            assert_eq!(amount(&shown["old"]["total"]), bill.1, "{customer} before");
            assert_eq!(amount(&shown["new"]["total"]), after[customer].1, "{customer} after");
        }
        assert!(moved > 0 && comparison["bills"] == before.len());
        for (side, bills) in [("old", &before), ("new", &after)] {
            for (currency, sum) in sums(bills) {
                assert_eq!(amount(&comparison["totals"][&currency][side]), sum, "{side} {currency}");
            }
        }
    }
}

#[test]
fn what_is_explained_is_what_is_billed() {
    for Month { workspace, .. } in months() {
        let bills = totals(&document(&run(&workspace)));
        let explained = good(workspace.run(&["explain", "--month", MONTH, "--format", "json"]).unwrap());
        assert_eq!(totals(&document(explained.stdout.as_bytes())), bills);
    }
}

/// Every file of Rust below a folder whose text holds one of these words outside of comments.
fn files_with(folder: &Path, words: &[&str], found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_with(&path, words, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            if code.any(|line| words.iter().any(|word| line.contains(word))) {
                found.push(path.strip_prefix(host()).unwrap().to_string_lossy().replace('\\', "/"));
            }
        }
    }
}

fn host() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../host/src"))
}

#[test]
fn one_file_of_the_host_makes_ratings() {
    let mut found = Vec::new();
    files_with(host(), &["Rating::partition", "Rating::new"], &mut found);
    // What a test compares with is made on its own.
    found.retain(|file| !file.ends_with("/tests.rs"));
    assert_eq!(found, ["rating/mod.rs"], "lines and rules become bills there and nowhere else");
}
