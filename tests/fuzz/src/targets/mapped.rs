//! A vendor's payload through its plugin: refused in words, or each of its records is one line or skipped.

use ratebook_plugin::testing::{Bodies, map_beside, refusal};
use ratebook_plugin::{Config, ProblemKind, Records, VendorPlugin};
use serde_json::Value;

/// A name, and what must hold of any bytes.
pub(crate) type Target = (&'static str, fn(&[u8]));

pub(crate) fn open<P: VendorPlugin>(values: Value) -> P {
    let config = Config { source: "test".to_owned(), url: None, values, secrets: Vec::new() };
    P::open(&config).unwrap_or_else(|problem| panic!("the target's own settings: {problem}"))
}

/// Maps a payload and holds what comes of it to what the host demands.
pub(crate) fn mapped<P: VendorPlugin>(plugin: &P, format: &str, bodies: Bodies) {
    let month = "2026-03".parse().unwrap();
    let mapped = match map_beside(plugin, format, bodies, month) {
        Ok(mapped) => mapped,
        Err(problem) => {
            // A target that is refused for its settings would hold nothing.
            assert!(problem.kind != ProblemKind::Config && !problem.message.is_empty(), "{problem}");
            assert!(!refusal(&problem).is_empty());
            return;
        }
    };
    let mut records = Records::default();
    let rows = mapped.lines.iter().map(|line| line.origin.as_ref().unwrap().row);
    for row in rows.chain(mapped.skipped.iter().map(|(row, ..)| *row)) {
        records.account(row).unwrap();
    }
    assert_eq!(records.finish().unwrap(), (mapped.lines.len() + mapped.skipped.len()) as u64);
    for line in &mapped.lines {
        let written = serde_json::to_string(line).unwrap();
        match serde_json::from_str(&written) {
            Ok(read) => assert_eq!(line, &read),
            Err(error) => panic!("{written}: {error}"),
        }
    }
    assert!(!mapped.to_string().is_empty() || mapped.lines.is_empty());
}
