//! A cloud's month in FOCUS, from files to bills, through the binary: CSV, gzip, several files, Parquet.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use ratebook_tests::built::built;
use ratebook_tests::gzip::gzip;
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

const CONFIG: &str = r#"
version = 1
rules = "rules/main.toml"

[source.aws]
plugin = "focus"
"#;

const RULES: &str = r#"
version = 1

[settings]
currency = "USD"
unpriced = "error"

[customer.nordwind]
name = "Nordwind GmbH"
tenants = ["focus:111111111111"]

[customer.mueller]
name = "Müller, Söhne & Co"
tenants = ["focus:222222222222"]

[customer.house]
name = "Our own payer account"
tenants = ["focus:900000000001"]

[[rule]]
id = "cloud"
reason = "Cost plus 20 %"
when = { source = "aws" }
price = { markup = "20%" }

[[rule]]
id = "storage"
reason = "Storage is looked after: 50 %"
when = { source = "aws", tag = "ServiceName=Amazon Simple Storage Service" }
price = { markup = "50%" }

[[rule]]
id = "credits"
reason = "The cloud's credits are passed on as they are, whatever they are for"
priority = 1
when = { source = "aws", tag = "ChargeCategory=Credit" }
price = { markup = "0%" }
"#;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/focus/fixtures")
}

fn workspace() -> Workspace {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    fs::write(folder.path().join("ratebook.toml"), CONFIG).unwrap();
    fs::write(folder.path().join("rules/main.toml"), RULES).unwrap();
    Workspace::in_folder(folder)
}

fn good(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.told());
    ran
}

/// The bills when these files are taken in for the month.
fn bills(files: &[(&str, &[u8])]) -> Value {
    let workspace = workspace();
    let mut arguments = vec!["import", "--month", MONTH, "--source", "aws"];
    for (name, bytes) in files {
        fs::write(workspace.path().join(name), bytes).unwrap();
        arguments.push(name);
    }
    good(workspace.run(&arguments).unwrap());
    good(workspace.run(&["run", "--month", MONTH]).unwrap());
    serde_json::from_str(&workspace.bills(MONTH)).unwrap()
}

fn totals(bills: &Value) -> Vec<(&str, &str)> {
    let bills = bills["bills"].as_array().unwrap().iter();
    bills.map(|bill| (bill["customer"].as_str().unwrap(), bill["total"].as_str().unwrap())).collect()
}

#[test]
fn csv_and_parquet_make_the_same_bills_to_the_cent() {
    let fixture = |path: &str| fs::read(fixtures().join(path)).unwrap();
    let csv = fixture("same-csv/payload.csv");
    let of_csv = bills(&[("march.csv.gz", &gzip(&csv))]);
    // Nordwind: 30.9504 and -0.9984 and 0.0000001234 plus 20 %, a credit of 0.5; each line to the cent.
    let expected = [("house", "34.80"), ("mueller", "45.37"), ("nordwind", "35.44")];
    assert_eq!(totals(&of_csv), expected, "{of_csv:#}");
    for case in ["same-parquet-decimal", "same-parquet-double"] {
        let parquet = fixture(&format!("{case}/payload.parquet"));
        assert_eq!(bills(&[("march.parquet", &parquet)]), of_csv, "{case}");
    }
    // A month in two files: the header, and some of the records each.
    let text = String::from_utf8(csv).unwrap();
    let rows: Vec<&str> = text.split_inclusive('\n').collect();
    let part = |records: &[&str]| [&rows[..1], records].concat().concat();
    let (first, second) = (part(&rows[1..4]), part(&rows[4..]));
    let of_parts = bills(&[("part-1.csv.gz", &gzip(first.as_bytes())), ("part-2.csv", second.as_bytes())]);
    assert_eq!(totals(&of_parts), expected, "{of_parts:#}");
}

#[test]
fn the_library_keeps_the_contract_with_every_fixture() {
    let library = built().plugin("focus").display().to_string();
    let fixtures = fixtures().display().to_string();
    let ran = good(workspace().run(&["plugin", "check", &library, "--fixtures", &fixtures]).unwrap());
    assert!(ran.stdout.contains("same-parquet-double"), "{}", ran.told());
}
