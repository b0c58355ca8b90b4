//! Every sample of rules goes through the program: what is valid loads, what is wrong is told by its code.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use ratebook_rating::{LoadError, MemoryFiles, Rulebook, load};

fn samples(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/samples").join(kind).join("rules");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "{files:?}");
    files
}

/// Loads a sample; an included file gets a root file around it.
fn load_sample(path: &Path) -> Result<Rulebook, LoadError> {
    let text = fs::read_to_string(path).unwrap();
    let is_included = path.file_stem().unwrap().to_string_lossy().starts_with("included-file-");
    let root = "version = 1\ninclude = [\"sample.toml\"]\n[settings]\ncurrency = \"EUR\"\n";
    let files = match is_included {
        true => MemoryFiles::new().with("main.toml", root).with("sample.toml", &text),
        false => MemoryFiles::new().with("main.toml", &text),
    };
    load("main.toml", &files)
}

#[test]
fn valid_samples_load() {
    for path in samples("valid") {
        if let Err(error) = load_sample(&path) {
            panic!("{}: {error}", path.display());
        }
    }
}

#[test]
fn invalid_samples_are_told_by_the_code_in_their_first_line() {
    let mut wrong = Vec::new();
    for path in [samples("invalid/schema"), samples("invalid/check")].concat() {
        let text = fs::read_to_string(&path).unwrap();
        let expected = text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match load_sample(&path) {
            Ok(_) => wrong.push(format!("{name}: loads, expected {expected}")),
            Err(error) if error.first().code.word() != expected => {
                wrong.push(format!("{name}: expected {expected}, got {error}"));
            }
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
