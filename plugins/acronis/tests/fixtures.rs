//! Every folder of `fixtures/`: the payload in it is mapped and compared with `lines.snap` beside it.

use ratebook_plugin::VendorPlugin;
use ratebook_plugin::testing::Fixture;
use ratebook_plugin_acronis::Acronis;

#[test]
fn every_fixture_maps_as_its_snapshot_says() {
    let fixtures = Fixture::all(env!("CARGO_MANIFEST_DIR")).unwrap();
    assert!(fixtures.len() > 40, "the folder was not found");
    for fixture in fixtures {
        let is_report = ["payload.csv", "payload.json"].contains(&fixture.file.as_str());
        assert!(is_report, "{}", fixture.folder.display());
        let plugin = Acronis::open(&fixture.config).unwrap();
        let mapped = fixture.map(&plugin, fixture.format.as_deref().unwrap());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&fixture.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("lines", fixture.snapshot(&mapped)));
    }
}
