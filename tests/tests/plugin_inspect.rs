//! `ratebook plugin inspect`, through the binary: what a plugin is, takes and maps.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use ratebook_tests::built::built;
use ratebook_tests::workspace::{Ran, Workspace};
use serde_json::Value;

fn workspace() -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    fs::write(workspace.path().join("ratebook.toml"), "version = 1\n").unwrap();
    workspace
}

fn inspect(workspace: &Workspace, arguments: &[&str]) -> Ran {
    workspace.run(&[&["plugin", "inspect"], arguments].concat()).unwrap()
}

fn fixtures(plugin: &str) -> String {
    format!("{}/../plugins/{plugin}/fixtures", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_plugin_is_shown_with_its_file_its_configuration_and_its_fields() {
    let ran = inspect(&workspace(), &["metallic"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let has = |line: &[&str]| {
        let found = ran.stdout.lines().any(|shown| line.iter().all(|part| shown.contains(part)));
        assert!(found, "{line:?}\n{}", ran.told());
    };
    has(&["id", "metallic"]);
    has(&["panic", "unwind"]);
    has(&["target", std::env::consts::ARCH]);
    has(&["state", "unlocked, next to ratebook"]);
    has(&["secrets", "access_token, refresh_token"]);
    has(&["metallic-usage-summary", "JSON answer of the partner usage summary"]);
    has(&["refresh_url", "text"]);
    has(&["usageMonth", "-", "must lie in the month that is asked for"]);
    has(&["type", "paymentOption"]);
    let bytes = fs::metadata(built().plugin("metallic")).unwrap().len();
    has(&["bytes", &bytes.to_string()]);

    for id in ["acronis", "focus", "metallic", "sophos", "table"] {
        let ran = inspect(&workspace(), &[id, "--format", "json"]);
        let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(shown["plugin"]["id"], id);
        assert_eq!(shown["config"]["additionalProperties"], false);
        assert!(shown["fields"].as_array().unwrap().iter().any(|field| field["line"] == "skuId"), "{id}");
    }
}

#[test]
fn a_file_is_shown_with_its_standing_in_plugins_lock() {
    let (workspace, file) = (workspace(), built().plugin("metallic").display().to_string());
    let unknown = inspect(&workspace, &[&file]);
    assert_eq!(unknown.code, 0, "{}", unknown.told());
    assert!(unknown.stdout.contains("plugins.lock does not name it"), "{}", unknown.told());
    assert_eq!(workspace.run(&["plugin", "trust", &file]).unwrap().code, 0);
    let known = inspect(&workspace, &[&file]);
    assert!(known.stdout.contains("locked, plugin path"), "{}", known.told());
    fs::write(workspace.path().join("libratebook_plugin_odd.so"), "no library, but as long as one line")
        .unwrap();
    let odd = inspect(&workspace, &["./libratebook_plugin_odd.so"]);
    assert_eq!((odd.code, odd.stderr.contains("it is not a library")), (8, true), "{}", odd.told());
    let nobody = inspect(&workspace, &["metalic"]);
    assert_eq!(nobody.code, 8, "{}", nobody.told());
}

#[test]
fn payloads_are_mapped_and_what_the_plugin_does_not_know_is_named() {
    let workspace = workspace();
    let payload = workspace.path().join("summary.json");
    let row = r#"{"usageMonth":"2026-03-01","skuId":"S","consumedQuantity":1,"entitledQuantity":0,"overageQuantity":1,
        "billableQuantity":1,"unitPrice":1,"totalCost":1,"currency":"USD","type":"utility","colour":"red"}"#;
    fs::write(&payload, format!("{{\"data\":[{row}]}}")).unwrap();
    let ran = inspect(&workspace, &["metallic", "--payload", &payload.display().to_string()]);
    assert!(ran.stdout.contains("1 lines, none skipped"), "{}", ran.told());
    assert!(ran.stdout.contains("filled: billableQuantity, consumedQuantity, currency, "), "{}", ran.told());
    assert!(
        ran.stdout.contains(
            "warning: [W-FORMAT] the summary has a field that ratebook does not know and does not use: colour"
        ),
        "{}",
        ran.told()
    );

    let ran = inspect(&workspace, &["acronis", "--fixtures", &fixtures("acronis")]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    assert!(ran.stdout.contains("\nmonth-2026-03 (acronis-csv-v2): "), "{}", ran.told());
    assert!(ran.stdout.contains("\ncolumns-missing (acronis-csv-v2): refused: "), "{}", ran.told());

    fs::write(&payload, "no JSON").unwrap();
    let file = payload.display().to_string();
    let ran = inspect(&workspace, &["metallic", "--payload", &file]);
    assert_eq!((ran.code, ran.stderr.contains("--as FORMAT")), (6, true), "{}", ran.told());
    let ran = inspect(&workspace, &["metallic", "--payload", &file, "--as", "metallic-usage-summary"]);
    assert!(
        ran.stdout.contains("refused: plugin metallic: expected a usage summary as JSON"),
        "{}",
        ran.told()
    );
}
