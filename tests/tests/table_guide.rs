//! docs/table.md, followed from nothing to bills: its files written, its commands run, in its order.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use ratebook_tests::built::built;

/// The fenced blocks of a page: what stands after the fence, and the text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut parts = page.split("```");
    parts.next();
    let mut blocks = Vec::new();
    while let (Some(block), _) = (parts.next(), parts.next()) {
        blocks.push(block.split_once('\n').unwrap());
    }
    blocks
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    writeln!(file, "\n{text}").unwrap();
}

/// What a command prints, in a folder.
fn run(folder: &Path, command: &str) -> String {
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("ratebook"), "{command}");
    let output = Command::new(&built().ratebook)
        .args(words)
        .current_dir(folder)
        .env_remove("RATEBOOK_WORKSPACE")
        .env_remove("RATEBOOK_PLUGIN_PATH")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "$ {command}\n{told}");
    told
}

#[test]
fn the_guide_from_an_export_to_bills_shows_what_happens() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/table.md");
    let guide = fs::read_to_string(guide).unwrap();
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
                            told = run(&folder, command);
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
