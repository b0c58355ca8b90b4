//! Metallic by account, through the binary: lines get customers, and who is on trial is on no bill.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use ratebook_tests::server::Server;
use ratebook_tests::vendors::metallic::{
    ACCOUNT_USAGE_PATH, Metallic, REFRESH_TOKEN, TOKEN, account, account_usage,
};
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

const USERS: &str = "MTSP-M365E-USR";
const STORAGE: &str = "MTSP-STREXP-TB";

/// Five accounts, two rows on a page: three pages of accounts, four of usage.
fn vendor() -> Server<Metallic> {
    let mut metallic = Metallic::new("2026-03-01", "{}");
    metallic.page_limit = 2;
    metallic.accounts = vec![
        account("a-100", "adatum", "Production", &[(USERS, "paid"), (STORAGE, "paid")]),
        account("a-200", "bellows", "Production", &[(USERS, "paid"), (STORAGE, "trial")]),
        account("a-300", "contoso", "POC", &[(USERS, "paid")]),
        account("a-400", "us", "Internal", &[(USERS, "paid")]),
        account("a-500", "fourth-coffee", "Production", &[]),
    ];
    metallic.account_usage = vec![
        account_usage("a-100", "adatum", USERS, 25),
        account_usage("a-100", "adatum", STORAGE, 3),
        account_usage("a-200", "bellows", USERS, 7),
        account_usage("a-200", "bellows", STORAGE, 1),
        account_usage("a-300", "contoso", USERS, 9),
        account_usage("a-400", "us", USERS, 40),
        account_usage("a-500", "fourth-coffee", USERS, 1),
    ];
    Server::start(metallic)
}

fn workspace(url: &str) -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let config = format!(
        "version = 1\nrules = \"rules/main.toml\"\n\n[source.metallic]\nplugin = \"metallic\"\nurl = \"{url}\"\n\n\
         [source.metallic.config]\nusage = \"accounts\"\naccount_usage_path = \"{ACCOUNT_USAGE_PATH}\"\n\n\
         [source.metallic.secrets]\naccess_token = {{ env = \"METALLIC_ACCESS_TOKEN\" }}\n\n\
         [http]\nbackoff = \"1ms\"\n"
    );
    let rules = "version = 1\n\n[settings]\ncurrency = \"USD\"\n\n[[rule]]\nid = \"resale\"\nreason = \"What Metallic \
                 charges us, plus 20 %\"\nwhen = { vendor = \"metallic\" }\nprice = { markup = \"20%\" }\n";
    fs::write(workspace.path().join("ratebook.toml"), config).unwrap();
    fs::create_dir(workspace.path().join("rules")).unwrap();
    fs::write(workspace.path().join("rules/main.toml"), rules).unwrap();
    workspace
}

fn bills(workspace: &Workspace) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&workspace.bills("2026-03")).unwrap();
    let bills = document["bills"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    bills.iter().map(|bill| (text(&bill["customer"]), text(&bill["total"]))).collect()
}

/// (25 + 3) x 4, 7 x 4 and 1 x 4 USD, each and 20 % more.
fn is_as_worked_by_hand(workspace: &Workspace, ran: &Ran) {
    assert_eq!(ran.code, 0, "{}", ran.told());
    let expected = [("adatum", "134.40"), ("bellows", "33.60"), ("fourth-coffee", "4.80")];
    assert_eq!(bills(workspace), expected.map(|(customer, total)| (customer.to_owned(), total.to_owned())));
}

#[test]
fn lines_have_customers_and_trials_are_skipped_with_their_reasons() {
    let server = vendor();
    let workspace = workspace(&server.url());
    let ran = workspace.run(&["run", "--month", MONTH]).unwrap();
    is_as_worked_by_hand(&workspace, &ran);
    assert_eq!((server.count("GET", "/api/v1/partner/accounts"), server.requests().len()), (3, 7));
    let skipped = workspace.skipped("2026-03", "metallic");
    let skipped: Vec<Value> = skipped.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let skipped: Vec<_> =
        skipped.iter().map(|row| (row["reason"].as_str().unwrap(), row["what"].as_str().unwrap())).collect();
    assert_eq!(
        skipped,
        [
            ("trial", "account a-200 (Name of a-200), MTSP-STREXP-TB: its serviceType is trial"),
            ("internal", "account a-300 (Name of a-300), MTSP-M365E-USR: the account's type is POC"),
            ("internal", "account a-400 (Name of a-400), MTSP-M365E-USR: the account's type is Internal"),
        ]
    );
    let asked = server.requests().len();
    is_as_worked_by_hand(&workspace, &workspace.run(&["run", "--month", MONTH]).unwrap());
    assert_eq!(server.requests().len(), asked, "a month that is there is not asked for again");
    for (name, bytes) in workspace.files().unwrap() {
        assert!(!String::from_utf8_lossy(&bytes).contains("canary-"), "{name} holds a secret");
    }
}

#[test]
fn the_hour_may_be_over_between_two_pages() {
    let server = vendor();
    server.vendor().left_this_hour = Some(4);
    let workspace = workspace(&server.url());
    is_as_worked_by_hand(&workspace, &workspace.run(&["run", "--month", MONTH]).unwrap());
    assert_eq!(server.requests().len(), 8, "seven pages, one of them asked for twice");
}

#[test]
fn rotated_tokens_are_in_their_files_before_the_next_page() {
    let server = vendor();
    server.vendor().is_expired = true;
    let workspace = workspace(&server.url());
    let secrets = tempfile::tempdir().unwrap();
    let file = |name: &str| secrets.path().join(name);
    fs::write(file("access"), TOKEN).unwrap();
    fs::write(file("refresh"), REFRESH_TOKEN).unwrap();
    let from_files = format!(
        "access_token = {{ file = {:?} }}\nrefresh_token = {{ file = {:?} }}",
        file("access"),
        file("refresh")
    );
    let env = "access_token = { env = \"METALLIC_ACCESS_TOKEN\" }";
    workspace.replace("ratebook.toml", env, &from_files).unwrap();
    let renew = format!("usage = \"accounts\"\nrefresh_url = \"{}/V4/AccessToken/Renew\"", server.url());
    workspace.replace("ratebook.toml", "usage = \"accounts\"", &renew).unwrap();
    let ran = workspace.run(&["run", "--month", MONTH]).unwrap();
    is_as_worked_by_hand(&workspace, &ran);
    assert_eq!(server.vendor().renewals, 1);
    assert!(!ran.told().contains("canary-"), "{}", ran.told());
    let kept = |name: &str| fs::read_to_string(file(name)).unwrap();
    assert_eq!(
        (kept("access").trim(), kept("refresh").trim()),
        ("canary-metallic-token-0002", "canary-metallic-refresh-0002")
    );
}

#[test]
fn pages_imported_by_hand_lead_to_the_same_bills_or_to_none() {
    let server = vendor();
    let live = workspace(&server.url());
    is_as_worked_by_hand(&live, &live.run(&["run", "--month", MONTH]).unwrap());
    let kept = live.path().join("runs/2026-03/payloads/metallic");
    let mut pages: Vec<_> = fs::read_dir(kept).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.file_name().is_some_and(|name| name != "payloads.json"));
    pages.sort();
    assert_eq!(pages.len(), 7);
    let import_all = |pages: &[std::path::PathBuf]| {
        let by_hand = workspace("http://127.0.0.1:9");
        let mut import = vec!["import", "--source", "metallic", "--month", MONTH];
        import.extend(pages.iter().map(|path| path.to_str().unwrap()));
        let imported = by_hand.run(&import).unwrap();
        (by_hand, imported)
    };
    let (by_hand, imported) = import_all(&pages);
    assert_eq!(imported.code, 0, "{}", imported.told());
    is_as_worked_by_hand(&by_hand, &by_hand.run(&["run", "--month", MONTH]).unwrap());
    for (missing, words) in [(0, "5 of 7 rows are here"), (4, "3 of 5 rows are here")] {
        let mut pages = pages.clone();
        pages.remove(missing);
        let (by_hand, ran) = import_all(&pages);
        assert_eq!(ran.code, 6, "{}", ran.told());
        assert!(ran.stderr.contains(words) && ran.stderr.contains("a page is missing"), "{}", ran.told());
        assert!(!by_hand.path().join("runs/2026-03/payloads/metallic").exists());
    }
}
