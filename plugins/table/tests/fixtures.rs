//! Every folder of `fixtures/`: the payload in it is mapped and compared with `lines.snap` beside it.
#![expect(clippy::disallowed_methods, reason = "the plugin has no I/O; its tests read fixtures")]

use std::fs;
use std::path::{Path, PathBuf};

use ratebook_plugin::{Config, VendorPlugin, testing};
use ratebook_plugin_table::Table;
use serde::Deserialize;

/// `case.json`: what the payload is, and how it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    month: String,
    format: Option<String>,
    #[serde(default)]
    config: serde_json::Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

#[test]
fn every_fixture_maps_as_its_snapshot_says() {
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 20, "the folder was not found");
    for path in cases {
        let mut files: Vec<_> =
            fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        files.retain(|name| !["lines.snap", "lines.snap.new"].iter().any(|snap| name == snap));
        files.sort();
        let extension = files[1].to_str().unwrap().strip_prefix("payload.").unwrap();
        assert!(files.len() == 2 && files[0] == "case.json", "{}", path.display());
        let case: Case = serde_json::from_slice(&fs::read(path.join("case.json")).unwrap()).unwrap();
        let plugin = Table::open(&Config {
            source: "test".to_owned(),
            url: None,
            values: case.config,
            secrets: Vec::new(),
        })
        .unwrap();
        let payload = fs::read(path.join(&files[1])).unwrap();
        let format = Table::recognize(files[1].to_str().unwrap(), &payload);
        assert_eq!(format, Some(format!("table-{extension}").as_str()), "{}", path.display());
        let format = case.format.as_deref().or(format).unwrap();
        let mapped = testing::map(&plugin, format, &payload, case.month.parse().unwrap());
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
