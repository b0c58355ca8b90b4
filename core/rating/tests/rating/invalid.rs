//! Every file and folder of `invalid/` is refused, with the code that its name starts with; the rendered
//! errors stand beside it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::support::Folder;
use ratebook_rating::{LoadError, load};

/// The samples: folders with a `rules.toml`, and single files.
fn samples() -> Vec<(String, Result<ratebook_rating::Rulebook, LoadError>, PathBuf)> {
    let root = crate::support::tests().join("invalid");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut samples = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            samples.push((name.to_owned(), load("rules.toml", &Folder(path.clone())), path.clone()));
        } else if let Some(stem) = name.strip_suffix(".toml") {
            samples.push((stem.to_owned(), load(name, &Folder(root.clone())), root.clone()));
        }
    }
    samples
}

#[test]
fn every_sample_is_refused_for_the_reason_its_name_says() {
    let mut wrong = Vec::new();
    for (name, loaded, folder) in samples() {
        let code = name.split('.').next().unwrap();
        let error = match loaded {
            Ok(_) => {
                wrong.push(format!("{name} loads"));
                continue;
            }
            Err(error) => error,
        };
        if error.first().code.word() != code {
            wrong.push(format!("{name} is {}", error.first().code));
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name.as_str(), error.to_string()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_sample() {
    let names: BTreeSet<String> =
        samples().iter().map(|(name, ..)| name.split('.').next().unwrap().to_owned()).collect();
    let all = [
        "E-BOOK",
        "E-BOOK-OVERLAP",
        "E-COMMIT",
        "E-CONFLICT",
        "E-DUPLICATE",
        "E-FLOAT",
        "E-ID",
        "E-INCLUDE",
        "E-KEY",
        "E-LET",
        "E-MONTH",
        "E-NUMBER",
        "E-ONLY",
        "E-PERCENT",
        "E-POOL",
        "E-PRICE",
        "E-RANGE",
        "E-REASON",
        "E-SETTINGS",
        "E-TIER",
        "E-TOML",
        "E-VALUE",
        "E-VERB",
        "E-VERSION",
        "E-WHEN",
    ];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

#[test]
fn a_root_file_that_is_not_there_is_an_error_without_a_place() {
    let error = load("none.toml", &ratebook_rating::MemoryFiles::new()).unwrap_err();
    assert_eq!(error.to_string(), "error[E-INCLUDE] none.toml: no such file");
}

#[test]
fn nothing_hangs_on_hostile_files() {
    let nested = format!("version = 1\nx = {}1{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let files = ratebook_rating::MemoryFiles::new().with("rules.toml", &nested);
    assert_eq!(load("rules.toml", &files).unwrap_err().first().code.word(), "E-TOML");
    let large = "#".repeat(17 << 20);
    let files = ratebook_rating::MemoryFiles::new().with("rules.toml", &large);
    assert_eq!(load("rules.toml", &files).unwrap_err().first().code.word(), "E-INCLUDE");
}
