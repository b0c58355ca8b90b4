//! `ratebook plugin record`, through the binary against vendors on loopback: a fixture of what they sent, without a name,
//! an id or a secret of anybody in it, that maps as the original did.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use ratebook_tests::server::Server;
use ratebook_tests::vendors::acronis::{self, Acronis};
use ratebook_tests::vendors::metallic::{self, Metallic};
use ratebook_tests::workspace::{MONTH, Ran, Workspace};

fn recording(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/month/recordings/2026-03").join(path))
        .unwrap()
}

fn record(workspace: &Workspace, source: &str, more: &[&str]) -> Ran {
    let command = ["plugin", "record", "--source", source, "--month", MONTH, "--into", "fixtures/march"];
    workspace.run(&[&command, more].concat()).unwrap()
}

/// The files of a fixture, as text.
fn fixture(workspace: &Workspace, name: &str) -> Vec<(String, String)> {
    let folder = workspace.path().join("fixtures").join(name);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The fixtures are good ones.
fn check(workspace: &Workspace, plugin: &str) {
    let library = ratebook_tests::built::built().plugin(plugin).display().to_string();
    let ran = workspace.run(&["plugin", "check", &library, "--fixtures", "fixtures"]).unwrap();
    assert_eq!(ran.code, 0, "{}", ran.told());
}

#[test]
fn what_live_vendors_sent_becomes_fixtures_without_anybodys_name() {
    let usage = recording("acronis-eu/usage.csv");
    let acronis = Server::start(Acronis::new(usage.clone()));
    let metallic = Server::start(Metallic::new("2026-03-01", recording("metallic/usage-summary.json")));
    let mut workspace = Workspace::of_the_example().unwrap();
    workspace.ask(&acronis.url(), &metallic.url()).unwrap();

    // The name of somebody's storage holds the name of somebody; the mock's tenants are called otherwise than in its report.
    let ran = record(&workspace, "acronis-eu", &[]);
    assert_eq!(ran.code, 6, "{}", ran.told());
    assert!(ran.stderr.contains("payload.csv still holds \"fabrikam\", in infra.name"), "{}", ran.told());
    assert!(!workspace.path().join("fixtures").exists());
    let ran = record(&workspace, "acronis-eu", &["--replace", "infra.name", "--replace", "items.name"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    assert!(ran.stdout.contains("every value in: "), "{}", ran.told());
    assert_eq!(acronis.vendor().reports.len(), 1, "the vendor was asked, once");
    let files = fixture(&workspace, "march");
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["beside-1.json", "case.json", "lines.snap", "payload.csv"]);
    // Every name and id of a tenant, whether its rows are lines or skipped.
    let usage = String::from_utf8(usage).unwrap();
    let mut rows = usage.lines();
    let header: Vec<&str> = rows.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|found| *found == name).unwrap();
    let mut gone = vec![
        acronis::CLIENT_SECRET.to_owned(),
        acronis::CLIENT_ID.to_owned(),
        acronis::ROOT_TENANT.to_owned(),
    ];
    for row in rows.filter(|row| !row.contains('"')) {
        let cells: Vec<&str> = row.split(',').collect();
        gone.extend(
            ["tenant.id", "tenant.name"].map(|name| cells[column(name)].trim_matches('"').to_owned()),
        );
    }
    gone.retain(|value| value.len() > 3);
    for (name, text) in &files {
        let left: Vec<&String> = gone.iter().filter(|value| text.contains(value.as_str())).collect();
        assert!(left.is_empty(), "{left:?} in {name}");
    }
    // Every other cell stands as the vendor wrote it; a row with a comma in a name is left out here.
    let payload = &files[3].1;
    for (old, new) in usage.lines().zip(payload.lines()).filter(|(old, _)| !old.contains('"')) {
        let (old, new): (Vec<&str>, Vec<&str>) = (old.split(',').collect(), new.split(',').collect());
        for name in ["name", "sku", "date", "usage.effective.production", "measurement_unit"] {
            assert_eq!(old[column(name)], new[column(name)]);
        }
    }
    assert_eq!(usage.lines().count(), payload.lines().count());
    check(&workspace, "acronis");

    let again = record(&workspace, "acronis-eu", &["--replace", "infra.name", "--replace", "items.name"]);
    assert_eq!((again.code, again.stderr.contains("it is there already")), (2, true), "{}", again.told());
    fs::rename(workspace.path().join("fixtures"), workspace.path().join("others")).unwrap();
    let ran = record(&workspace, "metallic", &[]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let files = fixture(&workspace, "march");
    assert!(files.iter().all(|(_, text)| !text.contains(metallic::TOKEN)));
    assert_eq!(files[2].0, "payload.json");
    check(&workspace, "metallic");
}

fn with_files(files: &[(&str, &str)], more: &str) -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let config = format!(
        "version = 1\n[source.shop]\nplugin = \"table\"\nfiles = \"exports\"\n[source.shop.config]\n\
         columns = {{ tenant = \"No\", tenantName = \"Customer\", skuId = \"Item\", consumedQuantity = \"Qty\" }}\n\
         skip = [{{ column = \"Item\", equals = \"Total\", reason = \"aggregate\" }}]\n{more}"
    );
    fs::write(workspace.path().join("ratebook.toml"), config).unwrap();
    fs::create_dir(workspace.path().join("exports")).unwrap();
    for (name, text) in files {
        fs::write(workspace.path().join("exports").join(name), text).unwrap();
    }
    workspace
}

const MARCH: &str = "No,Customer,Item,Qty,Contact,Note\n\
    1017,Nordwind GmbH,VM,12,ann@nordwind.example,\n\
    1018,\"Suedwind, AG\",VM,1017,bob@suedwind.example,new\n\
    1019,Gone Ltd,Total,1029,,\n";

#[test]
fn skipped_records_and_addresses_are_replaced_and_quantities_are_not() {
    let workspace = with_files(
        &[("a.csv", MARCH), ("b.csv", "No,Customer,Item,Qty,Contact,Note\n1017,Nordwind GmbH,BKP,3,,\n")],
        "",
    );
    let ran = record(&workspace, "shop", &[]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let files = fixture(&workspace, "march");
    insta::assert_snapshot!(
        "recorded_table",
        files.iter().map(|(name, text)| format!("== {name}\n{text}")).collect::<String>()
    );
    // The same customer is the same in the other file.
    let other = fixture(&workspace, "march-2");
    assert!(other[2].1.contains("9001,Tenant 1,BKP,3"), "{}", other[2].1);
    check(&workspace, "table");
}

#[test]
fn what_cannot_be_made_safe_is_refused_and_nothing_is_written() {
    let nothing_written = |workspace: &Workspace| assert!(!workspace.path().join("fixtures/march").exists());
    // A name in a text of a column that is left as it is.
    let told = MARCH.replace(",new\n", ",moved from Nordwind GmbH\n");
    let workspace = with_files(&[("a.csv", &told)], "");
    let ran = record(&workspace, "shop", &[]);
    assert_eq!(ran.code, 6, "{}", ran.told());
    assert!(ran.stderr.contains("payload.csv still holds \"nordwind gmbh\""), "{}", ran.told());
    nothing_written(&workspace);
    let ran = record(&workspace, "shop", &["--replace", "Note"]);
    assert_eq!(ran.code, 0, "{}", ran.told());

    // A column whose values are made into the tenant is not found by the lines.
    let workspace = with_files(&[("a.csv", MARCH)], "tenant_prefix = \"shop-\"\n");
    let ran = record(&workspace, "shop", &[]);
    assert_eq!(ran.code, 6, "{}", ran.told());
    assert!(ran.stderr.contains("the lines' tenant stands in no column"), "{}", ran.told());
    nothing_written(&workspace);
    let ran = record(&workspace, "shop", &["--replace", "No"]);
    assert_eq!(ran.code, 0, "{}", ran.told());

    let workspace = with_files(&[("a.csv", MARCH)], "");
    let ran = record(&workspace, "shop", &["--replace", "Item"]);
    assert_eq!((ran.code, ran.stderr.contains("it maps otherwise")), (6, true), "{}", ran.told());
    let ran = record(&workspace, "shop", &["--replace", "Custmer"]);
    assert_eq!((ran.code, ran.stderr.contains("They have: Contact, Customer")), (2, true), "{}", ran.told());
    nothing_written(&workspace);
}

#[test]
fn a_secret_that_the_vendor_sent_back_is_never_recorded() {
    let metallic = Server::start(Metallic::new(
        "2026-03-01",
        String::from_utf8(recording("metallic/usage-summary.json"))
            .unwrap()
            .replacen("\"data\"", &format!("\"asked_by\": \"{}\", \"data\"", metallic::TOKEN), 1)
            .into_bytes(),
    ));
    let mut workspace = Workspace::of_the_example().unwrap();
    workspace.ask("http://127.0.0.1:9", &metallic.url()).unwrap();
    let ran = record(&workspace, "metallic", &[]);
    assert_eq!(ran.code, 6, "{}", ran.told());
    assert!(ran.stderr.contains("the answer repeats a secret or token"), "{}", ran.told());
    assert!(!ran.told().contains(metallic::TOKEN));
    assert!(!workspace.path().join("fixtures").exists());
}
