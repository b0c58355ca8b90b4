//! How fast rows are mapped; run by hand: `cargo test --release -p ratebook-plugin-acronis -- --ignored --nocapture`.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "this measures, it is not the plugin"
)]

use std::time::Instant;

use ratebook_plugin::call::{Call, HostServices, Reply};
use ratebook_plugin::{Config, Lines, Payload, Problem, VendorPlugin};
use ratebook_plugin_acronis::Acronis;
use serde_json::json;

/// A host that takes lines and looks at none.
struct Sink;

impl HostServices for Sink {
    fn call(&mut self, _call: Call, _bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        Ok(Reply::Done)
    }
}

#[test]
#[ignore = "measures; says little in a debug build"]
fn a_million_rows() {
    let month = include_str!("../fixtures/month-2026-03/payload.csv");
    let (header, rows) = month.split_once('\n').unwrap();
    let count = 1_000_000;
    let mut text = format!("{header}\n");
    let rows: Vec<&str> = rows.lines().filter(|row| row.contains("SENS")).collect();
    rows.iter().cycle().take(count).for_each(|row| {
        text.push_str(row);
        text.push('\n');
    });
    let values = json!({"tenant_id": "53b471e1-50dd-4557-ae6d-f687946821d4"});
    let config = Config { source: "s".to_owned(), url: None, values, secrets: Vec::new() };
    let plugin = Acronis::open(&config).ok().unwrap();
    let begun = Instant::now();
    let (mut input, mut sink) = (text.as_bytes(), Sink);
    let mut lines = Lines::new(&mut sink);
    let mut payload = Payload::new("acronis-csv-v2", "speed", &mut input);
    plugin.map(&mut payload, "2026-03".parse().unwrap(), &mut lines).unwrap();
    lines.finish().unwrap();
    let time = begun.elapsed();
    println!("{} MB, {time:?}, {} ns a row", text.len() / 1_000_000, time.as_nanos() / count as u128);
}
