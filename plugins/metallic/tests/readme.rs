//! The README's table of traps names tests that exist, and every fixture stands in it.
#![expect(clippy::disallowed_methods, reason = "the plugin has no I/O; its tests read the folder")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::fs;
use std::path::Path;

/// All Rust sources beneath a folder, one after the other.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.extension() {
            None => sources(&path),
            Some(_) => fs::read_to_string(&path).unwrap(),
        })
        .collect()
}

#[test]
fn every_trap_in_the_readme_has_its_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let (_, table) = readme.split_once("## Traps and the tests that hold them").unwrap();
    let sources = sources(&folder.join("tests")) + &sources(&folder.join("src"));
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 10, "the table was not found");
    for row in rows {
        let tests: Vec<&str> = row.rsplit(" | ").next().unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            match test.strip_prefix("fixtures/") {
                Some(case) => {
                    assert!(folder.join("fixtures").join(case).join("lines.snap").is_file(), "{test}");
                }
                None => {
                    let found = sources.contains(&format!("#[test]\nfn {test}()"))
                        || sources.contains(&format!("#[test]\n    fn {test}()"));
                    assert!(found, "no test function {test}");
                }
            }
        }
    }
    for case in fs::read_dir(folder.join("fixtures")).unwrap() {
        let name = case.unwrap().file_name().into_string().unwrap();
        assert!(table.contains(&format!("`fixtures/{name}`")), "fixtures/{name} is not in the README");
    }
}
