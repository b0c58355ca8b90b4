//! Every folder of `fixtures/`: the payload in it is mapped and compared with `lines.snap` beside it.
#![expect(clippy::disallowed_methods, reason = "the plugin has no I/O; its tests read fixtures")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ratebook_plugin::{Config, VendorPlugin, testing};
use ratebook_plugin_acronis::Acronis;
use serde::Deserialize;

/// `case.json`: what the payload is, and how it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    month: String,
    format: String,
    #[serde(default)]
    config: serde_json::Value,
    /// Files of the folder that may be looked up, by format.
    #[serde(default)]
    references: BTreeMap<String, Vec<String>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The only file of the folder that the case does not name.
fn payload(path: &Path, case: &Case) -> Vec<u8> {
    let named = |name: &str| {
        ["case.json", "lines.snap", "lines.snap.new"].contains(&name)
            || case.references.values().flatten().any(|file| file == name)
    };
    let files = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = files.filter(|name| !named(name)).collect();
    let [file] = files.as_slice() else { panic!("{}: {files:?}", path.display()) };
    assert!(["payload.csv", "payload.json"].contains(&file.as_str()), "{}", path.display());
    fs::read(path.join(file)).unwrap()
}

#[test]
fn every_fixture_maps_as_its_snapshot_says() {
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 40, "the folder was not found");
    for path in cases {
        let case: Case = serde_json::from_slice(&fs::read(path.join("case.json")).unwrap()).unwrap();
        let plugin = Acronis::open(&Config {
            source: "test".to_owned(),
            url: None,
            values: case.config.clone(),
            secrets: Vec::new(),
        })
        .unwrap();
        let mut bodies = testing::Bodies::of(&payload(&path, &case));
        for (format, files) in &case.references {
            for file in files {
                bodies = bodies.beside(format, &fs::read(path.join(file)).unwrap());
            }
        }
        let mapped = testing::map_beside(&plugin, &case.format, bodies, case.month.parse().unwrap());
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
