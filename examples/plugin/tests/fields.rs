//! What `about` says of the vendor's fields, held to the fixtures: every member of their rows, and what it fills.

use std::collections::BTreeSet;

use ratebook_plugin::VendorPlugin;
use ratebook_plugin::testing::{Fixture, filled, wrong_fields};
use ratebook_plugin_acme::Acme;
use serde_json::Value;

#[test]
fn every_member_is_named_and_fills_what_is_said() {
    let (mut members, mut fills) = (BTreeSet::new(), BTreeSet::new());
    for fixture in Fixture::all(env!("CARGO_MANIFEST_DIR")).unwrap() {
        let page: Value = serde_json::from_slice(&fixture.payload).unwrap();
        for item in page["items"].as_array().unwrap() {
            members.extend(item.as_object().unwrap().keys().cloned());
        }
        let plugin = Acme::open(&fixture.config).unwrap();
        if let Ok(mapped) = fixture.map(&plugin, "acme-usage-v1") {
            fills.extend(filled(&mapped));
        }
    }
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let wrong = wrong_fields(&Acme::about(), "acme-usage-v1", &members, &fills);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
