//! `ratebook import`, through the binary: whose files they are, what is refused before it is taken in, archives, and what is
//! taken out again.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use ratebook_tests::gzip::gzip;
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const HOSTING: &str = r#"
[source.hosting]
plugin = "table"
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

/// An export of the source `hosting`.
fn export(quantity: u32, day: &str) -> String {
    format!("Customer,Item,Qty,Day\n1017,VM,{quantity},{day}\n")
}

fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The example's two vendors, whose files lie in `down`, and a source with a map.
fn vendors() -> Workspace {
    let workspace = Workspace::of_the_example().unwrap();
    let recorded = workspace.path().join("recordings").join(MONTH);
    fs::create_dir(workspace.path().join("down")).unwrap();
    for (from, to) in [("acronis-eu/usage.csv.gz", "a.csv.gz"), ("metallic/usage-summary.json", "m.json")] {
        fs::copy(recorded.join(from), workspace.path().join("down").join(to)).unwrap();
    }
    fs::remove_dir_all(workspace.path().join("recordings")).unwrap();
    workspace.put("down/h.csv", export(3, "2026-03-04")).unwrap();
    let config = String::from_utf8(workspace.read("ratebook.toml").unwrap()).unwrap();
    workspace.put("ratebook.toml", config + HOSTING).unwrap();
    workspace
}

/// A workspace of a source with a map alone.
fn hosting() -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    workspace.put("ratebook.toml", format!("version = 1\n{HOSTING}")).unwrap();
    workspace.put("rules/main.toml", RULES).unwrap();
    workspace
}

fn import(workspace: &Workspace, more: &[&str]) -> Ran {
    workspace.run(&[&["import", "--month", MONTH], more].concat()).unwrap()
}

/// The names under which a source keeps what was taken in.
fn kept(workspace: &Workspace, source: &str) -> Vec<String> {
    let Ok(listing) = workspace.read(&format!("runs/{MONTH}/payloads/{source}/payloads.json")) else {
        return Vec::new();
    };
    let listing: serde_json::Value = serde_json::from_slice(&listing).unwrap();
    let files = listing["files"].as_array().unwrap();
    files.iter().map(|file| file["file"].as_str().unwrap().to_owned()).collect()
}

/// What the month comes to.
fn total(workspace: &Workspace) -> String {
    let ran = workspace.done(&["run", "--month", MONTH]);
    let line = ran.stdout.lines().find(|line| line.starts_with("nordwind")).unwrap().to_owned();
    line.split_whitespace().nth(4).unwrap().to_owned()
}

fn refused(ran: &Ran, code: i32, told: &[&str]) {
    assert_eq!(ran.code, code, "{}", ran.told());
    for told in told {
        assert!(ran.stderr.contains(told), "missing {told:?} in {}", ran.told());
    }
}

/// The files of an archive: their names and bytes.
type Entries<'e> = &'e [(&'e str, &'e [u8])];

#[test]
fn files_go_to_the_source_that_reads_them() {
    let workspace = vendors();
    let ran = import(&workspace, &["down/m.json", "down/h.csv", "down/a.csv.gz"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    for (source, file) in [("acronis-eu", "a.csv.gz"), ("hosting", "h.csv"), ("metallic", "m.json")] {
        assert!(ran.stdout.contains(&format!("source {source}:\n{file}  ")), "{}", ran.told());
        assert_eq!(kept(&workspace, source), [file]);
    }
    // Its archive goes the same way: what is in it says whose it is.
    let again = vendors();
    let summary = String::from_utf8(again.read("down/m.json").unwrap()).unwrap();
    again.put("down/m.zip", zipped(&[("2026-03/summary.json", &summary)])).unwrap();
    again.done(&["import", "--month", MONTH, "down/m.zip"]);
    assert_eq!(kept(&again, "metallic"), ["summary.json"]);
}

#[test]
fn a_file_that_several_sources_read_or_none_is_left_to_a_person() {
    let workspace = vendors();
    let config = String::from_utf8(workspace.read("ratebook.toml").unwrap()).unwrap();
    let second = HOSTING.replace("hosting", "housing");
    workspace.put("ratebook.toml", config + &second).unwrap();
    let focus = fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/focus/fixtures/real-1.0-null/payload.csv"),
    );
    workspace.put("down/f.csv", focus.unwrap()).unwrap();
    workspace.put("down/x.csv", "Shop,Fruit\n1,apples\n").unwrap();
    let ran = import(&workspace, &["down/h.csv"]);
    refused(&ran, 2, &["down/h.csv", "several sources read this file: hosting, housing", "--source NAME"]);
    let ran = import(&workspace, &["down/f.csv", "down/x.csv", "down/m.json"]);
    refused(
        &ran,
        6,
        &[
            "down/f.csv: this looks like what the plugin focus reads (focus-csv), and no source is of it",
            "Add it to ratebook.toml: [source.focus] with plugin = \"focus\".",
            "down/x.csv: no source of the workspace reads this file",
        ],
    );
    assert_eq!(kept(&workspace, "metallic"), [""; 0], "all of them or none");
}

#[test]
fn a_file_of_another_vendor_is_refused_and_its_source_named() {
    let workspace = vendors();
    let ran = import(&workspace, &["--source", "acronis-eu", "down/m.json"]);
    refused(
        &ran,
        6,
        &[
            "acronis-eu 2026-03: down/m.json: this looks like what the plugin metallic reads",
            "metallic-usage-summary",
            ", not acronis",
            "Take it in for its source: --source metallic.",
        ],
    );
    // A map may fit what it is not: it is said beside what does not.
    let ran = import(&workspace, &["--source", "hosting", "down/a.csv.gz"]);
    refused(&ran, 6, &["down/a.csv.gz", "This looks like what the plugin acronis reads (acronis-csv-v2)."]);
    assert_eq!((kept(&workspace, "acronis-eu"), kept(&workspace, "hosting")), (Vec::new(), Vec::new()));
}

#[test]
fn a_file_of_another_month_is_refused_where_it_is_named() {
    let workspace = vendors();
    workspace.put("down/april.csv", export(3, "2026-04-04")).unwrap();
    workspace.done(&["import", "--month", MONTH, "--source", "hosting", "down/h.csv"]);
    for (source, file, month, told) in [
        ("hosting", "down/april.csv", MONTH, "asked for 2026-03"),
        ("acronis-eu", "down/a.csv.gz", "2026-04", "2026-03"),
        ("metallic", "down/m.json", "2026-04", "2026-03"),
    ] {
        let ran = workspace.run(&["import", "--month", month, "--source", source, file]).unwrap();
        refused(&ran, 6, &[&format!("{source} {month}: {file}"), told]);
        let ran = workspace.run(&["import", "--month", month, file]).unwrap();
        refused(&ran, 6, &[file, told]);
    }
    assert_eq!(kept(&workspace, "hosting"), ["h.csv"], "what was there stays");
    workspace.done(&["import", "--month", MONTH, "--source", "hosting", "--unchecked", "down/april.csv"]);
    let ran = workspace.run(&["normalize", "--month", MONTH, "--source", "hosting"]).unwrap();
    refused(&ran, 6, &["asked for 2026-03"]);
}

#[test]
fn gzip_and_archives_are_opened_and_come_to_the_same_bills() {
    let (one, two) = (export(1, "2026-03-04"), export(2, "2026-03-05"));
    let both: [(&str, &[u8]); 2] = [("one.csv", one.as_bytes()), ("two.csv", two.as_bytes())];
    let archive = zipped(&[("x/one.csv", &one), ("x/two.csv", &two), ("__MACOSX/x/._one.csv", "?")]);
    let cases: [(Entries<'_>, [&str; 2]); 3] = [
        (&both, ["one.csv", "two.csv"]),
        (&[("one.csv.gz", &gzip(one.as_bytes())), both[1]], ["one.csv.gz", "two.csv"]),
        (&[("march.zip", &archive)], ["one.csv", "two.csv"]),
    ];
    for (files, names) in cases {
        let workspace = hosting();
        for (name, bytes) in files {
            workspace.put(name, bytes).unwrap();
        }
        let files: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let ran = import(&workspace, &files);
        assert_eq!(ran.code, 0, "{}", ran.told());
        assert_eq!(kept(&workspace, "hosting"), names);
        assert_eq!(total(&workspace), "28.50", "3 x 9.50");
        let left = fs::read_dir(workspace.path().join("runs").join(MONTH)).unwrap();
        let mut left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(!left.any(|name| name.starts_with(".import-")), "what was unpacked is gone");
    }
    // What is wrong in an archive is told with both names.
    let workspace = hosting();
    workspace.put("april.zip", zipped(&[("one.csv", &one), ("old.csv", &export(1, "2026-04-01"))])).unwrap();
    let ran = import(&workspace, &["--source", "hosting", "april.zip"]);
    refused(&ran, 6, &["april.zip: old.csv", "asked for 2026-03"]);
    workspace.put("cut.zip", &archive[..archive.len() - 30]).unwrap();
    let ran = import(&workspace, &["cut.zip"]);
    refused(&ran, 6, &["cut.zip is not an archive that can be read"]);
}

#[test]
fn what_was_taken_in_is_taken_out_again_by_its_name() {
    let workspace = hosting();
    for (name, quantity) in [("one.csv", 1), ("two.csv", 2), ("four.csv", 4)] {
        workspace.put(name, export(quantity, "2026-03-04")).unwrap();
    }
    workspace.done(&["import", "--month", MONTH, "one.csv", "two.csv", "four.csv"]);
    assert_eq!(total(&workspace), "66.50", "7 x 9.50");
    let ran = import(&workspace, &["--remove", "two.csv", "ten.csv"]);
    refused(
        &ran,
        2,
        &["no file \"ten.csv\" was taken in for 2026-03", "There are: one.csv, two.csv, four.csv."],
    );
    assert_eq!(kept(&workspace, "hosting").len(), 3, "all of them or none");
    let ran = import(&workspace, &["--remove", "two.csv"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    assert!(
        ran.stdout.contains("taken out: two.csv\nsource hosting: left: one.csv, four.csv\n"),
        "{}",
        ran.told()
    );
    assert!(
        !workspace.path().join("runs").join(MONTH).join("manifest.json").exists(),
        "it is no month any more"
    );
    assert_eq!(total(&workspace), "47.50", "5 x 9.50");
    let ran = import(&workspace, &["--remove", "one.csv", "four.csv"]);
    assert!(ran.stdout.contains("nothing is left of this month"), "{}", ran.told());
    assert_ne!(workspace.run(&["run", "--month", MONTH]).unwrap().code, 0, "nothing is no month");
    let ran = import(&workspace, &["--remove", "one.csv"]);
    refused(&ran, 2, &["There are none."]);

    workspace.done(&["import", "--month", MONTH, "one.csv"]);
    workspace.done(&["run", "--month", MONTH]);
    workspace.done(&["close", "--month", MONTH]);
    let ran = import(&workspace, &["--remove", "one.csv"]);
    assert_ne!(ran.code, 0, "{}", ran.told());
    assert!(ran.stderr.contains("closed"), "{}", ran.told());
    assert_eq!(kept(&workspace, "hosting"), ["one.csv"]);
}
