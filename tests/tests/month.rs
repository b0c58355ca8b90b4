//! The example's months through the release binary and real plugin libraries: offline, live, twice, stage by stage,
//! tested, and compared with what is proposed.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use ratebook_line::Decimal;
use ratebook_tests::server::Server;
use ratebook_tests::vendors::acronis::Acronis;
use ratebook_tests::vendors::metallic::Metallic;
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

const BILLS: &str = "runs/2026-03/bills.parquet";
const NEXT: &str = "2026-04";

/// What the example's README works out.
const TOTALS: [(&str, &str, &str); 6] = [
    ("adventure-works", "EUR", "2024.67"),
    ("contoso", "USD", "294.36"),
    ("fabrikam", "EUR", "760.71"),
    ("northwind", "EUR", "1147.51"),
    ("tailspin", "EUR", "262.46"),
    ("wingtip", "EUR", "81.83"),
];

/// And of the month after.
const NEXT_TOTALS: [(&str, &str, &str); 6] = [
    ("adventure-works", "EUR", "2083.02"),
    ("contoso", "USD", "300.50"),
    ("fabrikam", "EUR", "697.14"),
    ("northwind", "EUR", "1175.19"),
    ("tailspin", "EUR", "273.87"),
    ("wingtip", "EUR", "97.83"),
];

fn good(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.told());
    ran
}

fn offline(workspace: &Workspace, more: &[&str]) -> Ran {
    good(workspace.run(&[&["run", "--month", MONTH, "--offline"], more].concat()).unwrap())
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/month")
}

fn example_file(path: &str) -> Vec<u8> {
    fs::read(example().join("recordings/2026-03").join(path)).unwrap()
}

/// A copy of the example with what a copy for a run does without: its tests, and the rules that are proposed.
fn with_its_tests() -> Workspace {
    let workspace = Workspace::of_the_example().unwrap();
    for part in ["tests", "proposed"] {
        copy(&example().join(part), &workspace.path().join(part));
    }
    workspace
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(path, to).unwrap();
        }
    }
}

/// Vendors that have the example's payloads to give.
fn vendors() -> (Server<Acronis>, Server<Metallic>) {
    let usage = example_file("acronis-eu/usage.csv");
    let summary = example_file("metallic/usage-summary.json");
    (Server::start(Acronis::new(usage)), Server::start(Metallic::new("2026-03-01", summary)))
}

fn validate(schema: &str, instance: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../schemas/{schema}.schema.json"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::draft202012::validate(&schema, instance)
        .unwrap_or_else(|error| panic!("{}: {error}", error.instance_path()));
}

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

fn sum<'v>(values: impl Iterator<Item = &'v Value>) -> Decimal {
    values.map(amount).fold(Decimal::ZERO, |sum, value| sum.checked_add(value).unwrap())
}

fn totals(document: &Value) -> Vec<(&str, &str, &str)> {
    let bills = document["bills"].as_array().unwrap();
    bills
        .iter()
        .map(|bill| ["customer", "currency", "total"].map(|key| bill[key].as_str().unwrap()).into())
        .collect()
}

#[test]
fn the_example_comes_out_as_worked_by_hand() {
    let workspace = Workspace::of_the_example().unwrap();
    let ran = offline(&workspace, &["--format", "json"]);
    assert!(ran.stdout == workspace.bills(MONTH), "what is printed is what is kept");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    validate("bill", &document);

    let bills = document["bills"].as_array().unwrap();
    assert_eq!(totals(&document), TOTALS);
    let incomplete: Vec<&Value> =
        bills.iter().filter(|bill| bill["complete"] == false).map(|bill| &bill["customer"]).collect();
    assert_eq!(incomplete, ["wingtip"]);
    assert_eq!(document["counts"], serde_json::json!({"lines": 43, "priced": 38, "held": 1, "dropped": 4}));
    assert_eq!(document["held"][0]["rule"], "advanced-security");
    for bill in bills {
        assert_eq!(
            sum(bill["lines"].as_array().unwrap().iter().map(|line| &line["amount"])),
            amount(&bill["total"])
        );
        assert_eq!(sum(bill["taxTotals"].as_object().unwrap().values()), amount(&bill["total"]));
    }
}

#[test]
fn the_month_after_comes_out_as_worked_by_hand() {
    let workspace = Workspace::of_the_example().unwrap();
    let ran = good(workspace.run(&["run", "--month", NEXT, "--offline", "--format", "json"]).unwrap());
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(totals(&document), NEXT_TOTALS);
    assert_eq!(document["counts"], serde_json::json!({"lines": 44, "priced": 39, "held": 1, "dropped": 4}));
    assert_eq!(document["held"][0]["rule"], "advanced-security");
}

#[test]
fn the_examples_tests_are_of_its_payloads_and_pass() {
    let recorded = with_its_tests();
    let files = recorded.files().unwrap();
    insta::assert_snapshot!(
        "example_coverage",
        good(recorded.run(&["test", "--ci", "--coverage"]).unwrap()).told()
    );
    assert!(files == recorded.files().unwrap(), "a test in CI writes nothing");

    let anew = Workspace::of_the_example().unwrap();
    for month in [MONTH, NEXT] {
        good(anew.run(&["run", "--month", month, "--offline", "--quiet"]).unwrap());
        good(anew.run(&["test", "record", "--month", month]).unwrap());
        for source in ["acronis-eu", "metallic"] {
            let lines = format!("tests/{month}/lines/{source}.jsonl");
            assert!(anew.read(&lines).unwrap() == recorded.read(&lines).unwrap(), "{lines}: record it anew");
        }
    }
}

#[test]
fn every_case_of_the_example_can_fail() {
    for (case, file, (from, to)) in [
        ("workstation-list-price", "rules/books/acronis-2026.toml", ("\"3.20\"", "\"3.35\"")),
        ("northwind-december", "rules/customers/northwind.toml", ("\"1.70\"", "\"1.75\"")),
        ("northwind-january", "rules/customers/northwind.toml", ("until = \"2026-12\"\n", "")),
        ("included-storage", "tests/cases/included-storage/rules.toml", ("each = 50", "each = 40")),
    ] {
        let workspace = with_its_tests();
        workspace.replace(file, from, to).unwrap();
        let ran = workspace.run(&["test", "--ci", case]).unwrap();
        assert_eq!(ran.code, 4, "{case}: {}", ran.told());
    }
}

#[test]
fn what_is_proposed_moves_what_is_written_beside_it() {
    let workspace = with_its_tests();
    let ran = workspace
        .run(&["diff", "--recorded", "--from", "rules", "--to", "proposed", "--format", "markdown"])
        .unwrap();
    let written = fs::read_to_string(example().join("proposed.md")).unwrap();
    assert_eq!(good(ran).stdout, written, "examples/month/README.md says how proposed.md is made");
    // What the README works out by hand.
    assert!(written.contains("| 2024.67 EUR | 1961.08 EUR | -63.59 |"), "{written}");
}

#[test]
fn the_end_of_a_run_is_a_table_that_says_what_to_do() {
    let workspace = Workspace::of_the_example().unwrap();
    insta::assert_snapshot!("example_month", offline(&workspace, &["--quiet"]).told());
}

#[test]
fn every_row_is_a_line_or_is_skipped_with_a_reason() {
    let workspace = Workspace::of_the_example().unwrap();
    offline(&workspace, &[]);
    for (source, rows, lines) in [("acronis-eu", 51, 39), ("metallic", 4, 4)] {
        let read = |text: String| {
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
        };
        let (kept, skipped) = (read(workspace.lines(MONTH, source)), read(workspace.skipped(MONTH, source)));
        assert_eq!((kept.len(), kept.len() + skipped.len()), (lines, rows), "{source}");
        kept.iter().for_each(|line| validate("billable-line", line));
        let mut numbers: Vec<u64> = kept.iter().map(|line| line["origin"]["row"].as_u64().unwrap()).collect();
        numbers.extend(skipped.iter().map(|row| row["row"].as_u64().unwrap()));
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=rows as u64).collect::<Vec<_>>(), "{source}: each row once");
    }
}

#[test]
fn a_live_month_has_the_bytes_of_an_offline_one() {
    let recorded = Workspace::of_the_example().unwrap();
    offline(&recorded, &[]);
    let (acronis, metallic) = vendors();
    let mut live = Workspace::of_the_example().unwrap();
    live.ask(&acronis.url(), &metallic.url()).unwrap();
    let ran = good(live.run(&["run", "--month", MONTH, "-v"]).unwrap());

    assert!(live.read(BILLS).unwrap() == recorded.read(BILLS).unwrap());
    for source in ["acronis-eu", "metallic"] {
        let lines = format!("runs/{MONTH}/lines/{source}.parquet");
        assert!(live.read(&lines).unwrap() == recorded.read(&lines).unwrap(), "{source}");
    }
    let reports = acronis.vendor().reports.clone();
    let [report] = reports.as_slice() else { panic!("not one report: {reports:?}") };
    assert_eq!(report.wish.kind, "usage_summary");
    assert!(report.wish.show_skus && report.wish.hide_zero_usage);
    assert_eq!(report.wish.period, ("2026-03-01".to_owned(), "2026-03-31".to_owned()));
    assert_eq!(metallic.requests()[0].query("usageMonth"), Some("2026-03-01"));

    // No secret in anything that was written or sent where it does not belong.
    for (name, bytes) in live.files().unwrap() {
        assert!(!contains(&bytes, b"canary-"), "{name} holds a secret");
    }
    assert!(!ran.told().contains("canary-"), "{}", ran.told());
    for request in acronis.requests().iter().chain(&metallic.requests()) {
        assert!(!request.query.iter().any(|(_, value)| value.contains("canary-")), "{}", request.path);
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// Who holds the month, and what was asked when.
fn may_change(name: &str) -> bool {
    name.ends_with("/.lock") || name.ends_with("log.jsonl")
}

#[test]
fn a_month_run_again_asks_nobody_and_changes_nothing() {
    let (acronis, metallic) = vendors();
    let mut workspace = Workspace::of_the_example().unwrap();
    workspace.ask(&acronis.url(), &metallic.url()).unwrap();
    good(workspace.run(&["run", "--month", MONTH]).unwrap());
    let (files, asked) = (workspace.files().unwrap(), acronis.requests().len() + metallic.requests().len());
    good(workspace.run(&["run", "--month", MONTH]).unwrap());
    for ((name, before), (again, after)) in files.iter().zip(&workspace.files().unwrap()) {
        assert!(name == again && (before == after || may_change(name)), "{name} has changed");
    }
    assert_eq!(acronis.requests().len() + metallic.requests().len(), asked);
}

#[test]
fn stage_by_stage_and_in_one_process_make_the_same_bills() {
    let bills = |commands: &[&[&str]]| {
        let workspace = Workspace::of_the_example().unwrap();
        for command in commands {
            good(workspace.run(command).unwrap());
        }
        workspace.read(BILLS).unwrap()
    };
    let at_once = bills(&[&["run", "--month", MONTH, "--offline"]]);
    let stages = bills(&[
        &["fetch", "--month", MONTH, "--offline"],
        &["normalize", "--month", MONTH],
        &["rate", "--month", MONTH],
    ]);
    assert!(at_once == stages);
    assert!(at_once == bills(&[&["run", "--month", MONTH, "--offline", "--in-process"]]));
}

#[test]
fn the_example_checks_clean() {
    let workspace = Workspace::of_the_example().unwrap();
    insta::assert_snapshot!("example_check", good(workspace.run(&["check"]).unwrap()).told());
}
