//! Names that vendors and rules give cannot write on the terminal what is not there: no output holds a control character
//! or a direction mark.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::fs;

use ratebook_tests::workspace::{MONTH, Workspace};
use serde_json::Value;

const NEXT: &str = "2026-04";
/// Clears the screen, rings, turns the direction of writing, is not there.
const HOSTILE: &str = "x\u{1b}[2J\u{7}\u{9b}31m\u{202e}\u{2066}\u{200b}y";

fn is_hostile(letter: char) -> bool {
    let direction =
        matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (letter.is_control() && letter != '\n') || direction
}

/// What a command says to people; the JSON of `--format json` is for programs, which know what a string is.
fn said(workspace: &Workspace, code: i32, arguments: &[&str]) -> String {
    let ran = workspace.run(arguments).unwrap();
    assert_eq!(ran.code, code, "{arguments:?}: {}", ran.told());
    let told = ran.told();
    let found = told.lines().find(|line| line.contains(is_hostile));
    assert_eq!(found, None, "{arguments:?}: {}", told.escape_debug());
    told
}

/// The example with hostile names: of every customer, of every tenant of Acronis, of a SKU of Metallic.
fn hostile() -> Workspace {
    let workspace = Workspace::of_the_example().unwrap();
    let escaped: String = HOSTILE.chars().map(|letter| format!("\\U{:08X}", u32::from(letter))).collect();
    for entry in fs::read_dir(workspace.path().join("rules/customers")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("name = \"", &format!("name = \"{escaped}"))).unwrap();
    }
    let report = workspace.read("recordings/2026-03/acronis-eu/usage.csv").unwrap();
    let report = String::from_utf8(report).unwrap();
    assert!(report.contains(",customer,"));
    let report = report.replace(",customer,", &format!(",customer,{HOSTILE}"));
    // Into the quotes, where there are some.
    let report = report.replace(&format!("{HOSTILE}\""), &format!("\"{HOSTILE}"));
    workspace.record_acronis("usage.csv", report.as_bytes()).unwrap();
    record(&workspace, |rows| rows[1]["skuId"] = HOSTILE.into());
    workspace
}

/// Changes the rows of Metallic's summary.
fn record(workspace: &Workspace, change: impl FnOnce(&mut Vec<Value>)) {
    let summary = workspace.read("recordings/2026-03/metallic/usage-summary.json").unwrap();
    let mut summary: Value = serde_json::from_slice(&summary).unwrap();
    change(summary["data"].as_array_mut().unwrap());
    workspace.record_metallic(summary.to_string().as_bytes()).unwrap();
}

#[test]
fn s7_what_vendors_and_rules_call_things_is_escaped_wherever_it_is_shown() {
    const SHOWN: &str = "x\\u{1b}[2J\\u{7}\\u{9b}31m\\u{202e}\\u{2066}\\u{200b}y";
    let workspace = hostile();
    let shows = |code, arguments: &[&str]| {
        let told = said(&workspace, code, arguments);
        assert!(told.contains(SHOWN), "{arguments:?}: {told}");
    };
    // A line that cannot be priced, then everything can.
    let (from, to) = ("when = { vendor = \"metallic\" }", "when = { vendor = \"metallic\", sku = \"M*\" }");
    workspace.replace("rules/main.toml", from, to).unwrap();
    said(&workspace, 4, &["run", "--month", MONTH, "--offline"]);
    workspace.replace("rules/main.toml", to, from).unwrap();
    shows(0, &["run", "--month", MONTH, "--offline"]);
    shows(0, &["explain", "--month", MONTH]);
    said(&workspace, 0, &["check"]);
    said(&workspace, 0, &["test", "record", "--month", MONTH]);
    said(&workspace, 0, &["test"]);
    said(&workspace, 0, &["doctor"]);
    workspace.replace("rules/main.toml", "markup = \"20%\" }", "markup = \"30%\" }").unwrap();
    shows(0, &["diff", "--month", MONTH, "--from", "run:2026-03", "--lines"]);
    // Markdown wants a backslash before a backslash.
    let markdown = ["diff", "--month", MONTH, "--from", "run:2026-03", "--lines", "--format", "markdown"];
    assert!(said(&workspace, 0, &markdown).contains("\\\\u{1b}\\[2J"));
    said(&workspace, 4, &["test", "--ci"]);
    workspace.replace("rules/main.toml", "markup = \"30%\" }", "markup = \"20%\" }").unwrap();
    said(&workspace, 0, &["verify", "--month", MONTH]);
    said(&workspace, 0, &["close", "--month", MONTH, "--accept-held", "--because", "sales decides"]);
    // The next month does not have the SKU: a person is to look.
    shows(4, &["run", "--month", NEXT, "--offline"]);
    said(&workspace, 0, &["status"]);
    let vanished = format!("vanished:sku:{HOSTILE} in EUR");
    said(&workspace, 0, &["run", "--month", NEXT, "--offline", "--accept", &vanished, "--because", HOSTILE]);
    record(&workspace, |rows| drop(rows.remove(1)));
    shows(0, &["adjust", "--month", MONTH, "--into", NEXT, "--offline"]);
    shows(0, &["run", "--month", NEXT, "--offline"]);
    shows(0, &["explain", "--month", NEXT]);
    said(
        &workspace,
        0,
        &["close", "--month", NEXT, "--note", HOSTILE, "--accept-held", "--because", "sales decides"],
    );
    said(&workspace, 0, &["status"]);
}
