//! Every folder of `fixtures/`: the payload in it is mapped and compared with `lines.snap` beside it.
#![expect(clippy::disallowed_methods, reason = "the plugin has no I/O; its tests read fixtures")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ratebook_plugin::{Config, VendorPlugin, testing};
use ratebook_plugin_sophos::Sophos;
use serde::Deserialize;

const BILLING_USAGE: &str = "sophos-billing-usage";

/// `case.json`: what the payload is, and how it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    month: String,
    /// Files that lie beside the payload, by format.
    #[serde(default)]
    references: BTreeMap<String, Vec<String>>,
}

#[test]
fn every_fixture_maps_as_its_snapshot_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 10, "the folder was not found");
    let config =
        Config { source: "test".to_owned(), url: None, values: serde_json::Value::Null, secrets: Vec::new() };
    let plugin = Sophos::open(&config).unwrap();
    for path in cases {
        let case: Case = serde_json::from_slice(&fs::read(path.join("case.json")).unwrap()).unwrap();
        let mut bodies = testing::Bodies::of(&fs::read(path.join("payload.json")).unwrap());
        let mut files = BTreeSet::from(["case.json".to_owned(), "payload.json".to_owned()]);
        for (format, names) in case.references {
            for name in names {
                bodies = bodies.beside(&format, &fs::read(path.join(&name)).unwrap());
                files.insert(name);
            }
        }
        let found =
            fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let found: BTreeSet<String> = found.filter(|name| !name.starts_with("lines.snap")).collect();
        assert_eq!(found, files, "{}", path.display());
        let mapped = testing::map_beside(&plugin, BILLING_USAGE, bodies, case.month.parse().unwrap());
        let shown = match mapped {
            Ok(mapped) => mapped.to_string(),
            Err(problem) => testing::refusal(&problem),
        };
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&path);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            insta::assert_snapshot!("lines", format!("{}\nmonth {}\n\n{shown}", case.about, case.month));
        });
    }
}
