//! Usage that would be billed twice, through the binary: the same payload packed otherwise, with other line ends, in another
//! source; exports that overlap. Each waits for a person, and can be answered both ways.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use ratebook_tests::gzip::gzip;
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

const TABLE: &str = r#"plugin = "table"
config.columns = { tenant = "Customer", skuId = "Item", consumedQuantity = "Qty" }
"#;

const RULES: &str = r#"version = 1
[settings]
currency = "EUR"
[customer.nordwind]
tenants = ["table:1017"]
[[rule]]
id = "machines"
reason = "price list"
when = { sku = "VM" }
price = "1.00"
"#;

/// A workspace of sources that take the files of their folders.
fn workspace(sources: &[&str]) -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let mut config = "version = 1\n".to_owned();
    for source in sources {
        config += &format!("[source.{source}]\nfiles = \"{source}/{{month}}\"\n{TABLE}");
    }
    workspace.put("ratebook.toml", config).unwrap();
    workspace.put("rules/main.toml", RULES).unwrap();
    workspace
}

/// An export whose quantities are these.
fn export(quantities: impl IntoIterator<Item = u32>) -> String {
    let rows = quantities.into_iter().map(|quantity| format!("1017,VM,{quantity}\n"));
    format!("Customer,Item,Qty\n{}", rows.collect::<String>())
}

fn run(workspace: &Workspace, more: &[&str]) -> Ran {
    workspace.run(&[&["run", "--month", MONTH], more].concat()).unwrap()
}

/// Sees to it that nothing is published, by whatever command, and gives the name of the question.
fn asked(workspace: &Workspace, files: [&str; 2]) -> String {
    for command in
        [&["run", "--month", MONTH][..], &["rate", "--month", MONTH], &["normalize", "--month", MONTH]]
    {
        let ran = workspace.run(command).unwrap();
        assert_eq!(ran.code, 4, "{}", ran.told());
        for text in files.into_iter().chain([
            "error[E-TWICE]",
            "sha256 ",
            "--accept NAME --because",
            "No bill was written",
        ]) {
            assert!(ran.stderr.contains(text), "{text} in {}", ran.told());
        }
        for result in ["bills.parquet", "manifest.json"] {
            assert!(!workspace.path().join("runs").join(MONTH).join(result).exists(), "{result}");
        }
    }
    let close = workspace.run(&["close", "--month", MONTH]).unwrap();
    assert_ne!(close.code, 0, "{}", close.told());
    let told = run(workspace, &[]).stderr;
    told.split("Its name is ").nth(1).unwrap().lines().next().unwrap().to_owned()
}

/// Says that each is usage of its own, and closes the month: the answer is kept with it.
fn answered(workspace: &Workspace, name: &str, total: &str) {
    let ran = run(workspace, &["--accept", name, "--because", "two racks, one price"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    assert!(ran.stdout.contains(total), "{}", ran.told());
    assert!(ran.stderr.contains("two racks, one price"), "{}", ran.told());
    assert_eq!(run(workspace, &[]).code, 0);
    assert_eq!(workspace.run(&["rate", "--month", MONTH]).unwrap().code, 0);
    let manifest: Value =
        serde_json::from_slice(&workspace.read("runs/2026-03/manifest.json").unwrap()).unwrap();
    assert!(manifest["files"]["accepted.json"].is_object(), "{manifest}");
    workspace.done(&["verify", "--month", MONTH]);
    workspace.done(&["close", "--month", MONTH]);
}

fn total(workspace: &Workspace) -> String {
    let ran = run(workspace, &[]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let line = ran.stdout.lines().find(|line| line.starts_with("nordwind")).unwrap().to_owned();
    line.split_whitespace().nth(4).unwrap().to_owned()
}

#[test]
fn a_file_and_the_same_file_packed_wait_for_a_person() {
    let workspace = workspace(&["hosting"]);
    let march = export([3, 4]);
    workspace.put("hosting/2026-03/usage.csv", &march).unwrap();
    workspace.put("hosting/2026-03/usage.csv.gz", gzip(march.as_bytes())).unwrap();
    let name = asked(&workspace, ["hosting/usage.csv:", "hosting/usage.csv.gz:"]);
    assert!(name.starts_with("same:"), "{name}");
    let other = workspace.again().unwrap();
    answered(&workspace, &name, "14.00 EUR");

    // The answer is about these payloads: others are asked about again.
    fs::remove_file(other.path().join("hosting/2026-03/usage.csv.gz")).unwrap();
    assert_eq!(total(&other), "7.00");
    other.put("hosting/2026-03/usage.csv.gz", gzip(export([3, 5]).as_bytes())).unwrap();
    other.put("hosting/2026-03/usage.csv", export([3, 5])).unwrap();
    let again = run(&other, &["--accept", &name, "--because", "an answer to another question"]);
    assert_eq!(again.code, 4, "{}", again.told());
    // A key of the source says it of every month, and stands in the manifest.
    other.replace("ratebook.toml", "files = ", "may_equal = [\"hosting\"]\nfiles = ").unwrap();
    assert_eq!(total(&other), "16.00");
    let manifest: Value = serde_json::from_slice(&other.read("runs/2026-03/manifest.json").unwrap()).unwrap();
    assert_eq!(manifest["sources"]["hosting"]["settings"]["mayEqual"], serde_json::json!(["hosting"]));
    other.done(&["verify", "--month", MONTH]);
}

#[test]
fn the_same_rows_with_other_line_ends_wait_for_a_person() {
    let workspace = workspace(&["hosting"]);
    let march = export([3, 4]);
    workspace.put("hosting/2026-03/a.csv", &march).unwrap();
    let windows = format!("\u{feff}{}", march.trim_end().replace('\n', "\r\n"));
    workspace.put("hosting/2026-03/b.csv", windows).unwrap();
    let name = asked(&workspace, ["hosting/a.csv:", "hosting/b.csv:"]);
    answered(&workspace, &name, "14.00 EUR");
}

#[test]
fn a_file_that_is_imported_for_two_sources_waits_for_a_person() {
    let workspace = workspace(&["east", "west", "north"]);
    workspace.put("ratebook.toml", workspace_of_imports()).unwrap();
    workspace.put("march.csv", export([3, 4])).unwrap();
    workspace.put("north.csv", export([5])).unwrap();
    let import = |source: &str, file: &str| {
        let file = workspace.path().join(file);
        workspace.done(&["import", "--source", source, "--month", MONTH, file.to_str().unwrap()]);
    };
    import("east", "march.csv");
    import("west", "march.csv");
    import("north", "north.csv");
    // Each stage compares with what the others have by then, also for one source alone.
    let normalize =
        |source: &str| workspace.run(&["normalize", "--month", MONTH, "--source", source]).unwrap();
    assert_eq!((normalize("east").code, normalize("north").code), (0, 0));
    let west = normalize("west");
    assert!(west.code == 4 && west.stderr.contains("E-TWICE"), "{}", west.told());
    assert_eq!(workspace.run(&["rate", "--month", MONTH]).unwrap().code, 4);
    let name = asked(&workspace, ["east/march.csv:", "west/march.csv:"]);
    let other = workspace.again().unwrap();
    answered(&workspace, &name, "19.00 EUR");

    let key = "[source.east]\nmay_equal = [\"west\"]";
    other.replace("ratebook.toml", "[source.east]", key).unwrap();
    let ran = run(&other, &[]);
    assert!(ran.code == 0 && ran.stdout.contains("19.00 EUR"), "{}", ran.told());
    assert!(ran.stderr.contains("W-TWICE"), "{}", ran.told());
    other.replace("ratebook.toml", key, "[source.east]").unwrap();
    fs::write(other.path().join("west.csv"), export([6])).unwrap();
    let west = other.path().join("west.csv");
    other.done(&["import", "--source", "west", "--month", MONTH, west.to_str().unwrap()]);
    assert_eq!(total(&other), "18.00");
}

fn workspace_of_imports() -> String {
    let sources = ["east", "west", "north"].map(|source| format!("[source.{source}]\n{TABLE}"));
    format!("version = 1\n{}", sources.concat())
}

#[test]
fn exports_that_overlap_by_five_rows_wait_for_a_person() {
    let workspace = workspace(&["hosting"]);
    workspace.put("hosting/2026-03/a.csv", export(1..=10)).unwrap();
    workspace.put("hosting/2026-03/b.csv", export(6..=15)).unwrap();
    let name = asked(&workspace, ["hosting/a.csv:", "hosting/b.csv:"]);
    assert!(name.starts_with("overlap:"), "{name}");
    let told = run(&workspace, &[]);
    for text in [
        "5 records stand in both hosting/a.csv and hosting/b.csv",
        "record 6 and record 1, record 7 and record 2, record 8 and record 3, and 2 more",
        "duplicates = \"drop\"",
    ] {
        assert!(told.stderr.contains(text), "{text} in {}", told.told());
    }
    let (drop, keep) = (workspace.again().unwrap(), workspace.again().unwrap());
    answered(&workspace, &name, "160.00 EUR");

    let say = |workspace: &Workspace, word: &str| {
        let key = format!("config.duplicates = \"{word}\"\nconfig.columns");
        workspace.replace("ratebook.toml", "config.columns", &key).unwrap();
    };
    say(&drop, "drop");
    assert_eq!(total(&drop), "120.00");
    let skipped = drop.skipped(MONTH, "hosting");
    assert_eq!(skipped.matches("\"reason\":\"duplicate\"").count(), 5, "{skipped}");
    drop.done(&["verify", "--month", MONTH]);
    say(&keep, "keep");
    assert_eq!(total(&keep), "160.00");
    assert!(run(&keep, &[]).stderr.contains("W-TWICE"));
}

#[test]
fn what_overlaps_between_sources_of_a_plugin_is_asked_about_whatever_duplicates_says() {
    let workspace = workspace(&["east", "west"]);
    workspace.put("east/2026-03/east.csv", export(1..=4)).unwrap();
    workspace.put("west/2026-03/west.csv", export(4..=6)).unwrap();
    workspace
        .replace("ratebook.toml", "config.columns", "config.duplicates = \"drop\"\nconfig.columns")
        .unwrap();
    let name = asked(&workspace, ["east/east.csv:", "west/west.csv:"]);
    let told = run(&workspace, &[]);
    assert!(told.stderr.contains("1 record stands in both"), "{}", told.told());
    assert!(told.stderr.contains("among the payloads of one source"), "{}", told.told());
    answered(&workspace, &name, "25.00 EUR");
}

#[test]
fn files_that_share_a_header_or_hold_no_usage_are_fine() {
    let workspace = workspace(&["hosting", "other"]);
    workspace.put("hosting/2026-03/a.csv", export([3, 4])).unwrap();
    workspace.put("hosting/2026-03/b.csv", export([5])).unwrap();
    workspace.put("other/2026-03/a.csv", export([6])).unwrap();
    assert_eq!(total(&workspace), "18.00");
    // Payloads of which no line comes are billed no times.
    let skip =
        "config.skip = [{ column = \"Item\", equals = \"TRIAL\", reason = \"trial\" }]\nconfig.columns";
    workspace.replace("ratebook.toml", "config.columns", skip).unwrap();
    let trial = "Customer,Item,Qty\n1017,TRIAL,1\n";
    workspace.put("hosting/2026-03/c.csv", trial).unwrap();
    workspace.put("hosting/2026-03/d.csv", trial.replace('\n', "\r\n")).unwrap();
    assert_eq!(total(&workspace), "18.00");

    // What was kept of the payloads belongs to the lines: without it nobody rates.
    fs::remove_file(workspace.path().join("runs/2026-03/contents/other.json")).unwrap();
    let ran = workspace.run(&["rate", "--month", MONTH, "--force"]).unwrap();
    assert!(ran.code == 6 && ran.stderr.contains("ratebook normalize --month 2026-03"), "{}", ran.told());
}
