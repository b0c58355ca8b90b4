//! Folders of fixtures as they should be, and what is said of those that are not.
#![expect(clippy::disallowed_methods, reason = "the folders are made here")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::fs;
use std::path::PathBuf;

use ratebook_plugin::Problem;
use ratebook_plugin::testing::{Fixture, Mapped};

/// A crate with one fixture of these files.
fn with_files(test: &str, files: &[(&str, &str)]) -> PathBuf {
    let manifest_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fixture-{test}"));
    let folder = manifest_dir.join("fixtures/one");
    let _not_there_at_first = fs::remove_dir_all(&manifest_dir);
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    manifest_dir
}

const CASE: &str = r#"{ "about": "Made: one.", "month": "2026-03", "format": "acme",
    "config": { "keep": true }, "references": { "names": ["a.json", "b.json"], "prices": ["p.json"] } }"#;

#[test]
fn a_fixture_is_what_its_case_says() {
    let files = [
        ("case.json", CASE),
        ("payload.csv", "x"),
        ("b.json", "2"),
        ("a.json", "1"),
        ("p.json", "3"),
        ("lines.snap", ""),
    ];
    let fixtures = Fixture::all(with_files("whole", &files)).unwrap();
    let [fixture] = fixtures.as_slice() else { panic!("{fixtures:?}") };
    assert_eq!((fixture.file.as_str(), fixture.payload.as_slice()), ("payload.csv", &b"x"[..]));
    assert_eq!(fixture.format.as_deref(), Some("acme"));
    assert_eq!(fixture.config.values, serde_json::json!({ "keep": true }));
    assert_eq!(fixture.references["names"], [b"1", b"2"]);
    assert_eq!(fixture.references["prices"], [b"3"]);
    assert_eq!(
        fixture.snapshot(&Err(Problem::data("no"))),
        "Made: one.\nmonth 2026-03\n\nrefused (Data)\n\nno\n"
    );
    assert!(fixture.snapshot(&Ok(Mapped::default())).ends_with("\n\n0 lines, 0 skipped\n"));
}

#[test]
fn a_case_that_says_little_has_the_hosts_empty_configuration() {
    let case = r#"{ "about": "", "month": "2026-03" }"#;
    let fixtures =
        Fixture::all(with_files("little", &[("case.json", case), ("payload.json", "{}")])).unwrap();
    assert_eq!(fixtures[0].config.values, serde_json::json!({}));
    assert!(fixtures[0].format.is_none() && fixtures[0].references.is_empty());
}

#[test]
fn what_nobody_reads_or_is_missing_is_told() {
    let case = r#"{ "about": "", "month": "2026-03" }"#;
    let payload = ("payload.json", "{}");
    let of =
        |test: &str, files: &[(&str, &str)]| Fixture::all(with_files(test, files)).unwrap_err().to_string();
    for (test, files, why) in [
        ("case", vec![payload], "case.json: "),
        ("payload", vec![("case.json", case)], "one file payload.* is expected"),
        (
            "unnamed",
            vec![("case.json", case), payload, ("b.json", "")],
            r#"there is ["b.json", "payload.json"]"#,
        ),
        ("other", vec![("case.json", case), ("page.json", "")], r#"there is ["page.json"]"#),
        ("reference", vec![("case.json", CASE), payload, ("a.json", "")], "b.json: "),
        ("key", vec![("case.json", r#"{ "about": "", "month": "2026-03", "skip": 1 }"#), payload], "`skip`"),
        ("month", vec![("case.json", r#"{ "about": "", "month": "March" }"#), payload], "case.json: "),
    ] {
        let told = of(test, &files);
        assert!(told.contains(why), "{test}: {told}");
    }
    assert!(Fixture::all(env!("CARGO_TARGET_TMPDIR")).unwrap_err().to_string().contains("fixtures: "));
}
