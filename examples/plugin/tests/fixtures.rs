//! Every folder of `fixtures/`: the payload in it is mapped and compared with `lines.snap` beside it.
#![expect(clippy::disallowed_methods, reason = "the plugin has no I/O; its tests read fixtures")]

use std::fs;
use std::path::Path;

use ratebook_plugin::{Config, VendorPlugin, testing};
use ratebook_plugin_acme::Acme;
use serde::Deserialize;

/// `case.json`: what the payload is, and of which month.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    month: String,
}

#[test]
fn every_fixture_maps_as_its_snapshot_says() {
    let config =
        Config { source: "test".to_owned(), url: None, values: serde_json::Value::Null, secrets: Vec::new() };
    let plugin = Acme::open(&config).unwrap();
    let mut cases = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")).unwrap() {
        let folder = entry.unwrap().path();
        let case: Case = serde_json::from_slice(&fs::read(folder.join("case.json")).unwrap()).unwrap();
        let payload = fs::read(folder.join("payload.json")).unwrap();
        let shown = match testing::map(&plugin, "acme-usage-v1", &payload, case.month.parse().unwrap()) {
            Ok(mapped) => mapped.to_string(),
            Err(problem) => testing::refusal(&problem),
        };
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            insta::assert_snapshot!("lines", format!("{}\nmonth {}\n\n{shown}", case.about, case.month));
        });
        cases += 1;
    }
    assert!(cases >= 2, "there are no fixtures");
}
