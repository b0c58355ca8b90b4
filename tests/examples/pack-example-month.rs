//! Packs the example month anew after its readable payloads were edited.
//!
//! `cargo run -p ratebook-tests --example pack-example-month`

use std::path::Path;

use ratebook_tests::gzip::gzip;
use ratebook_tests::recording::{ACRONIS_CSV, METALLIC_SUMMARY, Payload, write};

fn main() -> std::io::Result<()> {
    let month = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/month/recordings/2026-03");
    let usage = gzip(&std::fs::read(month.join("acronis-eu/usage.csv"))?);
    let usage = Payload { file: "usage.csv.gz", format: ACRONIS_CSV, bytes: &usage };
    write(&month.join("acronis-eu"), "acronis", "2026-03", &[usage])?;
    let summary = std::fs::read(month.join("metallic/usage-summary.json"))?;
    let summary = Payload { file: "usage-summary.json", format: METALLIC_SUMMARY, bytes: &summary };
    write(&month.join("metallic"), "metallic", "2026-03", &[summary])
}
