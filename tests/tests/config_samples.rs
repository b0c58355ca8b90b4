//! Every sample of ratebook.toml goes through `ratebook check`, and every one of case.toml through `ratebook test`: what is
//! valid is good, what is wrong is refused.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use ratebook_tests::workspace::{Ran, Workspace};

fn samples(kind: &str) -> Vec<PathBuf> {
    samples_of(kind, "ratebook")
}

fn samples_of(kind: &str, schema: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/samples").join(kind).join(schema);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{kind}");
    files
}

fn check(sample: &Path) -> Ran {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    fs::create_dir(workspace.path().join("rules")).unwrap();
    let rules = "version = 1\n[settings]\ncurrency = \"EUR\"\n";
    fs::write(workspace.path().join("rules/main.toml"), rules).unwrap();
    fs::copy(sample, workspace.path().join("ratebook.toml")).unwrap();
    workspace.run(&["check"]).unwrap()
}

#[test]
fn valid_samples_are_good() {
    for sample in samples("valid") {
        let ran = check(&sample);
        assert_eq!(ran.code, 0, "{}: {}", sample.display(), ran.told());
    }
}

#[test]
fn invalid_samples_are_refused_with_their_place() {
    let mut wrong = Vec::new();
    for (kind, code) in [("invalid/schema", 3), ("invalid/check", 8)] {
        for sample in samples(kind) {
            let (ran, name) = (check(&sample), sample.file_name().unwrap().to_string_lossy().into_owned());
            if ran.code != code || !ran.stderr.contains("WORKSPACE/ratebook.toml:") {
                wrong.push(format!("{name}: {}", ran.told()));
            }
            assert!(!ran.told().contains("not-a-secret-but-it-could-be"), "{name} is quoted back");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Puts a sample of case.toml beside a line that nobody has priced.
fn test_case(sample: &Path) -> Ran {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let rules = "version = 1\n[settings]\ncurrency = \"EUR\"\n";
    let config = "version = 1\n[source.acronis]\nplugin = \"acronis\"\n";
    let line =
        "{\"usageMonth\":\"2026-03-01\",\"vendor\":\"acronis\",\"customer\":\"acme\",\"skuId\":\"SEAT\"}\n";
    fs::create_dir_all(workspace.path().join("rules")).unwrap();
    fs::create_dir_all(workspace.path().join("tests/cases/sample")).unwrap();
    fs::write(workspace.path().join("rules/main.toml"), rules).unwrap();
    fs::write(workspace.path().join("ratebook.toml"), config).unwrap();
    fs::write(workspace.path().join("tests/cases/sample/lines.jsonl"), line).unwrap();
    fs::copy(sample, workspace.path().join("tests/cases/sample/case.toml")).unwrap();
    workspace.run(&["test", "sample"]).unwrap()
}

#[test]
fn valid_cases_are_read() {
    for sample in samples_of("valid", "case") {
        let ran = test_case(&sample);
        let expects_error = fs::read_to_string(&sample).unwrap().contains("\nerror = ");
        assert_eq!(ran.code, if expects_error { 0 } else { 4 }, "{}: {}", sample.display(), ran.told());
        assert_eq!(ran.stderr.contains("1 case is not as written by hand"), !expects_error, "{}", ran.told());
    }
}

#[test]
fn invalid_cases_are_refused_with_their_place() {
    for kind in ["invalid/schema", "invalid/check"] {
        for sample in samples_of(kind, "case") {
            let ran = test_case(&sample);
            assert_eq!(ran.code, 3, "{}: {}", sample.display(), ran.told());
            let place = "WORKSPACE/tests/cases/sample/case.toml:";
            assert!(ran.stderr.contains(place), "{}: {}", sample.display(), ran.told());
        }
    }
}
