//! Every folder of `fixtures/`: the payload in it is mapped and compared with `lines.snap` beside it.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::path::Path;

use ratebook_plugin::testing::{Fixture, Mapped};
use ratebook_plugin::{Problem, VendorPlugin};
use ratebook_plugin_focus::Focus;

/// Maps it in the format that is recognised; only a payload that is not recognised says its format.
fn map(fixture: &Fixture) -> Result<Mapped, Problem> {
    let recognized = Focus::recognize(&fixture.file, &fixture.payload);
    assert!(recognized.is_some() != fixture.format.is_some(), "{}: {recognized:?}", fixture.folder.display());
    let format = recognized.or(fixture.format.as_deref()).unwrap();
    fixture.map(&Focus::open(&fixture.config).unwrap(), format)
}

#[test]
fn every_fixture_maps_as_its_snapshot_says() {
    let fixtures = Fixture::all(env!("CARGO_MANIFEST_DIR")).unwrap();
    assert!(fixtures.len() > 20, "the folder was not found");
    for fixture in fixtures {
        let mapped = map(&fixture);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&fixture.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("lines", fixture.snapshot(&mapped)));
    }
}

/// The same charges, written by one program as CSV and as Parquet of three kinds, are the same lines.
#[test]
fn parquet_makes_the_lines_of_its_csv() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let lines = |name: &str| map(&Fixture::read(folder.join(name)).unwrap()).unwrap();
    let csv = lines("same-csv");
    assert!(csv.lines.len() > 3 && csv.skipped.len() > 1);
    for parquet in ["same-parquet-decimal", "same-parquet-double"] {
        let parquet = lines(parquet);
        assert_eq!((&parquet.lines, &parquet.skipped), (&csv.lines, &csv.skipped));
    }
}
