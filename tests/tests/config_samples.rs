//! Every sample of ratebook.toml goes through `ratebook check`: what is valid is good, what is wrong is refused.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use ratebook_tests::workspace::{Ran, Workspace};

fn samples(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/samples").join(kind).join("ratebook");
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
