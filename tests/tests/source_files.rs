//! A source that reads files, through the binary: what lies in its folder is the month.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use ratebook_tests::gzip::gzip;
use ratebook_tests::workspace::{MONTH, Ran, Workspace};

const CONFIG: &str = r#"version = 1
[source.hosting]
plugin = "table"
files = "exports/{month}/*.csv*"
[source.hosting.config]
columns = { tenant = "Customer", skuId = "Item", consumedQuantity = "Qty" }
month = { column = "Day" }
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
price = "9.50"
"#;

fn export(quantity: u32, day: &str) -> String {
    format!("Customer,Item,Qty,Day\n1017,VM,{quantity},{day}\n")
}

/// A workspace with these files in the folder of the month.
fn workspace(files: &[(&str, &[u8])]) -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    workspace.put("ratebook.toml", CONFIG).unwrap();
    workspace.put("rules/main.toml", RULES).unwrap();
    workspace.put("exports/README", "no export").unwrap();
    for (file, bytes) in files {
        workspace.put(&format!("exports/2026-03/{file}"), bytes).unwrap();
    }
    workspace
}

fn run(workspace: &Workspace) -> Ran {
    workspace.run(&["run", "--month", MONTH]).unwrap()
}

fn good(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.told());
    ran
}

fn kept(workspace: &Workspace) -> Vec<String> {
    let listing = workspace.read("runs/2026-03/payloads/hosting/payloads.json").unwrap();
    let listing: serde_json::Value = serde_json::from_slice(&listing).unwrap();
    let files = listing["files"].as_array().unwrap();
    files.iter().map(|file| file["file"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_months_files_are_its_payloads_in_the_order_of_their_names() {
    let packed = gzip(export(2, "2026-03-02").as_bytes());
    let march = export(1, "2026-03-01");
    let workspace = workspace(&[
        ("b.csv", march.as_bytes()),
        ("a.csv.gz", &packed),
        (".c.csv", b"half a download"),
        ("old.csv/d.csv", b"moved away"),
        ("notes.txt", b"not of the pattern"),
    ]);
    let ran = good(run(&workspace));
    assert_eq!(kept(&workspace), ["a.csv.gz", "b.csv"]);
    assert!(ran.stdout.contains("28.50 EUR"), "{}", ran.told());
    assert!(ran.stderr.contains("exports/2026-03/old.csv is not a file and was left out"), "{}", ran.told());

    // The same files are the same month, byte for byte, and nothing is said of them.
    let before = workspace.read("runs/2026-03/manifest.json").unwrap();
    let again = good(run(&workspace));
    assert!(!again.stderr.contains("taken in before"), "{}", again.told());
    assert_eq!(workspace.read("runs/2026-03/manifest.json").unwrap(), before);

    // A recorded month is a month of the recording.
    let from = workspace.path().join("runs/2026-03/payloads/hosting");
    let to = workspace.path().join("recordings/2026-03/hosting");
    fs::create_dir_all(&to).unwrap();
    for name in ["a.csv.gz", "b.csv", "payloads.json"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    fs::remove_dir_all(workspace.path().join("exports")).unwrap();
    fs::remove_dir_all(workspace.path().join("runs")).unwrap();
    good(workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap());
}

#[test]
fn files_that_change_between_runs_are_told_and_taken() {
    let (one, two) = (export(1, "2026-03-01"), export(2, "2026-03-02"));
    let workspace = workspace(&[("a.csv", one.as_bytes()), ("b.csv", two.as_bytes())]);
    good(run(&workspace));
    let put = |name: &str, quantity| {
        fs::write(workspace.path().join("exports/2026-03").join(name), export(quantity, "2026-03-03"))
            .unwrap();
    };
    put("a.csv", 10);
    put("c.csv", 20);
    fs::remove_file(workspace.path().join("exports/2026-03/b.csv")).unwrap();
    let ran = good(run(&workspace));
    let told = "not the files that were taken in before: a.csv has changed, c.csv is new, b.csv is gone";
    assert!(ran.stderr.contains(told), "{}", ran.told());
    assert!(ran.stdout.contains("285.00 EUR"), "{}", ran.told());

    // A folder that was cleared away does not undo a month; asked for, it is said.
    fs::remove_dir_all(workspace.path().join("exports")).unwrap();
    let ran = good(run(&workspace));
    assert!(ran.stderr.contains("there is no file exports/2026-03/*.csv* any more"), "{}", ran.told());
    assert!(ran.stdout.contains("285.00 EUR"), "{}", ran.told());
    let ran = workspace.run(&["run", "--month", MONTH, "--refetch"]).unwrap();
    assert_eq!(ran.code, 5, "{}", ran.told());
}

#[test]
fn no_file_of_the_month_is_no_data_yet() {
    let workspace = workspace(&[]);
    let ran = run(&workspace);
    assert_eq!(ran.code, 5, "{}", ran.told());
    let told = "error[E-NOT-YET] hosting 2026-03: WORKSPACE/ratebook.toml:4:1: there is no file exports/2026-03/*.csv* yet";
    assert!(ran.stderr.contains(told), "{}", ran.told());
    assert!(!workspace.path().join("runs/2026-03/payloads").join("hosting").exists());
}

#[test]
fn everything_that_is_wrong_with_the_files_is_told_at_once_and_changes_nothing() {
    let march = export(1, "2026-03-01");
    let workspace = workspace(&[("a.csv", march.as_bytes())]);
    good(run(&workspace));
    let before = workspace.read("runs/2026-03/payloads/hosting/payloads.json").unwrap();
    let folder = workspace.path().join("exports/2026-03");
    fs::write(folder.join("copy of a.csv"), &march).unwrap();
    fs::write(folder.join("empty.csv.bak"), b"\x7fELF\x00\x01").unwrap();
    let cut = gzip(march.as_bytes());
    fs::write(folder.join("cut.csv.gz"), &cut[..cut.len() - 9]).unwrap();
    let ran = run(&workspace);
    assert_eq!(ran.code, 6, "{}", ran.told());
    for told in [
        "copy of a.csv: it holds the same bytes as WORKSPACE/exports/2026-03/a.csv",
        "cut.csv.gz: ",
        "empty.csv.bak: the plugin table does not recognize this file",
        "Say what it is: files_as = \"FORMAT\" in the source, one of table-csv",
    ] {
        assert!(ran.stderr.contains(told), "{told}\n{}", ran.told());
    }
    assert_eq!(workspace.read("runs/2026-03/payloads/hosting/payloads.json").unwrap(), before);
}

#[test]
fn a_file_of_another_month_is_refused_by_the_plugin() {
    let april = export(1, "2026-04-01");
    let ran = run(&workspace(&[("a.csv", april.as_bytes())]));
    assert_eq!(ran.code, 6, "{}", ran.told());
    assert!(ran.stderr.contains("asked for 2026-03"), "{}", ran.told());
}

/// Plugins that ask a vendor otherwise take their vendor's files, without address and secrets.
#[test]
fn every_plugin_takes_files_and_makes_the_bills_of_its_recording() {
    let recorded = Workspace::of_the_example().unwrap();
    good(recorded.run(&["run", "--month", MONTH, "--offline"]).unwrap());
    let from_files = Workspace::of_the_example().unwrap();
    fs::rename(from_files.path().join("recordings/2026-03"), from_files.path().join("exports")).unwrap();
    let change = |from: &str, to: &str| from_files.replace("ratebook.toml", from, to).unwrap();
    change("url = \"https://eu2-cloud.acronis.com\"", "files = \"exports/acronis-eu/usage.csv.gz\"");
    change("plugin = \"metallic\"", "plugin = \"metallic\"\nfiles = \"exports/metallic/usage-summary*\"");
    change("[source.acronis-eu.secrets]\nclient_secret = { env = \"ACRONIS_CLIENT_SECRET\" }", "");
    change("[source.metallic.secrets]\naccess_token = { env = \"METALLIC_ACCESS_TOKEN\" }", "");
    good(from_files.run(&["check"]).unwrap());
    good(from_files.run(&["run", "--month", MONTH]).unwrap());
    let bills = |workspace: &Workspace| workspace.bills(MONTH);
    assert_eq!(bills(&from_files), bills(&recorded));
    assert!(Path::new(&from_files.path().join("exports/metallic/usage-summary.json")).exists());
}
