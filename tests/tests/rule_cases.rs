//! `ratebook test` through the release binary: cases written by hand, months that cannot be rated, what is not
//! exercised, and testing again at every save.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const MAIN: &str = "rules/main.toml";
const BOOK: &str = "rules/books/acronis-2026.toml";

fn good(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.told());
    ran
}

fn test(workspace: &Workspace, more: &[&str]) -> Ran {
    workspace.run(&[&["test"], more].concat()).unwrap()
}

/// A line of a customer's usage at Acronis.
fn line(customer: &str, sku: &str, quantity: &str) -> String {
    format!(
        "{{\"usageMonth\":\"2026-03-01\",\"vendor\":\"acronis\",\"customer\":\"{customer}\",\"skuId\":\"{sku}\",\
         \"consumedQuantity\":\"{quantity}\"}}\n"
    )
}

/// Writes a case: what it expects, and its lines.
fn case(workspace: &Workspace, name: &str, expected: &str, lines: &str) {
    let folder = workspace.path().join("tests/cases").join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("case.toml"), expected).unwrap();
    fs::write(folder.join("lines.jsonl"), lines).unwrap();
}

const SEATS: &str = r#"month = "2026-03"
about = "Contract 2026-014, annex B: seats at 1.70"
bills = 2
held = 1
dropped = 0

[bill.northwind]
total = "306.00"
currency = "EUR"
complete = true

[[bill.northwind.lines]]
sku = "SRJAMSENS"
name = "Microsoft 365 seat backup"
quantity = 180
unit_price = "1.70"
amount = "306.00"
tax = "standard"

[bill.wingtip]
total = "1.95"
complete = false
"#;

/// A case that is right about the example's rules.
fn seats(workspace: &Workspace) {
    let lines = line("northwind", "SRJAMSENS", "100")
        + &line("northwind", "SRJAMSENS", "80")
        + &line("wingtip", "SRJAMSENS", "1")
        + &line("wingtip", "SRIAMSENS", "1");
    case(workspace, "seats", SEATS, &lines);
}

#[test]
fn cases_that_are_as_written() {
    let workspace = Workspace::of_the_example().unwrap();
    seats(&workspace);
    let error = "month = \"2026-03\"\nerror = \"E-UNPRICED\"\n";
    case(&workspace, "no-price", error, &line("northwind", "NEW-SKU", "1"));
    // With rules of its own a case says nothing of the workspace's.
    case(&workspace, "own-rules", "month = \"2026-03\"\n[bill.acme]\ntotal = 3\n", &line("acme", "X", "2"));
    let own = "version = 1\n[settings]\ncurrency = \"EUR\"\n[customer.acme]\nname = \"Acme\"\n\
               [[rule]]\nid = \"all\"\nreason = \"Test\"\nwhen = { sku = \"X\" }\nprice = \"1.50\"\n";
    fs::write(workspace.path().join("tests/cases/own-rules/rules.toml"), own).unwrap();
    insta::assert_snapshot!(good(test(&workspace, &[])).told(), @r"
    exit 0
    --- stdout
    cases    3 cases, all as they must be
    ");
    insta::assert_snapshot!(good(test(&workspace, &["seats"])).told(), @r"
    exit 0
    --- stdout
    cases    1 case, all as they must be
    ");
}

#[test]
fn cases_that_are_not_as_written() {
    let workspace = Workspace::of_the_example().unwrap();
    seats(&workspace);
    for (right, wrong) in [
        ("total = \"306.00\"", "total = \"306.01\""),
        ("currency = \"EUR\"", "currency = \"USD\""),
        ("complete = true", "complete = false"),
        ("bills = 2", "bills = 3"),
        ("held = 1", "held = 0"),
        ("quantity = 180", "quantity = \"12.5\""),
        ("unit_price = \"1.70\"", "unit_price = \"1.75\""),
        ("amount = \"306.00\"", "amount = \"315\""),
        ("tax = \"standard\"", "tax = \"reduced\"\nunit = \"seat\""),
    ] {
        workspace.replace("tests/cases/seats/case.toml", right, wrong).unwrap();
    }
    let one = line("northwind", "SRJAMSENS", "1");
    case(&workspace, "no-bill", "month = \"2026-03\"\n[bill.northwnd]\ntotal = \"1.70\"\n", &one);
    let other = "month = \"2026-03\"\n[[bill.northwind.lines]]\nsku = \"SRJAMSENX\"\namount = 2\n";
    case(&workspace, "no-line", other, &one);
    case(&workspace, "an-error-is-expected", "month = \"2026-03\"\nerror = \"E-UNPRICED\"\n", &one);
    case(
        &workspace,
        "an-error-is-not-expected",
        "month = \"2026-03\"\nbills = 1\n",
        &line("northwind", "NEW", "1"),
    );
    case(
        &workspace,
        "another-error",
        "month = \"2026-03\"\nerror = \"E-FX\"\n",
        &line("northwind", "NEW", "1"),
    );
    let ran = test(&workspace, &[]);
    assert_eq!(ran.code, 4, "{}", ran.told());
    insta::assert_snapshot!("cases_not_as_written", ran.told());
}

#[test]
fn cases_that_cannot_be_read() {
    let workspace = Workspace::of_the_example().unwrap();
    seats(&workspace);
    let one = line("northwind", "SRJAMSENS", "1");
    case(&workspace, "wrong-key", "month = \"2026-03\"\n[bill.northwind]\ntotl = \"1.70\"\n", &one);
    case(&workspace, "a-float", "month = \"2026-03\"\n[bill.northwind]\ntotal = 1.70\n", &one);
    case(&workspace, "no-month", "bills = 1\n", &one);
    case(&workspace, "nothing-expected", "month = \"2026-03\"\nabout = \"nothing\"\n", &one);
    case(&workspace, "no-toml", "month = \n", &one);
    case(&workspace, "no-lines", "month = \"2026-03\"\nbills = 1\n", &one);
    fs::remove_file(workspace.path().join("tests/cases/no-lines/lines.jsonl")).unwrap();
    case(&workspace, "a-line-that-is-none", "month = \"2026-03\"\nbills = 1\n", "{\"sku\":1}\n");
    case(&workspace, "two-files-of-lines", "month = \"2026-03\"\nbills = 1\n", &one);
    fs::write(workspace.path().join("tests/cases/two-files-of-lines/lines.csv"), "usageMonth\n").unwrap();
    fs::create_dir(workspace.path().join("tests/cases/empty")).unwrap();
    let ran = test(&workspace, &[]);
    insta::assert_snapshot!("cases_that_cannot_be_read", ran.told());
}

#[test]
fn a_month_that_cannot_be_rated_does_not_hide_the_others() {
    let workspace = Workspace::of_the_example().unwrap();
    good(workspace.run(&["run", "--month", MONTH, "--offline", "--quiet"]).unwrap());
    good(test(&workspace, &["record", "--month", MONTH]));
    // May has Contoso's lines too, and there is no rate for its dollars yet.
    let may = workspace.path().join("tests/2026-05");
    fs::create_dir_all(may.join("lines")).unwrap();
    let lines = String::from_utf8(workspace.read("tests/2026-03/lines/acronis-eu.jsonl").unwrap()).unwrap();
    fs::write(may.join("lines/acronis-eu.jsonl"), lines.replace("2026-03-01", "2026-05-01")).unwrap();
    seats(&workspace);
    let ran = test(&workspace, &[]);
    assert_eq!(ran.code, 4, "{}", ran.told());
    insta::assert_snapshot!("a_month_cannot_be_rated", ran.told());
    let ran = test(&workspace, &["--format", "json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ran.code, 4);
    assert_eq!(document["months"][0]["moved"], serde_json::json!([]), "{document:#}");
    assert!(document["months"][1]["error"]["code"].is_string(), "{document:#}");
    assert_eq!(document["cases"][0]["wrong"], serde_json::json!([]), "{document:#}");

    good(test(&workspace, &["2026-03", "seats"]));
    let unknown = test(&workspace, &["2026-03", "seat"]);
    assert_eq!((unknown.code, unknown.stderr.contains("no case \"seat\"")), (2, true), "{}", unknown.told());
}

#[test]
fn what_moves_is_told_to_programs() {
    let workspace = Workspace::of_the_example().unwrap();
    good(workspace.run(&["run", "--month", MONTH, "--offline", "--quiet"]).unwrap());
    good(test(&workspace, &["record", "--month", MONTH]));
    workspace.replace("rules/customers/fabrikam.toml", "0.055", "0.065").unwrap();
    seats(&workspace);
    workspace.replace("tests/cases/seats/case.toml", "\"306.00\"", "\"306.10\"").unwrap();
    let ran = test(&workspace, &["--format", "json"]);
    assert_eq!((ran.code, ran.stderr.matches("error[E-TEST]").count()), (4, 2), "{}", ran.told());
    insta::assert_snapshot!("moved_json", ran.stdout);
}

/// A small workspace of its own: each rule, tier and price is something that coverage has a word for.
fn covered_in_parts() -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    fs::create_dir(workspace.path().join("rules")).unwrap();
    fs::write(workspace.path().join("ratebook.toml"), "version = 1\n[source.s]\nplugin = \"acronis\"\n")
        .unwrap();
    let rules = r#"version = 1

[settings]
currency = "EUR"

[customer.acme]
name = "Acme"

[[rule]]
id = "everything-else"
reason = "Whatever else Acronis counts"
when = { vendor = "acronis" }
price = "0.50"

[[rule]]
id = "list"
reason = "Price list 2026"
when = { vendor = "acronis", sku = ["SEAT", "SERVER"] }
until = "2026-12"
price = { book = "acronis" }

[[rule]]
id = "storage"
reason = "The more, the cheaper"
when = { sku = "STORAGE" }
price = { graduated = [{ up_to = 100, each = "0.10" }, { up_to = 1000, each = "0.08" }, { each = "0.05" }] }

[[rule]]
id = "free"
reason = "A promotion that nobody ended"
when = { sku = "FREE" }
price = "0"

[[rule]]
id = "tape"
reason = "Tape is no longer sold"
when = { sku = "TAPE" }
price = "9.00"

[[rule]]
id = "next-year"
reason = "Price list 2027"
when = { sku = "SEAT" }
from = "2027-01"
price = "2.10"

[[rule]]
id = "never-held"
reason = "Seats waited for a signature once"
when = { sku = "SEAT" }
hold = "signed?"

[[rule]]
id = "signed"
reason = "Contract"
when = { customer = "acme", sku = "SEAT" }
keep = true

[[bill]]
id = "nobodys-discount"
reason = "For who is not a customer any more"
when = { customer = "gone" }
discount = "10%"

[[book]]
id = "acronis"
currency = "EUR"
from = "2026-01"
until = "2026-12"

[book.prices]
"SEAT" = "1.95"
"SERVER" = "14.50"
"#;
    fs::write(workspace.path().join(MAIN), rules).unwrap();
    let lines = workspace.path().join("tests/2026-03/lines");
    fs::create_dir_all(&lines).unwrap();
    let usage = [("SEAT", "10"), ("STORAGE", "250"), ("FREE", "3"), ("ODD", "1")];
    let usage: String = usage.iter().map(|(sku, quantity)| line("acme", sku, quantity)).collect();
    fs::write(lines.join("s.jsonl"), usage).unwrap();
    workspace
}

#[test]
fn what_no_recorded_month_exercises() {
    let workspace = covered_in_parts();
    good(test(&workspace, &["--accept", "--quiet"]));
    insta::assert_snapshot!("coverage", good(test(&workspace, &["--coverage"])).stdout);
    // What only a case exercises bills nobody.
    case(&workspace, "tape", "month = \"2026-03\"\n[bill.acme]\ntotal = 9\n", &line("acme", "TAPE", "1"));
    let with_case = good(test(&workspace, &["--coverage"])).stdout;
    assert!(with_case.contains("rule tape"), "{with_case}");
    let json: Value =
        serde_json::from_str(&good(test(&workspace, &["--coverage", "--format", "json"])).stdout).unwrap();
    assert_eq!(json["coverage"]["zero"], serde_json::json!([{ "rule": "free", "sku": "FREE", "lines": 1 }]));
}

/// The lines of an output, as they come.
fn lines_of(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.try_for_each(|line| sender.send(line))
    });
    lines
}

/// What comes up to a line that holds a text; gives up only if nothing comes any more.
fn wait_for(lines: &Receiver<String>, what: &str) -> String {
    let mut told = String::new();
    while let Ok(line) = lines.recv_timeout(Duration::from_secs(60)) {
        told += &line;
        told.push('\n');
        if line.contains(what) {
            return told;
        }
    }
    panic!("no {what:?} came in\n{told}");
}

#[test]
fn rules_are_tested_again_at_every_save() {
    let workspace = Workspace::of_the_example().unwrap();
    good(workspace.run(&["run", "--month", MONTH, "--offline", "--quiet"]).unwrap());
    good(test(&workspace, &["record", "--month", MONTH]));
    let before = workspace.files().unwrap();
    let mut child = workspace
        .command(&["test", "--watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (told, notes) = (lines_of(child.stdout.take().unwrap()), lines_of(child.stderr.take().unwrap()));

    wait_for(&told, "as expected");
    wait_for(&notes, "waiting for a change");
    workspace.replace(BOOK, "\"SPGAMSENS\" = \"3.20\"", "\"SPGAMSENS\" = \"3.40\"").unwrap();
    let moved = wait_for(&told, "expected");
    assert!(moved.contains("5 bills are not as expected"), "{moved}");
    wait_for(&notes, "waiting for a change");
    // What is wrong with the rules is told, and the next save is looked at all the same.
    workspace.replace(BOOK, "\"3.40\"", "3.40").unwrap();
    wait_for(&notes, "error[");
    wait_for(&notes, "waiting for a change");
    workspace.replace(BOOK, "= 3.40", "= \"3.20\"").unwrap();
    wait_for(&told, "as expected");
    wait_for(&notes, "waiting for a change");

    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let status = child.wait().unwrap();
    assert!(status.code().is_some(), "it ends by itself: {status}");
    assert!(workspace.files().unwrap() == before, "nothing is written while watching");
}
