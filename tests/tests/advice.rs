//! Advice is tried: every key and value that a message says to write is pasted where it says so, and loaded.
//!
//! The messages are read out of the sources, so that advice which nobody has tried fails here, and names its file.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ratebook_rating::{MemoryFiles, load};
use ratebook_tests::workspace::Workspace;

#[path = "advice/pasted.rs"]
mod pasted;

use pasted::{IN_CONFIG, IN_RULES, NOT_PASTED};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The sources whose messages people read, by their paths from the root.
fn sources() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut rooms = vec!["host".to_owned(), "core/rating".to_owned(), "core/plugin".to_owned()];
    for plugin in fs::read_dir(root().join("plugins")).unwrap() {
        rooms.push(format!("plugins/{}", plugin.unwrap().file_name().to_str().unwrap()));
    }
    for room in rooms {
        let folder = root().join(&room).join("src");
        if folder.is_dir() {
            list(&folder, &format!("{room}/src"), &mut all);
        }
    }
    all.sort();
    all
}

fn list(folder: &Path, name: &str, all: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            list(&path, &name, all);
        } else if name.ends_with(".rs") && !name.contains("/test") && !name.ends_with("fuzzed.rs") {
            let text = fs::read_to_string(&path).unwrap();
            all.push((name, text.split("#[cfg(test)]").next().unwrap().to_owned()));
        }
    }
}

/// The texts of a source, as they are said. Raw ones hold files and statements, not advice.
fn texts(source: &str) -> Vec<String> {
    let (mut texts, mut letters) = (Vec::new(), source.chars().peekable());
    let mut last = ' ';
    while let Some(letter) = letters.next() {
        match letter {
            '/' if letters.peek() == Some(&'/') => {
                while letters.next_if(|letter| *letter != '\n').is_some() {}
            }
            // A letter, and no lifetime.
            '\'' => {
                let mut rest = letters.clone();
                match (rest.next(), rest.next()) {
                    (Some('\\'), _) => {
                        letters.next();
                        letters.next();
                        while letters.next_if(|letter| *letter != '\'').is_some() {}
                        letters.next();
                    }
                    (Some(_), Some('\'')) => letters = rest,
                    _ => {}
                }
            }
            '"' if last == '#' || last == 'r' => {
                let mut before = ' ';
                for letter in letters.by_ref() {
                    if (last == '#' && before == '"' && letter == '#') || (last == 'r' && letter == '"') {
                        break;
                    }
                    before = letter;
                }
            }
            '"' => {
                let mut text = String::new();
                while let Some(letter) = letters.next() {
                    match letter {
                        '"' => break,
                        '\\' => match letters.next() {
                            Some('\n') => while letters.next_if(|letter| letter.is_whitespace()).is_some() {},
                            Some('n') => text.push('\n'),
                            Some(other) => text.push(other),
                            None => {}
                        },
                        other => text.push(other),
                    }
                }
                texts.push(text);
            }
            _ => {}
        }
        last = letter;
    }
    texts
}

/// The keys that a text says to write: what stands before ` = ` and a value.
fn keys(text: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (at, _) in text.match_indices(" = ") {
        let is_key = |letter: char| letter.is_ascii_lowercase() || letter == '_' || letter == '.';
        let before = &text[..at];
        let key = &before[before.trim_end_matches(is_key).len()..];
        let value = &text[at + 3..];
        let is_value = value.starts_with(['"', '[', '{'])
            || value.starts_with(|letter: char| letter.is_ascii_digit())
            || ["true", "false"].iter().any(|word| value.starts_with(word));
        let apart = |letter: char| letter.is_ascii_alphanumeric() || "$-".contains(letter);
        let begins = !before[..before.len() - key.len()].ends_with(apart);
        if !key.is_empty() && is_value && begins {
            keys.insert(key.to_owned());
        }
    }
    keys
}

#[test]
fn all_advice_is_among_what_is_pasted() {
    let mut untried = Vec::new();
    let mut seen = BTreeSet::new();
    for (file, source) in sources() {
        if NOT_PASTED.iter().any(|(left_out, _)| file.starts_with(left_out)) {
            continue;
        }
        let pasted: Vec<&str> =
            IN_CONFIG.iter().chain(IN_RULES).filter(|(of, _)| *of == file).map(|(_, toml)| *toml).collect();
        // Texts of several lines are files that are written, not advice.
        for text in texts(&source).iter().filter(|text| !text.contains('\n')) {
            for key in keys(text) {
                seen.insert(file.clone());
                if !pasted.iter().any(|toml| toml.contains(&format!("{key} = "))) {
                    untried.push(format!("{file}: {key} in {text:?}"));
                }
            }
            // A list of tables stands where its plugin looks for it.
            for (at, _) in text.match_indices("[[") {
                let header = text[at + 2..].split("]]").next().unwrap_or_default();
                let known = ["rule", "bill", "book", "plugin", "source.", "{"];
                if !known.iter().any(|known| header.starts_with(known)) {
                    untried.push(format!("{file}: [[{header}]] is nowhere read"));
                }
            }
        }
    }
    assert!(untried.is_empty(), "advice that nobody has tried:\n{}", untried.join("\n"));
    let gone: Vec<&str> = IN_CONFIG
        .iter()
        .chain(IN_RULES)
        .map(|(file, _)| *file)
        .filter(|file| !seen.contains(*file))
        .collect();
    assert!(gone.is_empty(), "these say nothing to be written any more: {gone:?}");
}

#[test]
fn what_is_advised_for_rules_loads() {
    let mut refused = Vec::new();
    for (file, toml) in IN_RULES {
        // What stands before the first table is of the settings.
        let rules = format!("version = 1\n[settings]\ncurrency = \"EUR\"\n{toml}");
        let files = MemoryFiles::new()
            .with("main.toml", &rules)
            .with("books/more.toml", "[customer.more]\n")
            .with("prices.csv", "sku,each\nA,1.00\n");
        if let Err(error) = load("main.toml", &files) {
            refused.push(format!("{file} advises what does not load:\n{rules}\n{error}"));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn what_is_advised_for_sources_loads() {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    workspace.put("rules/main.toml", "version = 1\n[settings]\ncurrency = \"EUR\"\n").unwrap();
    workspace.put("secret", "hush\n").unwrap();
    let mut refused = Vec::new();
    for (file, toml) in IN_CONFIG {
        let config = format!("version = 1\n{toml}");
        workspace.put("ratebook.toml", &config).unwrap();
        let ran = workspace.run(&["check"]).unwrap();
        if ran.code != 0 {
            refused.push(format!("{file} advises what does not load:\n{config}\n{}", ran.told()));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn advice_is_found_in_messages() {
    let source = "fn a() { let b = '\"'; x(\"Set totals = true: \\\n   they\", 'c'); /* */ // \"no = 1\"\n y(\"{{ env = \\\"N\\\" }}\") }";
    let found = texts(source);
    assert_eq!(found, ["Set totals = true: they", "{{ env = \"N\" }}"]);
    assert_eq!(found.iter().flat_map(|text| keys(text)).collect::<Vec<_>>(), ["totals", "env"]);
    assert!(keys("a == b, COUNT = 1, x = y").is_empty());
}
