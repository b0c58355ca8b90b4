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
reason = "The cloud's credits are passed on as they are"
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

/// What is billed when these files are taken in for the month: customer, SKU, tags, quantity and amount of each line, and
/// the totals; not which file and row they are from.
fn billed(files: &[(&str, &[u8])]) -> Vec<String> {
    let workspace = workspace();
    let mut arguments = vec!["import", "--month", MONTH, "--source", "aws"];
    for (name, bytes) in files {
        fs::write(workspace.path().join(name), bytes).unwrap();
        arguments.push(name);
    }
    good(workspace.run(&arguments).unwrap());
    good(workspace.run(&["run", "--month", MONTH]).unwrap());
    let bills: Value = serde_json::from_slice(&workspace.read("runs/2026-03/bills.json").unwrap()).unwrap();
    let mut billed = vec![bills.to_string()];
    billed.sort();
    billed
}

#[test]
fn csv_and_parquet_make_the_same_bills_to_the_cent() {
    let csv = fs::read(fixtures().join("same-csv/payload.csv")).unwrap();
    let whole = billed(&[("march.csv.gz", &gzip(&csv))]);
    println!("{}", whole.join("\n"));
}
