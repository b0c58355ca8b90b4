//! Vendors and plugins that repeat what they were asked with, in part or whole: nothing of it is told or kept.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use ratebook_tests::built::built;
use ratebook_tests::message::{Answer, Request};
use ratebook_tests::server::{Server, Vendor};
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::json;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI4YjUwIn0.Zk3Qx9Lw7Rt2Vb5Np8Yc";
/// As much as a plugin shows of an answer.
const SHOWN: usize = 60;

/// Gives out a token, and answers everything else with the same.
struct Echo {
    status: u16,
    body: String,
}

impl Vendor for Echo {
    fn answer(&mut self, request: &Request) -> Answer {
        match request.path.as_str() {
            "/token" => Answer::json(200, &json!({ "access_token": TOKEN, "expires_in": 3600 })),
            _ => Answer::new(self.status, "text/csv", self.body.clone()),
        }
    }
}

fn workspace(source: &str) -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let rules = "version = 1\n[settings]\ncurrency = \"EUR\"\n[customer.n]\ntenants = [\"table:1017\"]\n\
                 [[rule]]\nid = \"vm\"\nreason = \"list\"\nwhen = { sku = \"VM\" }\nprice = \"1\"\n";
    workspace.put("rules/main.toml", rules).unwrap();
    let config = format!("version = 1\n{source}\n[http]\nbackoff = \"1ms\"\n");
    workspace.put("ratebook.toml", config).unwrap();
    workspace
}

/// A source whose vendor is asked for a CSV with a token.
fn table(url: &str) -> Workspace {
    workspace(&format!(
        "[source.shop]\nplugin = \"table\"\nurl = \"{url}\"\n[source.shop.secrets]\ntoken = {{ env = \"SHOP_TOKEN\" }}\n\
         [source.shop.config]\nformat = \"csv\"\n\
         columns = {{ tenant = \"t\", skuId = \"s\", consumedQuantity = \"q\" }}\n\
         [source.shop.config.request]\npath = \"/usage\"\nauth = {{ kind = \"bearer\" }}\n"
    ))
}

/// Runs, and sees to it that no eight characters of the token are anywhere.
fn run(workspace: &Workspace, arguments: &[&str]) -> Ran {
    let mut command = workspace.command(arguments);
    let ran = workspace.ran(&command.env("SHOP_TOKEN", TOKEN).output().unwrap());
    let mut told = vec![("the terminal".to_owned(), ran.told().into_bytes())];
    told.extend(workspace.files().unwrap());
    for (name, bytes) in told {
        let text = String::from_utf8_lossy(&bytes);
        for piece in TOKEN.as_bytes().windows(8).map(|piece| String::from_utf8_lossy(piece)) {
            assert!(!text.contains(&*piece), "{piece:?} of the token is in {name}: {text}");
        }
    }
    ran
}

#[test]
fn s13_the_beginning_of_a_token_that_a_plugin_has_cut_is_not_told() {
    for (words, cut) in [
        (format!("invalid token {TOKEN}"), SHOWN),
        (format!("{{\"error\":\"{}\"}}", TOKEN.replace('.', "\\u002e")), SHOWN),
        (format!("the token that you have sent is not valid any more: {}", &TOKEN[..8]), SHOWN),
    ] {
        assert!(words.len() >= cut, "{words}");
        let vendor = Server::start(Echo { status: 403, body: words });
        for format in ["table", "json"] {
            let ran = run(&table(&vendor.url()), &["run", "--month", MONTH, "-v", "--format", format]);
            assert_eq!(ran.code, 7, "{}", ran.told());
            assert!(ran.told().contains("[secret]"), "{}", ran.told());
        }
    }
}

#[test]
fn s14_a_payload_that_repeats_the_token_is_refused_and_not_archived() {
    let vendor = Server::start(Echo { status: 200, body: format!("t,s,q\n1017,VM,1\n{TOKEN},VM,1\n") });
    let workspace = table(&vendor.url());
    let ran = run(&workspace, &["run", "--month", MONTH]);
    assert_eq!(ran.code, 6, "{}", ran.told());
    assert!(ran.stderr.contains("repeats a secret or token"), "{}", ran.told());
    assert!(!workspace.path().join("runs/2026-03/payloads/shop").exists());
}

#[test]
fn s15_a_plugins_last_words_hold_no_token() {
    let vendor = Server::start(Echo { status: 200, body: String::new() });
    let workspace = workspace(&format!(
        "[source.shop]\nplugin = \"misbehaving\"\nurl = \"{}\"\ntenant = \"t\"\n\
         [source.shop.config]\nwrong = \"say-token-and-exit\"\nat = \"collect\"\n",
        vendor.url()
    ));
    let plugins = workspace.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    let file = plugins.join(format!("libratebook_plugin_misbehaving.{}", std::env::consts::DLL_EXTENSION));
    fs::write(&file, fs::read(built().plugin("misbehaving")).unwrap()).unwrap();
    workspace.run(&["plugin", "trust", file.to_str().unwrap()]).unwrap();
    for format in ["table", "json"] {
        let ran = run(&workspace, &["fetch", "--month", MONTH, "--format", format]);
        assert_eq!(ran.code, 8, "{}", ran.told());
        let told = ran.told();
        assert!(told.contains("Its last words: got") && told.contains("[secret]"), "{told}");
    }
}
