//! Every folder of `fixtures/`: the payload in it is mapped and compared with `lines.snap` beside it.

use ratebook_plugin::VendorPlugin;
use ratebook_plugin::testing::Fixture;
use ratebook_plugin_acme::Acme;

#[test]
fn every_fixture_maps_as_its_snapshot_says() {
    let fixtures = Fixture::all(env!("CARGO_MANIFEST_DIR")).unwrap();
    assert!(fixtures.len() >= 2, "there are no fixtures");
    for fixture in fixtures {
        assert_eq!(fixture.file, "payload.json", "{}", fixture.folder.display());
        let plugin = Acme::open(&fixture.config).unwrap();
        let mapped = fixture.map(&plugin, fixture.format.as_deref().unwrap_or("acme-usage-v1"));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&fixture.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("lines", fixture.snapshot(&mapped)));
    }
}
