//! The plugin `table` asking a vendor over the host's own HTTP: every way of paging, every place of a key, a vendor that
//! stumbles or refuses; and the key in no file that is left behind.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use ratebook_tests::message::{Answer, Request};
use ratebook_tests::mishap::Mishap;
use ratebook_tests::server::{Server, Vendor};
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::{Value, json};

/// With signs that are written otherwise in a query and in JSON.
const KEY: &str = "k3y canary+/\"x\"";

/// A shop of three records that gives one a page, in the way that is asked for, to whoever has the key.
#[derive(Default)]
struct Shop {
    /// True if it repeats the address it was asked, key and all.
    echoes: bool,
}

impl Vendor for Shop {
    fn answer(&mut self, request: &Request) -> Answer {
        let in_header = request.header("x-api-key") == Some(&format!("Key {KEY}"));
        let in_query: Vec<_> = request.query.iter().filter(|(name, _)| name == "api_key").collect();
        if !in_header && in_query != [&("api_key".to_owned(), KEY.to_owned())] {
            return Answer::json(401, &json!({"error": "no such key"}));
        }
        let page: usize = request.query("page").map_or(1, |page| page.parse().unwrap());
        let offset = request.query("offset").map(|offset| offset.parse::<usize>().unwrap() / 10 + 1);
        let page = offset.or(request.query("after").map(str::len)).unwrap_or(page);
        let items: Vec<Value> = match page {
            1..=3 => vec![json!({"t": "1017", "s": "VM", "q": page})],
            _ => Vec::new(),
        };
        let more = page < 3;
        let next = format!("{}?page={}", request.path, page + 1);
        let mut answer = json!({"items": items, "next": more.then_some(&next), "after": more.then(|| "x".repeat(page + 1))});
        if self.echoes {
            answer["self"] = json!(format!("{}?api_key={}", request.path, request.query("api_key").unwrap()));
        }
        let answer = Answer::json(200, &answer);
        if more { answer.with_header("Link", format!("<{next}>; rel=\"next\"")) } else { answer }
    }
}

fn workspace(shop: &Server<Shop>, auth: &str, paging: &str) -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let config = format!(
        "version = 1\n[source.shop]\nplugin = \"table\"\nurl = \"{}\"\n[source.shop.secrets]\ntoken = {{ env = \"SHOP_KEY\" }}\n\
         [source.shop.config]\nformat = \"json\"\nrows = \"/items\"\n\
         columns = {{ tenant = \"t\", skuId = \"s\", consumedQuantity = \"q\" }}\n\
         [source.shop.config.request]\npath = \"/usage\"\nauth = {auth}\npaging = {paging}\n[http]\nbackoff = \"1ms\"\n",
        shop.url()
    );
    fs::create_dir(workspace.path().join("rules")).unwrap();
    let rules = "version = 1\n[settings]\ncurrency = \"EUR\"\n[customer.n]\ntenants = [\"table:1017\"]\n\
                 [[rule]]\nid = \"vm\"\nreason = \"list\"\nwhen = { sku = \"VM\" }\nprice = \"1\"\n";
    fs::write(workspace.path().join("rules/main.toml"), rules).unwrap();
    fs::write(workspace.path().join("ratebook.toml"), config).unwrap();
    workspace
}

fn run(workspace: &Workspace, key: &str) -> Ran {
    let mut command = workspace.command(&["run", "--month", MONTH, "-v"]);
    let ran = workspace.ran(&command.env("SHOP_KEY", key).output().unwrap());
    let mut told = vec![("the terminal".to_owned(), ran.told().into_bytes())];
    told.extend(workspace.files().unwrap());
    for (name, bytes) in told {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!text.contains("canary"), "the key is in {name}: {text}");
    }
    ran
}

const HEADER: &str = "{ kind = \"header\", header = \"X-Api-Key\", prefix = \"Key \" }";
const QUERY: &str = "{ kind = \"query\", query = \"api_key\" }";

#[test]
fn every_way_of_paging_brings_every_record_with_the_key_in_header_or_query() {
    for auth in [HEADER, QUERY] {
        for (paging, requests) in [
            ("{ kind = \"next\", pointer = \"/next\" }", 3),
            ("{ kind = \"link-header\" }", 3),
            ("{ kind = \"cursor\", pointer = \"/after\", query = \"after\" }", 3),
            ("{ kind = \"number\" }", 4),
            ("{ kind = \"number\", query = \"offset\", first = 0, step = 10 }", 4),
        ] {
            let shop = Server::start(Shop::default());
            let ran = run(&workspace(&shop, auth, paging), KEY);
            assert_eq!(ran.code, 0, "{auth} {paging}: {}", ran.told());
            assert!(ran.stdout.contains("6.00 EUR"), "{paging}: {}", ran.told());
            assert_eq!(shop.count("GET", "/usage"), requests, "{paging}");
        }
    }
}

#[test]
fn what_was_asked_is_logged_without_the_key() {
    let shop = Server::start(Shop::default());
    let workspace = workspace(&shop, QUERY, "{ kind = \"number\" }");
    // A key of two letters is in every second word: taking it out of texts would not do.
    let ran = run(&workspace, "zq");
    assert_eq!(ran.code, 7, "{}", ran.told());
    let log = String::from_utf8(workspace.read("runs/2026-03/log/requests-shop.jsonl").unwrap()).unwrap();
    assert!(log.contains("\"query\":\"page=1&api_key=\""), "{log}");
    assert!(!log.contains("zq"), "{log}");
}

#[test]
fn a_refused_key_is_told_once_and_not_tried_again() {
    for auth in [HEADER, QUERY] {
        let shop = Server::start(Shop::default());
        let ran = run(&workspace(&shop, auth, "{ kind = \"number\" }"), "canary of another lock");
        assert_eq!(ran.code, 7, "{}", ran.told());
        assert!(ran.stderr.contains("answered 401"), "{}", ran.told());
        assert!(ran.stderr.contains("Look at request.auth and at the secret it names."), "{}", ran.told());
        assert_eq!(shop.count("GET", "/usage"), 1);
    }
}

#[test]
fn a_vendor_that_stumbles_is_asked_again() {
    for auth in [HEADER, QUERY] {
        let shop = Server::start(Shop::default());
        shop.mishap(Mishap::instead("GET /usage", Answer::new(503, "text/plain", "busy")).times(2));
        let ran = run(&workspace(&shop, auth, "{ kind = \"next\", pointer = \"/next\" }"), KEY);
        assert_eq!(ran.code, 0, "{}", ran.told());
        assert_eq!(shop.count("GET", "/usage"), 5);
        assert!(ran.stdout.contains("6.00 EUR"), "{}", ran.told());
    }
}

#[test]
fn an_answer_that_repeats_the_key_is_not_kept() {
    let shop = Server::start(Shop { echoes: true });
    let workspace = workspace(&shop, QUERY, "{ kind = \"number\" }");
    let ran = run(&workspace, KEY);
    assert_eq!(ran.code, 6, "{}", ran.told());
    assert!(
        ran.stderr.contains("repeats a secret or token that the vendor was asked with"),
        "{}",
        ran.told()
    );
    assert!(!workspace.path().join("runs/2026-03/payloads/shop").exists());
}
