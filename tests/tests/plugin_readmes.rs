//! Every plugin's README names, for each trap of its vendor, the tests that hold it; every fixture stands there.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const SECTION: &str = "## Traps and the tests that hold them";

/// What stands in a folder, in order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// The names of all test functions beneath a folder.
fn tests_below(folder: &Path, found: &mut BTreeSet<String>) {
    for path in entries(folder) {
        if path.is_dir() {
            tests_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut lines = text.lines().map(str::trim);
            while lines.by_ref().any(|line| line == "#[test]") {
                // Other attributes may stand between.
                let function = lines.by_ref().find_map(|line| line.strip_prefix("fn "));
                found.extend(function.and_then(|rest| rest.split_once('(')).map(|(name, _)| name.to_owned()));
            }
        }
    }
}

/// What is wrong with a README's table, given the tests and the cases there are.
fn wrong(readme: &str, tests: &BTreeSet<String>, cases: &BTreeSet<String>) -> Vec<String> {
    let Some((_, section)) = readme.split_once(SECTION) else {
        return vec![format!("no section {SECTION:?}")];
    };
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    // The first row is the head.
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let mut wrong = Vec::new();
    let mut shown = BTreeSet::new();
    for row in &rows {
        let cell = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap_or_default();
        let named: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            wrong.push(format!("no test: {row}"));
        }
        for test in named {
            let is_there = match test.strip_prefix("fixtures/") {
                Some(case) => {
                    shown.insert(case.to_owned());
                    cases.contains(case)
                }
                None => tests.contains(test),
            };
            if !is_there {
                wrong.push(format!("{test} is not there"));
            }
        }
    }
    if rows.is_empty() {
        wrong.push("the table is empty".to_owned());
    }
    wrong.extend(cases.difference(&shown).map(|case| format!("fixtures/{case} is not in the table")));
    wrong
}

#[test]
fn every_trap_has_its_test_and_every_fixture_its_trap() {
    let plugins = entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins"));
    let plugins: Vec<_> = plugins.into_iter().filter(|path| path.is_dir()).collect();
    assert!(plugins.len() > 1, "{plugins:?}");
    let mut elsewhere = BTreeSet::new();
    tests_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut elsewhere);
    // What all plugins stand on is tested once.
    tests_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/plugin"), &mut elsewhere);
    let mut all = Vec::new();
    for plugin in plugins {
        let mut tests = elsewhere.clone();
        for folder in ["src", "tests"] {
            tests_below(&plugin.join(folder), &mut tests);
        }
        let cases: BTreeSet<String> =
            entries(&plugin.join("fixtures")).iter().map(|path| name(path)).collect();
        assert!(
            tests.len() > elsewhere.len() + 5 && cases.len() > 5,
            "{}: {tests:?} {cases:?}",
            plugin.display()
        );
        let readme = fs::read_to_string(plugin.join("README.md"));
        let mut found = match readme {
            Ok(readme) => wrong(&readme, &tests, &cases),
            Err(error) => vec![format!("README.md: {error}")],
        };
        for case in
            cases.iter().filter(|case| !plugin.join("fixtures").join(case).join("lines.snap").is_file())
        {
            found.push(format!("fixtures/{case} has no lines.snap"));
        }
        all.extend(found.into_iter().map(|wrong| format!("plugins/{}: {wrong}", name(&plugin))));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_table_that_is_not_true_is_refused() {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    let (tests, cases) = (set(&["a_test"]), set(&["a-case"]));
    let table =
        |rows: &str| format!("# x\n\n{SECTION}\n\n| trap | test |\n|---|---|\n{rows}\n## More\n| a | b |\n");
    assert_eq!(wrong(&table("| t | `a_test`, `fixtures/a-case` |"), &tests, &cases), [""; 0]);
    assert_eq!(
        wrong(&table("| t | `other` |\n| u | by hand |"), &tests, &cases),
        ["other is not there", "no test: | u | by hand |", "fixtures/a-case is not in the table"]
    );
    assert_eq!(wrong("# x", &tests, &cases), [format!("no section {SECTION:?}")]);
    assert_eq!(wrong(&table(""), &tests, &set(&[])), ["the table is empty"]);
}
