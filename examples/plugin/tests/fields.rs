//! What `about` says of the vendor's fields, held to the fixtures: every member of their rows, and what it fills.
#![expect(clippy::disallowed_methods, reason = "the plugin has no I/O; its tests read fixtures")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ratebook_plugin::{Config, VendorPlugin, testing};
use ratebook_plugin_acme::Acme;
use serde_json::Value;

#[test]
fn every_member_is_named_and_fills_what_is_said() {
    let config = Config { source: "test".to_owned(), url: None, values: Value::Null, secrets: Vec::new() };
    let plugin = Acme::open(&config).unwrap();
    let (mut members, mut filled) = (BTreeSet::new(), BTreeSet::new());
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")).unwrap() {
        let payload = fs::read(entry.unwrap().path().join("payload.json")).unwrap();
        let page: Value = serde_json::from_slice(&payload).unwrap();
        for item in page["items"].as_array().unwrap() {
            members.extend(item.as_object().unwrap().keys().cloned());
        }
        if let Ok(mapped) = testing::map(&plugin, "acme-usage-v1", &payload, "2026-03".parse().unwrap()) {
            filled.extend(testing::filled(&mapped));
        }
    }
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let wrong = testing::wrong_fields(&Acme::about(), "acme-usage-v1", &members, &filled);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
