//! docs/table.md, followed from nothing to bills: its files written, its commands run, in its order.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use ratebook_tests::guide::{blocks, page, run};

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    writeln!(file, "\n{text}").unwrap();
}

#[test]
fn the_guide_from_an_export_to_bills_shows_what_happens() {
    let guide = page("table.md");
    let start = tempfile::tempdir().unwrap();
    let mut folder = start.path().to_owned();
    let mut commands = 0;
    for (kind, text) in blocks(&guide) {
        match kind {
            "csv" => fs::write(folder.join("hosting.csv"), text).unwrap(),
            "toml" if text.starts_with("[source.") => append(&folder.join("ratebook.toml"), text),
            "toml" => append(&folder.join("rules/main.toml"), text),
            "console" => {
                let mut told = String::new();
                for line in text.lines() {
                    match line.strip_prefix("$ ") {
                        Some("cd billing") => folder = folder.join("billing"),
                        Some(command) => {
                            told = run(&folder, command).unwrap();
                            commands += 1;
                        }
                        None => assert!(told.lines().any(|told| told == line), "{told}\nmissing: {line}"),
                    }
                }
            }
            other => panic!("a block of {other:?}: {text}"),
        }
    }
    assert_eq!(commands, 5, "init, suggest, check, import, run");
}
