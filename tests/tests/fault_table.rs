//! docs/faults.md is true: every fault is there once, every test it names too, and the first sixty have one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The faults: a letter, how many there are, and the numbers of those that must have a test.
const FAULTS: [(char, u32, &[u32]); 7] = [
    ('N', 26, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]),
    ('P', 19, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 19]),
    ('C', 10, &[1, 2, 3, 4]),
    ('A', 8, &[1, 2, 3, 4]),
    ('L', 10, &[1, 2, 3, 4, 10]),
    ('D', 15, &[1, 2, 3, 4, 5, 7, 9]),
    ('S', 12, &[1, 2, 3, 4]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of all test functions beneath a folder.
fn tests_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_made = path.file_name().is_some_and(|name| name == "target" || name == ".git");
        if path.is_dir() && !is_made {
            tests_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut lines = text.lines().map(str::trim);
            while lines.by_ref().any(|line| line == "#[test]") {
                // A test that is run by hand holds nothing.
                let mut rest =
                    lines.by_ref().skip_while(|line| line.starts_with("#[") && !line.contains("ignore"));
                let function = rest.next().and_then(|line| line.strip_prefix("fn "));
                found.extend(function.and_then(|rest| rest.split_once('(')).map(|(name, _)| name.to_owned()));
            }
        }
    }
}

/// True for a fault that was found after the list was made: its number follows those of its letter.
fn is_found_later(id: &str) -> bool {
    let number = |letter| id.strip_prefix(letter).and_then(|number| number.parse::<u32>().ok());
    FAULTS.iter().any(|(letter, count, _)| number(*letter).is_some_and(|number| number > *count))
}

/// What is wrong with the table, given the tests and whether a path is there.
fn wrong(table: &str, tests: &BTreeSet<String>, is_there: impl Fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut open: BTreeSet<String> = FAULTS
        .iter()
        .flat_map(|(letter, count, _)| (1..=*count).map(move |n| format!("{letter}{n}")))
        .collect();
    let mut later = BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| id ")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, fault, code, held] = cells[..] else {
            wrong.push(format!("not four cells: {row}"));
            continue;
        };
        if !(open.remove(id) || is_found_later(id) && later.insert(id.to_owned())) {
            wrong.push(format!("{id} is no fault, or stands there twice"));
        }
        if fault.is_empty() || code.is_empty() {
            wrong.push(format!("{id} says too little"));
        }
        let named: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        if held.starts_with("not tested") {
            let number = id[1..].parse().unwrap_or(0);
            let first =
                FAULTS.iter().any(|(letter, _, first)| id.starts_with(*letter) && first.contains(&number));
            if first || later.contains(id) {
                wrong.push(format!("{id} must have a test"));
            }
            if !held.contains(": ") {
                wrong.push(format!("{id}: why is it not tested?"));
            }
            continue;
        }
        if named.is_empty() {
            wrong.push(format!("{id} names no test"));
        }
        let missing = named
            .iter()
            .filter(|name| if name.contains('/') { !is_there(name) } else { !tests.contains(**name) });
        wrong.extend(missing.map(|name| format!("{id}: {name} is not there")));
    }
    wrong.extend(open.iter().map(|id| format!("{id} is missing")));
    wrong
}

#[test]
fn every_fault_is_in_the_table_with_tests_that_are_there() {
    assert_eq!(FAULTS.iter().map(|(_, count, _)| count).sum::<u32>(), 100);
    assert_eq!(FAULTS.iter().map(|(.., first)| first.len()).sum::<usize>(), 60);
    let mut tests = BTreeSet::new();
    tests_below(&root(), &mut tests);
    let table = fs::read_to_string(root().join("docs/faults.md")).unwrap();
    let wrong = wrong(&table, &tests, |path| root().join(path).exists());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_table_that_is_not_true_is_refused() {
    let tests = BTreeSet::from(["a_test".to_owned()]);
    let of = |rows: &str| {
        let all = wrong(&format!("| id | fault | code | held by |\n{rows}"), &tests, |path| path == "a/case");
        all.into_iter().filter(|wrong| !wrong.ends_with(" is missing")).collect::<Vec<_>>()
    };
    assert_eq!(
        of("| N1 | f | 0 | `a_test`, `a/case` |\n| N25 | f | 0 | not tested: it needs more |"),
        [""; 0]
    );
    assert_eq!(
        of(
            "| N1 | f | 0 | `other`, `b/case` |\n| N2 | f | 0 | by hand |\n| N2 | f | 0 | `a_test` |\n| N3 | f |"
        ),
        [
            "N1: other is not there",
            "N1: b/case is not there",
            "N2 names no test",
            "N2 is no fault, or stands there twice",
            "not four cells: | N3 | f |",
        ]
    );
    assert_eq!(
        of("| D1 | f | 0 | not tested: dull |\n| D6 | f | 0 | not tested |"),
        ["D1 must have a test", "D6: why is it not tested?"]
    );
    assert_eq!(
        of(
            "| D16 | f | 0 | `a_test` |\n| D16 | f | 0 | `a_test` |\n| D17 | f | 0 | not tested: dull |\n| X1 | f | 0 | `a_test` |"
        ),
        [
            "D16 is no fault, or stands there twice",
            "D17 must have a test",
            "X1 is no fault, or stands there twice"
        ]
    );
    assert_eq!(wrong("", &tests, |_| false).len(), 100);
}
