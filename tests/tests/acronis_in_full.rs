//! Acronis with its tenants and prices, from several data centres in one run, through the binary.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use ratebook_tests::server::Server;
use ratebook_tests::vendors::acronis::{Acronis, CLIENT_ID, ROOT_TENANT};
use ratebook_tests::vendors::acronis_tenants::{PriceList, tenant};
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

const US_ROOT: &str = "d1a80164-1f2e-4d3c-8b5a-0000000000b5";
const US_CLIENT: &str = "2b7e4c11-0d3a-4f58-9a66-5c1d2e3f4a5b";
const US_SECRET: &str = "canary-acronis-secret-of-the-us";
const RESELLER: &str = "a3e0c7d2-52a4-4f0b-8a53-0d6a00000011";
const FOLDER: &str = "a3e0c7d2-52a4-4f0b-8a53-0d6a00000012";
/// The same tenant id at both data centres, which should not be and must not mix them up.
const ALPHA: &str = "a3e0c7d2-52a4-4f0b-8a53-0d6a00000021";
const BETA: &str = "a3e0c7d2-52a4-4f0b-8a53-0d6a00000022";

const RULES: &str = r#"version = 1

[settings]
currency = "EUR"
units = { bytes = "B" }

[fx."2026-03"]
"USD/EUR" = "0.9000"

[customer.alpha]
tenants = ["acronis:a3e0c7d2-52a4-4f0b-8a53-0d6a00000021"]

[customer.beta]
tenants = ["acronis:a3e0c7d2-52a4-4f0b-8a53-0d6a00000022"]

[[rule]]
id = "gib"
reason = "Storage is sold in GiB"
when = { unit = "B" }
convert = { to = "GiB", places = 2 }

[[rule]]
id = "resale"
reason = "Cost plus 20 %"
price = { markup = "20%" }

[[rule]]
id = "servers"
reason = "A quarter of the price is ours"
when = { sku = "SPEAMSENS" }
price = { margin = "25%" }

[[rule]]
id = "resellers-customers"
reason = "Sold by Feldmann IT"
when = { partner = "a3e0c7d2-52a4-4f0b-8a53-0d6a00000011" }
discount = "10%"
"#;

/// A report: tenant, its name, SKU, unit, quantity.
fn report(rows: &[(&str, &str, &str, &str, u64)]) -> String {
    let mut text = "application.id,application.name,date,infra.backend_type,infra.id,infra.owner_id,is_range,\
                    measurement_unit,name,sku,tenant.id,tenant.kind,tenant.name,usage.absolute.production,\
                    usage.absolute.total,usage.absolute.trial,usage.delta.production,usage.delta.total,\
                    usage.delta.trial,usage.effective.production,usage.effective.total,usage.effective.trial,edition\n"
        .to_owned();
    for (tenant, name, sku, unit, quantity) in rows {
        text += &format!(
            "6e6d758d-8e74-3ae3-ac84-50eb0dff12eb,backup,2026-03-31,,,,False,{unit},meter,{sku},{tenant},customer,{name},\
             {quantity},{quantity},0,0,0,0,{quantity},{quantity},0,pck_per_gigabyte\n"
        );
    }
    text
}

fn europe() -> Acronis {
    let usage = report(&[
        (ALPHA, "Alpha Bau", "SPGAMSENS", "", 25),
        (ALPHA, "Alpha Bau", "SPBAMSENS", "bytes", 549_755_813_888),
        (ALPHA, "Alpha Bau", "SPEAMSENS", "", 4),
    ]);
    let tenants = vec![
        tenant(ROOT_TENANT, "above", "partner", "Proseware"),
        tenant(RESELLER, ROOT_TENANT, "partner", "Feldmann IT"),
        tenant(FOLDER, RESELLER, "folder", "Handwerk"),
        tenant(ALPHA, FOLDER, "customer", "Alpha Bau"),
    ];
    let prices = vec![
        ("SPGAMSENS", "2.70", "3.00", "Workstation"),
        ("SPBAMSENS", "0.0315", "0.0350", "Hosted storage"),
        ("SPEAMSENS", "7.50", "9.00", "Server"),
    ];
    Acronis {
        tenants: Some(tenants),
        tenants_per_page: 2,
        prices: Some(PriceList { currency: "EUR", prices }),
        ..Acronis::new(usage)
    }
}

fn america() -> Acronis {
    let usage = report(&[(ALPHA, "Alpha Inc", "SPEAMSENS", "", 2), (BETA, "", "SPGAMSENS", "", 10)]);
    let tenants = vec![
        tenant(US_ROOT, "above", "partner", "Proseware US"),
        tenant(ALPHA, US_ROOT, "customer", "Alpha Inc"),
        tenant(BETA, US_ROOT, "customer", "Beta Inc"),
    ];
    let prices = vec![("SPGAMSENS", "3.00", "3.30", "Workstation"), ("SPEAMSENS", "8.00", "9.90", "Server")];
    Acronis {
        client_id: US_CLIENT.to_owned(),
        client_secret: US_SECRET.to_owned(),
        root: US_ROOT.to_owned(),
        tenants: Some(tenants),
        prices: Some(PriceList { currency: "USD", prices }),
        ..Acronis::new(usage)
    }
}

/// One data centre of a workspace: its name, address, client and root, where its secret is.
type Centre<'a> = (&'a str, String, &'a str, &'a str, &'a str);

fn source((name, url, client, root, secret): &Centre<'_>, more: &str) -> String {
    format!(
        "[source.{name}]\nplugin = \"acronis\"\nurl = \"{url}\"\n\
         [source.{name}.config]\nclient_id = \"{client}\"\ntenant_id = \"{root}\"\nlevel = \"all_customers\"\n\
         poll_every_seconds = 1\n{more}[source.{name}.secrets]\nclient_secret = {{ env = \"{secret}\" }}\n\n"
    )
}

fn workspace(sources: &str) -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    fs::create_dir(workspace.path().join("rules")).unwrap();
    fs::write(workspace.path().join("rules/main.toml"), RULES).unwrap();
    let config = format!("version = 1\nrules = \"rules/main.toml\"\n\n{sources}[http]\nbackoff = \"1ms\"\n");
    fs::write(workspace.path().join("ratebook.toml"), config).unwrap();
    workspace
}

fn run(workspace: &Workspace, arguments: &[&str]) -> Ran {
    workspace.ran(&workspace.command(arguments).env("ACRONIS_US_SECRET", US_SECRET).output().unwrap())
}

fn lines(workspace: &Workspace, source: &str) -> Vec<Value> {
    workspace.lines(MONTH, source).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn two_data_centres_make_bills_with_costs_and_margins() {
    let (europe, america) = (Server::start(europe()), Server::start(america()));
    let sources = source(
        &("acronis-eu", europe.url(), CLIENT_ID, ROOT_TENANT, "ACRONIS_CLIENT_SECRET"),
        "price_units = { SPBAMSENS = \"GiB\" }\n",
    ) + &source(&("acronis-us", america.url(), US_CLIENT, US_ROOT, "ACRONIS_US_SECRET"), "");
    let workspace = workspace(&sources);
    let ran = run(&workspace, &["run", "--month", MONTH, "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();

    let told: Vec<(&str, &str, &str)> = (document["bills"].as_array().unwrap().iter())
        .flat_map(|bill| {
            let customer = bill["customer"].as_str().unwrap();
            let lines = bill["lines"].as_array().unwrap().iter();
            lines
                .map(move |line| (customer, line["name"].as_str().unwrap(), line["amount"].as_str().unwrap()))
        })
        .collect();
    // Europe, sold by a reseller: 25 x 2.70 = 67.50 EUR, x 1.2 = 81.00, less 10 % = 72.90.
    // 512 GiB x 0.0315 = 16.128, x 1.2 = 19.3536, less 10 % = 17.41824.
    // 4 x 7.50 = 30.00, / 0.75 = 40.00, less 10 % = 36.00.
    // America, nobody between: 2 x 8.00 = 16.00 USD, / 0.75 = 21.333.. x 0.9 = 19.20 EUR.
    // 10 x 3.00 = 30.00 USD, x 1.2 = 36.00, x 0.9 = 32.40 EUR.
    assert_eq!(
        told,
        [
            ("alpha", "SPGAMSENS", "72.90"),
            ("alpha", "SPBAMSENS", "17.42"),
            ("alpha", "SPEAMSENS", "36.00"),
            ("alpha", "SPEAMSENS", "19.20"),
            ("beta", "SPGAMSENS", "32.40"),
        ]
    );

    // Vendor cost of alpha: 67.50 + 16.128 + 30.00 EUR, 16.00 USD x 0.9 = 14.40: 128.028 EUR, of 145.52.
    // Of beta: 30.00 USD x 0.9 = 27.00 EUR, of 32.40.
    let table = run(&workspace, &["run", "--month", MONTH]);
    assert_eq!(table.code, 0, "{}", table.told());
    for row in ["145.52 EUR  128.03 EUR  17.49 (12.0 %)", "32.40 EUR   27.00 EUR   5.40 (16.7 %)"] {
        let words: Vec<&str> = row.split_whitespace().collect();
        let found = table.stdout.lines().any(|line| {
            line.split_whitespace().collect::<Vec<_>>().windows(words.len()).any(|part| part == words)
        });
        assert!(found, "{row:?} is not in\n{}", table.stdout);
    }

    // One report each, and nothing of one data centre in the lines of the other.
    for centre in [&europe, &america] {
        assert_eq!(centre.vendor().reports.len(), 1);
    }
    assert_eq!(europe.count("GET", "/api/2/tenants"), 2, "two pages");
    let (eu, us) = (lines(&workspace, "acronis-eu"), lines(&workspace, "acronis-us"));
    assert!(eu.iter().all(|line| line["partner"] == RESELLER && line["currency"] == "EUR"), "{eu:?}");
    assert!(us.iter().all(|line| line["partner"].is_null() && line["currency"] == "USD"), "{us:?}");
    assert_eq!((&us[1]["tenantName"], &us[1]["skuName"]), (&"Beta Inc".into(), &"Workstation".into()));
    for (name, bytes) in workspace.files().unwrap() {
        let secret = bytes.windows(7).any(|window| window == b"canary-");
        assert!(!secret, "{name} holds a secret");
    }
}

#[test]
fn what_the_client_may_not_read_is_a_choice() {
    let denied = Acronis { tenants: None, prices: None, ..europe() };
    let server = Server::start(denied);
    let centre = ("acronis-eu", server.url(), CLIENT_ID, ROOT_TENANT, "ACRONIS_CLIENT_SECRET");
    let stopped = run(&workspace(&source(&centre, "")), &["run", "--month", MONTH]);
    assert_eq!(stopped.code, 7, "{}", stopped.told());
    assert!(stopped.stderr.contains("set tenants = false"), "{}", stopped.told());
    assert_eq!(server.vendor().reports.len(), 0, "nothing was made");

    let without = workspace(&source(&centre, "tenants = false\n"));
    let fetched = run(&without, &["fetch", "--month", MONTH]);
    assert_eq!(fetched.code, 0, "{}", fetched.told());
    assert!(fetched.stderr.contains("price_list_reader is missing"), "{}", fetched.told());
    let normalized = run(&without, &["normalize", "--month", MONTH]);
    assert_eq!(normalized.code, 0, "{}", normalized.told());
    let lines = lines(&without, "acronis-eu");
    assert!(lines.len() == 3 && lines.iter().all(|line| line["partner"].is_null()), "{lines:?}");

    let required = workspace(&source(&centre, "tenants = false\nprices = \"require\"\n"));
    let stopped = run(&required, &["run", "--month", MONTH]);
    assert_eq!((stopped.code, server.vendor().reports.len()), (7, 1), "{}", stopped.told());
}

#[test]
fn files_downloaded_by_hand_bring_their_tenants_and_prices() {
    let fixture = |path: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/acronis/fixtures").join(path);
        path.canonicalize().unwrap().display().to_string()
    };
    let root = "53b471e1-50dd-4557-ae6d-f687946821d4";
    let centre =
        ("acronis-eu", "https://eu2-cloud.acronis.com".to_owned(), CLIENT_ID, root, "ACRONIS_CLIENT_SECRET");
    let workspace = workspace(&source(&centre, ""));
    let files =
        ["tree/payload.csv", "tree/tenants-1.json", "tree/tenants-2.json", "price-list/price-list.json"];
    let files = files.map(fixture);
    let mut arguments = vec!["import", "--source", "acronis-eu", "--month", MONTH];
    arguments.extend(files.iter().map(String::as_str));
    let imported = run(&workspace, &arguments);
    assert_eq!(imported.code, 0, "{}", imported.told());
    let count = |format: &str| imported.stdout.matches(format).count();
    assert_eq!((count("acronis-tenants"), count("acronis-price-list"), count("acronis-csv-v2")), (2, 1, 1));
    let normalized = run(&workspace, &["normalize", "--month", MONTH]);
    assert_eq!(normalized.code, 0, "{}", normalized.told());
    let lines = lines(&workspace, "acronis-eu");
    let Some(first) = lines.first() else { panic!("no lines") };
    assert_eq!((&first["partner"], &first["totalCost"]), (&RESELLER.into(), &"67.5".into()));
}
