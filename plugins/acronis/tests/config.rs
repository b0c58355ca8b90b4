//! What the config may hold, and how files are recognised.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use ratebook_plugin::testing::{self, ScriptedHost};
use ratebook_plugin::{Config, Host, Problem, ProblemKind, VendorPlugin};
use ratebook_plugin_acronis::Acronis;
use serde_json::{Value, json};

fn open(values: Value) -> Result<Acronis, Problem> {
    Acronis::open(&Config { source: "eu2".to_owned(), url: None, values, secrets: Vec::new() })
}

fn refused(values: Value) -> Problem {
    let problem = open(values).err().unwrap();
    assert_eq!(problem.kind, ProblemKind::Config);
    problem
}

#[test]
fn a_wrong_value_is_refused_with_its_key() {
    for (key, value) in [
        ("measure", json!("effective")),
        ("level", json!("all_partners")),
        ("level", json!("everything")),
        ("auth", json!("none")),
        ("kinds", json!([])),
        ("kinds", json!(["folder"])),
        ("format", json!("csv")),
        ("poll_every_seconds", json!(0)),
        ("mesure", json!("effective.total")),
        ("prices", json!("sometimes")),
        ("price_units", json!({"SPBAMSENS": "gallon"})),
    ] {
        let problem = refused(json!({key: value}));
        assert!(problem.key.as_deref() == Some(key) || problem.to_string().contains("expected"), "{problem}");
    }
}

#[test]
fn below_the_direct_tenants_one_kind_is_billed() {
    let problem = refused(json!({"level": "all_customers", "kinds": ["partner", "customer"]}));
    assert_eq!(problem.key.as_deref(), Some("kinds"));
    assert!(problem.message.contains("usage is counted twice"), "{problem}");
    open(json!({"level": "all_customers", "kinds": ["unit"]})).unwrap();
    open(json!({"level": "accounts"})).unwrap();
}

#[test]
fn without_tenants_nothing_that_needs_them_is_taken() {
    for (key, value) in [("reference", "internal_tag"), ("trials", "tag"), ("trials", "skip")] {
        assert_eq!(refused(json!({"tenants": false, key: value})).key.as_deref(), Some(key));
        open(json!({key: value})).unwrap();
    }
}

#[test]
fn a_source_for_files_needs_no_client() {
    let plugin = open(json!({"tenant_id": "t"})).unwrap();
    let problem = plugin.collect("2026-02".parse().unwrap(), &mut Host::new(&mut ScriptedHost::new([])));
    assert_eq!(problem.unwrap_err().key.as_deref(), Some("url"));
}

#[test]
fn without_the_root_nothing_is_mapped() {
    let csv = include_bytes!("../fixtures/month-2026-03/payload.csv");
    let plugin = open(json!({})).unwrap();
    let problem = testing::map(&plugin, "acronis-csv-v2", csv, "2026-03".parse().unwrap()).unwrap_err();
    assert_eq!((problem.kind, problem.key.as_deref()), (ProblemKind::Config, Some("tenant_id")));
}

#[test]
fn the_schema_names_every_key_and_its_default_opens() {
    let schema: Value = serde_json::from_str(&Acronis::about().config_schema).unwrap();
    let keys = schema["properties"].as_object().unwrap();
    for (key, property) in keys {
        assert!(property["description"].is_string(), "{key}");
        if let Some(default) = property.get("default") {
            open(json!({key: default})).unwrap();
        }
    }
    // serde lists the keys it knows.
    let expected = refused(json!({"no_such_key": 1})).message;
    let known: Vec<&str> = expected.split('`').skip(3).step_by(2).collect();
    assert_eq!(known.len(), keys.len(), "{expected}");
    assert!(known.iter().all(|key| keys.contains_key(*key)), "{expected}");
}

#[test]
fn files_are_recognised_by_their_content() {
    let recognize = |head: &[u8]| Acronis::recognize("file", head);
    assert_eq!(recognize(include_bytes!("../fixtures/sample-2020-03/payload.csv")), Some("acronis-csv-v2"));
    assert_eq!(recognize(include_bytes!("../fixtures/columns-anywhere/payload.csv")), Some("acronis-csv-v2"));
    assert_eq!(recognize(include_bytes!("../fixtures/json-v2/payload.json")), Some("acronis-json-v2"));
    assert_eq!(recognize(include_bytes!("../fixtures/portal-month/payload.csv")), Some("acronis-portal-csv"));
    assert_eq!(
        recognize(include_bytes!("../fixtures/portal-cp1252/payload.csv")),
        Some("acronis-portal-csv")
    );
    assert_eq!(recognize(include_bytes!("../fixtures/tree/tenants-1.json")), Some("acronis-tenants"));
    assert_eq!(
        recognize(include_bytes!("../fixtures/price-list/price-list.json")),
        Some("acronis-price-list")
    );
    assert_eq!(recognize(b"a,b\n1,2\n"), None);
    assert_eq!(recognize(b"{\"data\":[]}"), None);
    assert_eq!(recognize(b""), None);
}
