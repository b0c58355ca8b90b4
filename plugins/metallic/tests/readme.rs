//! The README's table of traps names tests that exist, and every fixture stands in it.
#![expect(clippy::disallowed_methods, reason = "the plugin has no I/O; its tests read the folder")]

use std::fs;
use std::path::Path;

#[test]
fn every_trap_in_the_readme_has_its_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let (_, table) = readme.split_once("## Traps and the tests that hold them").unwrap();
    let sources: String = fs::read_dir(folder.join("tests"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let mut fixtures = 0;
    for row in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let tests: Vec<&str> = row.rsplit(" | ").next().unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            match test.strip_prefix("fixtures/") {
                Some(case) => {
                    assert!(folder.join("fixtures").join(case).join("lines.snap").is_file(), "{test}");
                }
                None => assert!(sources.contains(&format!("fn {test}()")), "no test function {test}"),
            }
        }
        fixtures += 1;
    }
    assert!(fixtures > 10, "the table was not found");
    for case in fs::read_dir(folder.join("fixtures")).unwrap() {
        let name = case.unwrap().file_name().into_string().unwrap();
        assert!(table.contains(&format!("`fixtures/{name}`")), "fixtures/{name} is not in the README");
    }
}
