//! Packs the example's months anew after their readable payloads were edited.
//!
//! `cargo run -p ratebook-tests --example pack-example-month`

use std::fs;
use std::path::Path;

use ratebook_tests::gzip::gzip;
use ratebook_tests::recording::{ACRONIS_CSV, METALLIC_SUMMARY, Payload, write};

const MONTHS: [&str; 2] = ["2026-03", "2026-04"];

fn main() -> std::io::Result<()> {
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/month/recordings");
    MONTHS.iter().try_for_each(|month| pack(&recordings.join(month), month))
}

fn pack(folder: &Path, month: &str) -> std::io::Result<()> {
    let usage = gzip(&fs::read(folder.join("acronis-eu/usage.csv"))?);
    let usage = Payload { file: "usage.csv.gz", format: ACRONIS_CSV, bytes: &usage };
    write(&folder.join("acronis-eu"), "acronis", month, &[usage])?;
    let summary = fs::read(folder.join("metallic/usage-summary.json"))?;
    let summary = Payload { file: "usage-summary.json", format: METALLIC_SUMMARY, bytes: &summary };
    write(&folder.join("metallic"), "metallic", month, &[summary])
}
