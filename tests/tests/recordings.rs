//! The recordings in the repository are whole, and generated ones are the same every time.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ratebook_tests::generate::{acronis_workspace, usage};
use ratebook_tests::gzip::{gunzip, gzip};
use ratebook_tests::recording::sha256;
use serde_json::Value;

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/month/recordings/2026-03")
}

/// Checks a folder of payloads against its `payloads.json` and hands the bytes of the only one over.
fn only_payload(folder: &Path) -> Vec<u8> {
    let index: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("payloads.json")).unwrap()).unwrap();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/payloads.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    jsonschema::draft202012::validate(&schema, &index)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let [payload] = index["files"].as_array().unwrap().as_slice() else { panic!("not one payload: {index}") };
    let bytes = fs::read(folder.join(payload["file"].as_str().unwrap())).unwrap();
    assert_eq!(payload["sha256"], sha256(&bytes), "{}: run the example pack-example-month", folder.display());
    assert_eq!(payload["bytes"], bytes.len());
    assert_eq!(payload["gzip"], bytes.starts_with(&[0x1f, 0x8b]));
    bytes
}

#[test]
fn the_example_months_readable_report_is_what_is_packed() {
    let folder = recordings().join("acronis-eu");
    let packed = only_payload(&folder);
    let readable = fs::read(folder.join("usage.csv")).unwrap();
    assert!(gunzip(&packed).unwrap() == readable, "edited? Run the example pack-example-month.");
    assert_eq!(packed[4..8], [0; 4], "the stream names a time");
}

#[test]
fn the_example_months_report_is_shaped_as_the_vendors() {
    let text = fs::read(recordings().join("acronis-eu/usage.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let header = reader.headers().unwrap().clone();
    assert_eq!(header.len(), 30, "the 29 columns of csv_v2_0, and sku");
    let column = |name: &str| header.iter().position(|known| known == name).unwrap();
    let (kind, sku, tenant) = (column("tenant.kind"), column("sku"), column("tenant.id"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(rows.iter().any(|row| &row[kind] == "partner"), "the root's own sums are there");
    assert!(rows.iter().any(|row| &row[kind] == "folder"), "a folder's sums are there");
    assert!(rows.iter().any(|row| row[sku].is_empty()), "rows without SKU are there");
    let customers: BTreeSet<&str> =
        rows.iter().filter(|row| &row[kind] == "customer").map(|row| &row[tenant]).collect();
    assert_eq!(customers.len(), 7, "six customers and our own use");
}

#[test]
fn the_example_months_summary_is_whole_and_adds_up() {
    let summary: Value = serde_json::from_slice(&only_payload(&recordings().join("metallic"))).unwrap();
    let rows = summary["data"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    for row in rows {
        assert_eq!(row["usageMonth"], "2026-03-01");
        assert!(row["type"].is_string() && row["skuId"].is_string(), "{row}");
    }
}

#[test]
fn gzip_of_the_same_bytes_is_the_same_and_damage_is_seen() {
    let bytes = b"the same bytes".repeat(100);
    let packed = gzip(&bytes);
    assert!(packed == gzip(&bytes) && packed.len() < bytes.len());
    assert_eq!(gunzip(&packed).unwrap(), bytes);
    assert!(gunzip(&packed[..packed.len() - 4]).is_err(), "cut short");
    let two = [packed.clone(), packed].concat();
    assert_eq!(gunzip(&two).unwrap().len(), 2 * bytes.len(), "all members are read");
}

#[test]
fn a_generated_month_is_the_same_for_the_same_seed() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in &folders {
        acronis_workspace(folder.path(), 3000, 7).unwrap();
    }
    let packed =
        folders.each_ref().map(|folder| only_payload(&folder.path().join("recordings/2026-03/acronis")));
    assert!(packed[0] == packed[1]);
    let (mut plain, mut other) = (Vec::new(), Vec::new());
    usage(&mut plain, 3000, 7).unwrap();
    usage(&mut other, 3000, 8).unwrap();
    assert!(gunzip(&packed[0]).unwrap() == plain && plain != other);
}

#[test]
fn a_generated_month_has_customers_and_skus_that_its_book_knows() {
    let folder = tempfile::tempdir().unwrap();
    acronis_workspace(folder.path(), 12_000, 7).unwrap();
    let packed = only_payload(&folder.path().join("recordings/2026-03/acronis"));
    let plain = gunzip(&packed).unwrap();
    let mut reader = csv::Reader::from_reader(plain.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let customers: BTreeSet<&str> = rows.iter().map(|row| &row[16]).collect();
    let skus: BTreeSet<&str> = rows.iter().map(|row| &row[29]).collect();
    assert_eq!((rows.len(), customers.len(), skus.len()), (12_000, 1200, 120));
    let rules: toml::Table =
        fs::read_to_string(folder.path().join("rules/main.toml")).unwrap().parse().unwrap();
    let prices = rules["book"][0]["prices"].as_table().unwrap();
    let unknown: Vec<&&str> = skus.iter().filter(|sku| !prices.contains_key(**sku)).collect();
    assert!(unknown.is_empty() && prices.len() == 120, "{unknown:?}");
}
