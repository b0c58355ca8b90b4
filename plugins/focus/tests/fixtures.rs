//! Every folder of `fixtures/`: the payload in it is mapped and compared with `lines.snap` beside it.
#![expect(clippy::disallowed_methods, reason = "the plugin has no I/O; its tests read fixtures")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::fs;
use std::path::{Path, PathBuf};

use ratebook_plugin::{Config, VendorPlugin, testing};
use ratebook_plugin_focus::Focus;
use serde::Deserialize;

/// `case.json`: what the payload is, and how it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    month: String,
    /// The format of a payload that is not recognised.
    format: Option<String>,
    #[serde(default = "no_config")]
    config: serde_json::Value,
}

fn no_config() -> serde_json::Value {
    serde_json::json!({})
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 20, "the folder was not found");
    cases
}

/// The case in a folder, its payload, and its format.
fn read(path: &Path) -> (Case, Vec<u8>, String) {
    let case: Case = serde_json::from_slice(&fs::read(path.join("case.json")).unwrap()).unwrap();
    let mut files =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let file = files.find(|name| name.starts_with("payload.")).unwrap();
    let payload = fs::read(path.join(&file)).unwrap();
    let recognized = Focus::recognize(&file, &payload).map(str::to_owned);
    assert!(recognized.is_some() != case.format.is_some(), "{}: {recognized:?}", path.display());
    let format = recognized.or_else(|| case.format.clone()).unwrap();
    (case, payload, format)
}

fn open(config: &serde_json::Value) -> Focus {
    let (source, values) = ("test".to_owned(), config.clone());
    Focus::open(&Config { source, url: None, values, secrets: Vec::new() }).unwrap()
}

#[test]
fn every_fixture_maps_as_its_snapshot_says() {
    for path in cases() {
        let (case, payload, format) = read(&path);
        let mapped = testing::map(&open(&case.config), &format, &payload, case.month.parse().unwrap());
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

/// The same charges, written by one program as CSV and as Parquet of three kinds, are the same lines.
#[test]
fn parquet_makes_the_lines_of_its_csv() {
    let lines = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
        let (case, payload, format) = read(&folder);
        testing::map(&open(&case.config), &format, &payload, case.month.parse().unwrap()).unwrap()
    };
    let csv = lines("same-csv");
    assert!(csv.lines.len() > 3 && csv.skipped.len() > 1);
    for parquet in ["same-parquet-decimal", "same-parquet-double"] {
        let parquet = lines(parquet);
        assert_eq!((&parquet.lines, &parquet.skipped), (&csv.lines, &csv.skipped));
    }
}
