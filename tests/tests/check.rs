//! What `ratebook check` says of price books and the months there have been, and that programs get every problem.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use ratebook_tests::workspace::{MONTH, Workspace, put_lines};
use serde_json::Value;

const RULES: &str = r#"version = 1
[settings]
currency = "EUR"
[[book]]
id = "list"
until = "2026-03"
[book.prices]
"A" = "1"
"B" = "1"
"C" = "1"
"D" = "1"
"SHOWN" = "1"
"SHOWN-BEFORE" = "1"
[[rule]]
id = "list"
reason = "Price list"
when = { vendor = "v" }
price = { book = "list" }
"#;

fn workspace(rules: &str) -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    fs::write(workspace.path().join("ratebook.toml"), "version = 1\n").unwrap();
    fs::create_dir(workspace.path().join("rules")).unwrap();
    fs::write(workspace.path().join("rules/main.toml"), rules).unwrap();
    workspace
}

/// A month with one line.
fn show(workspace: &Workspace, month: &str, sku: &str) {
    let folder = workspace.path().join("runs").join(month).join("lines");
    fs::create_dir_all(&folder).unwrap();
    let line = format!(r#"{{"usageMonth":"{month}-01","vendor":"v","skuId":"{sku}","consumedQuantity":1}}"#);
    put_lines(&folder.join("source.parquet"), &line).unwrap();
}

fn json(workspace: &Workspace, code: i32) -> Value {
    let ran = workspace.run(&["check", "--format", "json"]).unwrap();
    assert_eq!(ran.code, code, "{}", ran.told());
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The warnings of `check`, which must be the same in the text.
fn warnings(workspace: &Workspace) -> Vec<String> {
    let text = workspace.run(&["check"]).unwrap().stderr;
    let document = json(workspace, 0);
    let list = document["warnings"].as_array().unwrap().iter();
    let told = list.map(|warning| {
        let (code, message) = (warning["code"].as_str().unwrap(), warning["message"].as_str().unwrap());
        assert!(text.contains(&format!("{code}] {message}")), "{code} {message} is not in\n{text}");
        format!("{code} {message}")
    });
    told.collect()
}

#[test]
fn books_are_held_against_the_months_there_have_been() {
    let workspace = workspace(RULES);
    assert_eq!(warnings(&workspace), [""; 0], "no month, nothing to hold them against");

    show(&workspace, "2026-01", "SHOWN-BEFORE");
    show(&workspace, "2026-02", "SHOWN");
    let unused = "W-BOOK-UNUSED book \"list\": 4 of 6 SKUs stand on no line of any of the 2 months there are: A, B, C and 1 more";
    assert_eq!(warnings(&workspace), [unused]);

    show(&workspace, "2026-03", "D");
    let unused =
        "W-BOOK-UNUSED book \"list\": 3 of 6 SKUs stand on no line of any of the 3 months there are: A, B, C";
    let ends = "W-BOOK-MONTHS book \"list\" has no prices in 2026-04 (the latest month is 2026-03)";
    assert_eq!(warnings(&workspace), [ends, unused]);

    for (month, sku) in [("2026-04", "A"), ("2026-05", "B"), ("2026-06", "C")] {
        show(&workspace, month, sku);
    }
    let ends =
        "W-BOOK-MONTHS book \"list\" has no prices in 2026-06 and 2026-07 (the latest month is 2026-06)";
    assert_eq!(warnings(&workspace), [ends]);

    // A rule that has ended takes no prices from its book any more.
    workspace
        .replace("rules/main.toml", "id = \"list\"\nreason", "id = \"list\"\nuntil = \"2026-03\"\nreason")
        .unwrap();
    assert_eq!(warnings(&workspace), [""; 0]);
}

#[test]
fn lines_that_cannot_be_read_are_told_and_nothing_is_made_of_them() {
    let workspace = workspace(RULES);
    show(&workspace, "2026-02", "SHOWN");
    workspace.put("runs/2026-02/lines/source.parquet", "{\"usageMonth\":\n").unwrap();
    let [told] = &warnings(&workspace)[..] else { unreachable!("one warning") };
    assert!(
        told.starts_with(
            "W-LINES cannot read runs/2026-02/lines/source.parquet: this is not as it was written"
        ),
        "{told}"
    );
}

#[test]
fn programs_get_every_problem_once_with_its_place() {
    let workspace = workspace(&RULES.replace("\"A\" = \"1\"", "\"A\" = 1.5").replace("vendor =", "vender ="));
    let source = "version = 1\n[source.x]\nplugin = \"nobody-has-it\"\n";
    fs::write(workspace.path().join("ratebook.toml"), source).unwrap();
    let document = json(&workspace, 3);
    let problems = document["error"]["problems"].as_array().unwrap();
    let places: Vec<(&str, &str)> = problems
        .iter()
        .map(|problem| (problem["code"].as_str().unwrap(), problem["where"].as_str().unwrap()))
        .collect();
    let expected = [
        ("E-FLOAT", "rules/main.toml:8:7"),
        ("E-KEY", "rules/main.toml:17:10"),
        ("E-NO-PLUGIN", "WORKSPACE/ratebook.toml:3:1"),
    ];
    assert_eq!(places, expected);
}

#[test]
fn warnings_stop_whoever_is_told_to_be_strict() {
    let books = workspace(RULES);
    show(&books, "2026-03", "SHOWN");
    assert!(books.done(&["check"]).stderr.contains("warning[W-BOOK-UNUSED]"));
    let refused = books.run(&["check", "--strict"]).unwrap();
    assert!(refused.code == 3 && refused.stderr.contains("error[W-BOOK-UNUSED]"), "{}", refused.told());

    let month = Workspace::of_the_example().unwrap();
    month.done(&["run", "--month", MONTH, "--offline", "--strict"]);
    let bills = month.bills(MONTH);
    let nothing = "[[rule]]\nid = \"nobody\"\nreason = \"Sold from May on\"\nwhen = { sku = \"NO-SUCH\" }\nprice = \"1.00\"\n";
    let rules = String::from_utf8(month.read("rules/main.toml").unwrap()).unwrap();
    fs::write(month.path().join("rules/main.toml"), format!("{rules}\n{nothing}")).unwrap();
    for command in [&["run", "--offline", "--strict"][..], &["rate", "--strict"]] {
        let refused = month.run(&[command, &["--month", MONTH]].concat()).unwrap();
        assert!(refused.code == 4 && refused.stderr.contains("nobody"), "{}", refused.told());
        assert_eq!(month.bills(MONTH), bills);
    }
    assert!(month.done(&["run", "--month", MONTH, "--offline"]).stderr.contains("nobody"));
}

/// Names of every kind, each with a slip; `anna` is declared nowhere, but some line could be hers.
const NAMES: &str = r#"version = 1
[settings]
currency = "EUR"
[customer.hofer]
groups = ["gold"]
tenants = ["usage:H-2002"]
[[rule]]
id = "theirs"
reason = "r"
when = { customer = "hofr", group = "gould", source = "usge" }
price = "1.00"
[[rule]]
id = "hers"
reason = "r"
when = { customer = "anna" }
price = "1.00"
[[rule]]
id = "all"
reason = "r"
when = { vendor = "tabel", not = { tenant = "T-1" } }
price = "2.00"
"#;

#[test]
fn names_that_nothing_declares_are_told_with_their_place_and_what_was_meant() {
    let workspace = workspace(NAMES);
    let config = "version = 1\n[source.usage]\nplugin = \"table\"\n";
    fs::write(workspace.path().join("ratebook.toml"), config).unwrap();
    // The source is not configured, so `check` fails; what it warns of is said all the same.
    let told = || {
        let told = workspace.run(&["check"]).unwrap().stderr;
        let told = told.lines().filter(|line| line.contains("W-UNKNOWN-NAME"));
        told.map(str::to_owned).collect::<Vec<_>>()
    };
    let slips = [
        "warning[W-UNKNOWN-NAME] rules/main.toml:6:12: no source's plugin is of the vendor \"usage\"; did you mean \"table\"?",
        "warning[W-UNKNOWN-NAME] rules/main.toml:10:21: nothing declares and no line has the customer \"hofr\" (rule \"theirs\"); did you mean \"hofer\"?",
        "warning[W-UNKNOWN-NAME] rules/main.toml:10:37: nobody is in the group \"gould\" (rule \"theirs\"); did you mean \"gold\"?",
        "warning[W-UNKNOWN-NAME] rules/main.toml:10:55: ratebook.toml has no source \"usge\" (rule \"theirs\"); did you mean \"usage\"?",
    ];
    let vendor = "warning[W-UNKNOWN-NAME] rules/main.toml:20:19: no source's plugin is of the vendor \"tabel\" (rule \"all\"); did you mean \"table\"?";
    assert_eq!(told(), [&slips[..], &[vendor]].concat());

    // With a month there are lines to look at: none is hers, none is of the tenant.
    show(&workspace, "2026-01", "A");
    let hers = "warning[W-UNKNOWN-NAME] rules/main.toml:15:21: nothing declares and no line has the customer \"anna\" (rule \"hers\")";
    let tenant = "warning[W-UNKNOWN-NAME] rules/main.toml:20:45: no customer lists and no line has the tenant \"T-1\" (rule \"all\")";
    assert_eq!(told(), [&slips[..], &[hers, vendor, tenant]].concat());

    // What some line has is no slip.
    let line = r#"{"usageMonth":"2026-01-01","vendor":"tabel","tenant":"T-1","customer":"anna","skuId":"A","consumedQuantity":1}"#;
    put_lines(&workspace.path().join("runs/2026-01/lines/source.parquet"), line).unwrap();
    assert_eq!(told(), slips);
}
