//! Sophos through the binary: two hosts, pages by key, months that are not there yet, tokens that run out.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use ratebook_tests::built::built;
use ratebook_tests::server::Server;
use ratebook_tests::vendors::sophos::{self, CLIENT_ID, CLIENT_SECRET, Central, Identity, item};
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

struct Partner {
    identity: Server<Identity>,
    central: Server<Central>,
    workspace: Workspace,
}

impl Partner {
    /// Five items of three customers, two on a page.
    fn new() -> Partner {
        let items = vec![
            item(1, "t-100", "adatum", "CIXA1CSMG", 25, "1.40"),
            item(2, "t-100", "adatum", "CSIXA1CSMG", 3, "4.10"),
            item(3, "t-200", "bellows", "CIXA1CSMG", 7, "1.40"),
            item(4, "t-300", "contoso", "CIXA1CSMG", 1, "1.40"),
            item(5, "t-300", "contoso", "CMOB1CSMG", 2, "0.333"),
        ];
        let (identity, central) = sophos::start("2026/3", items);
        central.vendor().page_size = 2;
        let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
        let (id_url, host) = (identity.url(), identity.url().trim_start_matches("http://").to_owned());
        let config = format!(
            "version = 1\nrules = \"rules/main.toml\"\n\n[source.sophos]\nplugin = \"sophos\"\nurl = \"{}\"\n\
             hosts = [\"{host}\"]\n\n[source.sophos.config]\nclient_id = \"{CLIENT_ID}\"\nid_url = \"{id_url}\"\n\n\
             [source.sophos.secrets]\nclient_secret = {{ env = \"SOPHOS_CLIENT_SECRET\" }}\n\n\
             [http]\nbackoff = \"1ms\"\n",
            central.url()
        );
        let rules = "version = 1\n\n[settings]\ncurrency = \"EUR\"\nrounding = { at = \"line\", mode = \"half_up\" }\n\n\
                     [[rule]]\nid = \"resale\"\nreason = \"What Sophos charges us, plus 20 %\"\nwhen = { vendor = \
                     \"sophos\" }\nprice = { markup = \"20%\", on = \"unit_price\" }\n";
        fs::write(workspace.path().join("ratebook.toml"), config).unwrap();
        fs::create_dir(workspace.path().join("rules")).unwrap();
        fs::write(workspace.path().join("rules/main.toml"), rules).unwrap();
        Partner { identity, central, workspace }
    }

    fn run(&self, month: &str) -> Ran {
        let mut command = self.workspace.command(&["run", "--month", month]);
        let output = command.env("SOPHOS_CLIENT_SECRET", CLIENT_SECRET).output().unwrap();
        let ran = self.workspace.ran(&output);
        assert!(!ran.told().contains("canary-"), "{}", ran.told());
        for (name, bytes) in self.workspace.files().unwrap() {
            assert!(!String::from_utf8_lossy(&bytes).contains("canary-"), "{name} holds a secret");
        }
        ran
    }

    /// 25 x 1.40 + 3 x 4.10, 7 x 1.40 and 1.40 + 2 x 0.333 EUR, each unit price and 20 % more, each line to the cent.
    fn comes_out(&self) {
        let ran = self.run(MONTH);
        assert_eq!(ran.code, 0, "{}", ran.told());
        let document: Value = serde_json::from_str(&self.workspace.bills(MONTH)).unwrap();
        let bills = document["bills"].as_array().unwrap();
        let totals: Vec<_> = bills
            .iter()
            .map(|bill| ["customer", "currency", "total"].map(|key| bill[key].as_str().unwrap()))
            .collect();
        let expected = [["adatum", "EUR", "56.76"], ["bellows", "EUR", "11.76"], ["contoso", "EUR", "2.48"]];
        assert_eq!(totals, expected);
    }
}

#[test]
fn a_month_comes_from_two_hosts_page_by_page_and_is_not_asked_for_again() {
    let partner = Partner::new();
    partner.comes_out();
    let paths: Vec<String> = partner.central.requests().into_iter().map(|request| request.path).collect();
    let usage = "/partner/v1/billing/usage/2026/3";
    assert_eq!(paths, ["/whoami/v1", usage, usage, usage]);
    partner.comes_out();
    assert_eq!((partner.central.requests().len(), partner.identity.vendor().given), (4, 1));
}

#[test]
fn a_month_that_is_not_there_yet_is_told_apart_and_comes_when_it_is() {
    let partner = Partner::new();
    let items = partner.central.vendor().months.remove("2026/3").unwrap();
    let ran = partner.run(MONTH);
    assert_eq!(ran.code, 5, "{}", ran.told());
    assert!(
        ran.stderr.contains("E-NOT-YET") && ran.stderr.contains("no billing data for 2026-03"),
        "{}",
        ran.told()
    );
    assert!(!partner.workspace.path().join("runs/2026-03/bills.parquet").exists());
    partner.central.vendor().months.insert("2026/3".to_owned(), items);
    partner.comes_out();
}

#[test]
fn a_token_that_runs_out_between_two_pages_is_renewed_once() {
    let partner = Partner::new();
    partner.central.vendor().requests_left = Some(2);
    partner.comes_out();
    assert_eq!(partner.identity.vendor().given, 2);
}

#[test]
fn a_host_that_the_source_does_not_name_gets_no_secret() {
    let partner = Partner::new();
    let host = partner.identity.url().trim_start_matches("http://").to_owned();
    partner.workspace.replace("ratebook.toml", &format!("hosts = [\"{host}\"]\n"), "").unwrap();
    let ran = partner.run(MONTH);
    assert_eq!(ran.code, 3, "{}", ran.told());
    assert!(ran.stderr.contains(&format!("add hosts = [\"{host}\"]")), "{}", ran.told());
    assert_eq!(partner.identity.requests().len(), 0);
}

#[test]
fn credentials_of_a_customer_end_the_month_before_any_usage() {
    let partner = Partner::new();
    partner.central.vendor().id_type = "tenant".to_owned();
    let ran = partner.run(MONTH);
    assert!(ran.code != 0 && ran.stderr.contains("belong to a tenant"), "{}", ran.told());
    assert_eq!(partner.central.requests().len(), 1);
}

#[test]
fn the_contract_holds_with_the_plugins_fixtures() {
    let partner = Partner::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/sophos/fixtures");
    let mut command = partner.workspace.command(&["plugin", "check"]);
    command.arg(built().plugin("sophos")).args(["--source", "sophos", "--fixtures"]).arg(fixtures);
    let ran = partner.workspace.ran(&command.env("SOPHOS_CLIENT_SECRET", CLIENT_SECRET).output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.told());
    assert!(!ran.told().contains("FAILED"), "{}", ran.told());
}
