//! `files` of a source: where a month's files are that somebody, or something, puts down for ratebook.

use std::fmt;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};
use ratebook_line::Month;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The words in braces that stand for a part of the month.
const WORDS: [&str; 3] = ["month", "year", "mm"];

/// A wildcard stands for no `/`, and for no `.` that a name begins with.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// One pattern or several: `exports/{month}/*.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilePatterns(Vec<String>);

/// What the patterns find for a month.
#[derive(Debug, Default)]
pub(crate) struct FoundFiles {
    /// The files by name, each once.
    pub files: Vec<PathBuf>,
    /// What a pattern fits that is no file.
    pub others: Vec<PathBuf>,
}

impl FilePatterns {
    /// The patterns with the month put in.
    pub(crate) fn of_month(&self, month: Month) -> Vec<String> {
        let text = month.to_string();
        let (year, number) = text.split_once('-').unwrap_or((&text, ""));
        let values = [("{month}", text.as_str()), ("{year}", year), ("{mm}", number)];
        let filled = |pattern: &String| {
            values.iter().fold(pattern.clone(), |filled, (word, value)| filled.replace(word, value))
        };
        self.0.iter().map(filled).collect()
    }

    /// Looks for the files of a month, from a folder on. Hidden files and folders are found by their names alone.
    ///
    /// # Errors
    /// If a folder cannot be read; a fragment that names it.
    pub(crate) fn find(&self, root: &Path, month: Month) -> Result<FoundFiles, String> {
        let mut found = FoundFiles::default();
        for pattern in self.of_month(month) {
            let path = root.join(&pattern);
            if is_wild(&pattern) {
                look(root, &pattern, &mut found)?;
            } else if path.is_dir() {
                look(root, &format!("{}/*", pattern.trim_end_matches('/')), &mut found)?;
            } else if path.exists() {
                found.put(path);
            }
        }
        for paths in [&mut found.files, &mut found.others] {
            paths.sort();
            paths.dedup();
        }
        Ok(found)
    }
}

impl FoundFiles {
    fn put(&mut self, path: PathBuf) {
        if path.is_file() { self.files.push(path) } else { self.others.push(path) }
    }
}

fn look(root: &Path, pattern: &str, found: &mut FoundFiles) -> Result<(), String> {
    let folder = if Path::new(pattern).is_absolute() { String::new() } else { below(root)? };
    let paths = glob::glob_with(&format!("{folder}{}", with_plain_brackets(pattern)), OPTIONS)
        .map_err(|error| error.msg.to_owned())?;
    for path in paths {
        found.put(path.map_err(|error| format!("{}: {}", error.path().display(), error.error()))?);
    }
    Ok(())
}

fn below(root: &Path) -> Result<String, String> {
    let text = root.to_str().ok_or_else(|| format!("the path {} is not UTF-8 text", root.display()))?;
    Ok(format!("{}/", Pattern::escape(text)))
}

fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Brackets stand for themselves: `export (1) [old].csv` is how browsers and people name files.
fn with_plain_brackets(pattern: &str) -> String {
    pattern.chars().fold(String::new(), |plain, c| match c {
        '[' | ']' => format!("{plain}[{c}]"),
        _ => plain + c.encode_utf8(&mut [0; 4]),
    })
}

/// What is wrong with a pattern.
fn check(pattern: &str) -> Result<(), String> {
    if pattern.trim().is_empty() {
        return Err("the path is empty".to_owned());
    }
    if pattern.contains("**") {
        return Err(format!("{pattern:?}: ** is not known; name each folder, or write * for its name"));
    }
    for part in pattern.split('{').skip(1) {
        let word = part.split_once('}').map_or(part, |(word, _)| word);
        if !WORDS.contains(&word) || !part.contains('}') {
            let known = WORDS.map(|word| format!("{{{word}}}")).join(", ");
            return Err(format!("{pattern:?}: {{{word} is none of {known}"));
        }
    }
    Ok(())
}

impl fmt::Display for FilePatterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a path such as \"exports/{month}/*.csv\", or a list of such")]
enum Written {
    One(String),
    Several(Vec<String>),
}

impl<'de> Deserialize<'de> for FilePatterns {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<FilePatterns, D::Error> {
        let patterns = match Written::deserialize(from)? {
            Written::One(pattern) => vec![pattern],
            Written::Several(patterns) => patterns,
        };
        if patterns.is_empty() {
            return Err(D::Error::custom("the list names no path"));
        }
        let wrong: Vec<String> = patterns.iter().filter_map(|pattern| check(pattern).err()).collect();
        if wrong.is_empty() { Ok(FilePatterns(patterns)) } else { Err(D::Error::custom(wrong.join("; "))) }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn patterns(patterns: &[&str]) -> FilePatterns {
        FilePatterns(patterns.iter().map(|pattern| (*pattern).to_owned()).collect())
    }

    /// What patterns find in a folder with these files, as paths from it on.
    fn found(files: &[&str], written: &[&str]) -> (String, String) {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let found = patterns(written).find(folder.path(), "2026-03".parse().unwrap()).unwrap();
        let shown = |paths: Vec<PathBuf>| {
            let shown =
                paths.iter().map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string());
            shown.collect::<Vec<_>>().join(" ")
        };
        (shown(found.files), shown(found.others))
    }

    #[test]
    fn the_months_files_are_found_by_name_each_once() {
        let files = ["e/2026-03/b.csv", "e/2026-03/a.csv", "e/2026-03/a.txt", "e/2026-04/c.csv"];
        let all = ("e/2026-03/a.csv e/2026-03/b.csv".to_owned(), String::new());
        assert_eq!(found(&files, &["e/{month}/*.csv"]), all);
        assert_eq!(found(&files, &["e/{year}-{mm}/?.csv", "e/{month}/b.csv"]), all);
        assert_eq!(found(&files, &["e/{month}/c.csv", "nowhere/*.csv"]), (String::new(), String::new()));
    }

    #[test]
    fn a_folder_is_all_of_its_files_but_hidden_ones_and_folders() {
        let files = ["e/2026-03/a.csv", "e/2026-03/.b.csv", "e/2026-03/.old/c.csv", "e/2026-03/old/d.csv"];
        let taken = ("e/2026-03/a.csv".to_owned(), "e/2026-03/old".to_owned());
        assert_eq!(found(&files, &["e/{month}"]), taken);
        assert_eq!(found(&files, &["e/{month}/"]), taken);
        assert_eq!(found(&files, &["e/{month}/.b.csv"]).0, "e/2026-03/.b.csv");
    }

    #[test]
    fn brackets_are_letters_of_a_name() {
        let files = ["e[1]/use [2].csv", "e[1]/use 2.csv"];
        assert_eq!(found(&files, &["e[1]/use [*.csv"]).0, "e[1]/use [2].csv");
    }

    #[test]
    fn what_cannot_be_a_pattern_is_refused() {
        let read = |text: &str| toml::from_str::<std::collections::BTreeMap<String, FilePatterns>>(text);
        for (written, why) in [
            ("\"\"", "is empty"),
            ("[]", "names no path"),
            ("\"e/**/*.csv\"", "** is not known"),
            ("[\"{month}\", \"{moth}.csv\"]", "{moth is none of {month}, {year}, {mm}"),
            ("\"{month\"", "none of"),
            ("7", "expected a path"),
        ] {
            let error = read(&format!("files = {written}")).unwrap_err();
            assert!(error.message().contains(why), "{written}: {}", error.message());
        }
        assert_eq!(read("files = \"x.csv\"").unwrap()["files"], patterns(&["x.csv"]));
    }
}
