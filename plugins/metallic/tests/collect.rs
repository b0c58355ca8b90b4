//! What the plugin asks Metallic, against a host that is a script.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use ratebook_plugin::call::{Call, HostServices, Reply};
use ratebook_plugin::testing::{self, Scripted, ScriptedHost};
use ratebook_plugin::{Auth, Body, Config, Host, Level, Problem, ProblemKind, VendorPlugin};
use ratebook_plugin_metallic::Metallic;
use serde_json::json;

const RENEW: &str = "https://api.metallic.io/api/V4/AccessToken/Renew";
const UTILITY: &str = include_str!("../fixtures/example-utility/payload.json");

fn config(values: serde_json::Value, secrets: &[&str]) -> Config {
    let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
    Config { source: "msp".to_owned(), url: Some("https://api.metallic.io".to_owned()), values, secrets }
}

fn with_refresh() -> Config {
    config(json!({"refresh_url": RENEW}), &["access_token", "refresh_token"])
}

fn collect(config: &Config, host: &mut ScriptedHost) -> Result<(), Problem> {
    Metallic::open(config)?.collect("2023-08".parse().unwrap(), &mut Host::new(host))
}

fn refusal(config: &Config, answer: Scripted) -> Problem {
    collect(config, &mut ScriptedHost::new([answer])).unwrap_err()
}

#[test]
fn the_month_is_always_sent_and_the_answer_kept() {
    let mut host = ScriptedHost::new([Scripted::new(200, UTILITY)]);
    collect(&config(json!({}), &["access_token"]), &mut host).unwrap();
    let request = &host.requests[0];
    assert_eq!(request.method, "GET");
    assert_eq!(request.url, "https://api.metallic.io/api/v1/partner/usage/summary");
    assert_eq!(request.query, [("usageMonth".to_owned(), "2023-08-01".to_owned())]);
    assert!(matches!(&request.auth, Auth::BearerSecret { secret } if secret == "access_token"));
    assert!(request.repeatable);
    let (name, format, bytes) = &host.kept[0];
    assert_eq!((name.as_str(), format.as_str()), ("usage-summary.json", "metallic-usage-summary"));
    assert_eq!(bytes, UTILITY.as_bytes());
}

#[test]
fn an_empty_list_is_kept_so_that_map_can_say_so() {
    let mut host = ScriptedHost::new([Scripted::new(200, "{\"data\":[]}")]);
    collect(&config(json!({}), &["access_token"]), &mut host).unwrap();
    assert_eq!(host.kept.len(), 1);
}

#[test]
fn an_expired_token_is_renewed_once_and_the_new_pair_is_stored() {
    let renewed = json!({"accessToken": "a2", "refreshToken": "r2", "tokenExpiryTimestamp": 1_775_001_800});
    let mut host = ScriptedHost::new([
        Scripted::new(401, "{}"),
        Scripted::new(200, renewed.to_string()),
        Scripted::new(200, UTILITY),
    ]);
    collect(&with_refresh(), &mut host).unwrap();
    let [_, renewal, again] = &host.requests[..] else { panic!("three requests, {:?}", host.requests) };
    assert_eq!((renewal.method.as_str(), renewal.url.as_str()), ("POST", RENEW));
    assert!(!renewal.repeatable, "an old pair used twice makes Commvault delete the chain");
    let Body::JsonOfSecrets(members) = &renewal.body else { panic!("{:?}", renewal.body) };
    assert_eq!(members[0], ("accessToken".to_owned(), "access_token".to_owned()));
    assert_eq!(members[1], ("refreshToken".to_owned(), "refresh_token".to_owned()));
    assert!(matches!(&again.auth, Auth::BearerToken { token } if token == "a2"));
    assert_eq!(again.query, host.requests[0].query);
    assert_eq!(host.stored_secrets["access_token"], "a2");
    assert_eq!(host.stored_secrets["refresh_token"], "r2");
    assert_eq!(host.kept.len(), 1);
}

#[test]
fn a_second_401_is_not_renewed_again() {
    let renewed = json!({"accessToken": "a2", "refreshToken": "r2"}).to_string();
    let answers = [Scripted::new(401, "{}"), Scripted::new(200, renewed), Scripted::new(401, "{}")];
    let mut host = ScriptedHost::new(answers);
    let problem = collect(&with_refresh(), &mut host).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Auth);
    assert_eq!(host.requests.len(), 3);
    assert_eq!(host.stored_secrets["refresh_token"], "r2", "the pair is stored even so");
}

#[test]
fn a_401_without_a_refresh_token_names_the_thirty_minutes() {
    let problem = refusal(&config(json!({}), &["access_token"]), Scripted::new(401, ""));
    assert_eq!(problem.kind, ProblemKind::Auth);
    assert!(problem.advice.unwrap().contains("30 minutes"));
}

#[test]
fn a_refused_renewal_is_an_auth_problem_and_quotes_no_token() {
    let mut host = ScriptedHost::new([Scripted::new(401, ""), Scripted::new(403, "")]);
    assert_eq!(collect(&with_refresh(), &mut host).unwrap_err().kind, ProblemKind::Auth);
    let strange = json!({"access": "secret-a3"}).to_string();
    let mut host = ScriptedHost::new([Scripted::new(401, ""), Scripted::new(200, strange)]);
    let problem = collect(&with_refresh(), &mut host).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Data);
    assert!(!format!("{problem:?}").contains("a3"));
    assert!(host.log.iter().all(|(level, _)| *level != Level::Warning));
}

#[test]
fn a_404_of_the_console_host_names_the_right_address() {
    let mut config = config(json!({}), &["access_token"]);
    config.url = Some("https://m119.metallic.io".to_owned());
    let problem = refusal(&config, Scripted::new(404, "<html>not here</html>"));
    assert_eq!((problem.kind, problem.key.as_deref()), (ProblemKind::Config, Some("url")));
    assert!(problem.message.contains("https://m119.metallic.io answered 404"), "{problem}");
    assert!(problem.advice.unwrap().contains("https://api.metallic.io"));
}

#[test]
fn errors_are_told_in_the_vendors_words() {
    let open = config(json!({}), &["access_token"]);
    let words = json!({"error": {"code": 1006, "message": "Record not found"}}).to_string();
    let problem = refusal(&open, Scripted::new(404, words));
    assert_eq!(problem.to_string(), "Metallic answered 404 \"Record not found\", code 1006");
    assert_eq!(refusal(&open, Scripted::new(403, "{}")).kind, ProblemKind::Auth);
    assert_eq!(refusal(&open, Scripted::new(500, "")).to_string(), "Metallic answered 500 an empty body");
}

#[test]
fn the_rate_limit_is_told_with_its_headers() {
    let headers = [("x-ratelimit-limit", "1000"), ("x-ratelimit-period", "1h")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let answer = Scripted { headers, ..Scripted::new(429, "") };
    let problem = refusal(&config(json!({}), &["access_token"]), answer);
    assert_eq!(problem.kind, ProblemKind::Vendor);
    assert!(problem.message.contains("X-RateLimit-Limit 1000, X-RateLimit-Period 1h"), "{problem}");
}

#[test]
fn a_page_or_nothing_in_place_of_the_summary_is_not_kept() {
    for (body, what) in [("<!DOCTYPE html><html>", "an HTML page"), ("", "an empty body"), ("[]", "\"[]\"")] {
        let mut host = ScriptedHost::new([Scripted::new(200, body)]);
        let problem = collect(&config(json!({}), &["access_token"]), &mut host).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data);
        assert!(problem.message.contains(what), "{problem}");
        assert!(host.kept.is_empty());
    }
}

fn accounts() -> Config {
    let values =
        json!({"usage": "accounts", "account_usage_path": "/usage/of/accounts", "refresh_url": RENEW});
    config(values, &["access_token", "refresh_token"])
}

fn page(number: u64, rows: u64, total: u64) -> Scripted {
    let rows: Vec<_> = (0..rows).map(|row| json!({"id": format!("{number}-{row}")})).collect();
    let pagination = json!({"pageNumber": number, "pageSize": 2, "totalRecords": total});
    Scripted::new(200, json!({"data": rows, "metadata": {"pagination": pagination}}).to_string())
}

#[test]
fn accounts_and_their_usage_are_kept_page_by_page() {
    let mut host = ScriptedHost::new([page(0, 2, 3), page(1, 1, 3), page(0, 2, 2)]);
    collect(&accounts(), &mut host).unwrap();
    let asked: Vec<_> = host.requests.iter().map(|request| (request.url.as_str(), &request.query)).collect();
    let query = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let list = "https://api.metallic.io/api/v1/partner/accounts";
    assert_eq!(asked[0], (list, &query(&[("pageNumber", "0"), ("pageSize", "25")])));
    assert_eq!(asked[1], (list, &query(&[("pageNumber", "1"), ("pageSize", "25")])));
    let usage = query(&[("usageMonth", "2023-08-01"), ("pageNumber", "0"), ("pageSize", "1000")]);
    assert_eq!(asked[2], ("https://api.metallic.io/usage/of/accounts", &usage));
    let kept: Vec<_> = host.kept.iter().map(|(name, format, _)| (name.as_str(), format.as_str())).collect();
    let list = "metallic-accounts";
    assert_eq!(
        kept,
        [
            ("accounts-0001.json", list),
            ("accounts-0002.json", list),
            ("account-usage-0001.json", "metallic-account-usage")
        ]
    );
}

#[test]
fn a_list_that_stops_early_or_answers_another_page_is_refused() {
    for (script, words) in [
        (
            vec![page(0, 2, 3), page(1, 0, 3)],
            "page 1 of the list of accounts has no rows, but 2 of 3 came so far",
        ),
        (vec![page(0, 2, 3), page(0, 2, 3)], "asked for page 1 of the list of accounts, got page 0"),
        (vec![Scripted::new(200, "{\"data\":[]}")], "missing field `metadata`"),
        (vec![Scripted::new(200, "<html>")], "an HTML page"),
    ] {
        let problem = collect(&accounts(), &mut ScriptedHost::new(script)).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data);
        assert!(problem.message.contains(words), "{problem}");
    }
}

#[test]
fn a_token_that_expires_between_two_pages_is_renewed_and_used_from_then_on() {
    let renewed = |number: u32| {
        let pair = json!({"accessToken": format!("a{number}"), "refreshToken": format!("r{number}")});
        Scripted::new(200, pair.to_string())
    };
    let expired = || Scripted::new(401, "{}");
    let script = [page(0, 1, 2), expired(), renewed(2), page(1, 1, 2), expired(), renewed(3), page(0, 0, 0)];
    let mut host = ScriptedHost::new(script);
    collect(&accounts(), &mut host).unwrap();
    let tokens: Vec<_> = host.requests.iter().map(|request| format!("{:?}", request.auth)).collect();
    assert!(tokens[3].contains("a2") && tokens[4].contains("a2") && tokens[6].contains("a3"), "{tokens:?}");
    assert_eq!((host.kept.len(), host.stored_secrets["refresh_token"].as_str()), (3, "r3"));
}

#[test]
fn where_usage_by_account_is_asked_for_has_no_default() {
    let problem = |values: serde_json::Value| {
        let problem = collect(&config(values, &["access_token"]), &mut ScriptedHost::new([])).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Config);
        problem.to_string()
    };
    assert_eq!(
        problem(json!({"usage": "accounts"})),
        "account_usage_path: where usage by account is asked for is missing"
    );
    assert_eq!(
        problem(json!({"account_usage_path": "/usage"})),
        "account_usage_path: the summary does not use it"
    );
    for path in ["usage", "//elsewhere.example/usage", "/usage?pageSize=1", "https://api.metallic.io/usage"] {
        let said = problem(json!({"usage": "accounts", "account_usage_path": path}));
        assert!(said.contains("is not a path"), "{said}");
    }
    let values = json!({"usage": "accounts", "account_usage_path": "/usage", "accounts_page_size": 0});
    assert!(problem(values).contains("at least 1"));
    assert!(problem(json!({"usage": "account"})).contains("unknown variant"));
}

#[test]
fn what_is_missing_in_the_config_is_named() {
    let key = |config: &Config| {
        let problem = collect(config, &mut ScriptedHost::new([])).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Config);
        problem.key.unwrap()
    };
    assert_eq!(key(&config(json!({}), &[])), "secrets.access_token");
    assert_eq!(key(&config(json!({}), &["access_token", "refresh_token"])), "refresh_url");
    assert_eq!(key(&config(json!({"refresh_url": RENEW}), &["access_token"])), "secrets.refresh_token");
    assert_eq!(key(&config(json!({"refreshurl": RENEW}), &["access_token"])), "refreshurl");
}

#[test]
fn a_file_downloaded_by_hand_is_recognised_by_its_content() {
    assert_eq!(Metallic::recognize("any.json", UTILITY.as_bytes()), Some("metallic-usage-summary"));
    assert_eq!(Metallic::recognize("metallic.json", b"{\"data\":[]}"), None);
    let usage = include_bytes!("../fixtures/accounts-customers/payload.json");
    assert_eq!(Metallic::recognize("any.json", usage), Some("metallic-account-usage"));
    let accounts = include_bytes!("../fixtures/accounts-customers/accounts-1.json");
    assert_eq!(Metallic::recognize("any.json", accounts), Some("metallic-accounts"));
    assert_eq!(Metallic::recognize("usage.csv", b"usageMonth,skuId"), None);
}

#[test]
fn tokens_that_cannot_be_stored_are_told_and_are_used_until_they_expire() {
    struct NoStore(ScriptedHost);
    impl HostServices for NoStore {
        fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
            match call {
                Call::StoreSecret { .. } => {
                    Err(Problem::new(ProblemKind::Storage, "it comes from the environment"))
                }
                call => self.0.call(call, bytes),
            }
        }
    }
    let renewed = json!({"accessToken": "a2", "refreshToken": "r2"}).to_string();
    let expired = || Scripted::new(401, "{}");
    let answers = [expired(), Scripted::new(200, renewed), page(0, 1, 1), expired()];
    let mut host = NoStore(ScriptedHost::new(answers));
    let plugin = Metallic::open(&accounts()).unwrap();
    let problem = plugin.collect("2023-08".parse().unwrap(), &mut Host::new(&mut host)).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Auth, "what is left of the old pair is not renewed with again");
    assert_eq!((host.0.kept.len(), host.0.requests.len()), (1, 4));
    let (level, text) = &host.0.log[0];
    assert_eq!(*level, Level::Warning);
    assert!(
        text.contains("could not be stored (it comes from the environment)") && !text.contains("a2"),
        "{text}"
    );
}

#[test]
fn lines_carry_no_tenant_of_their_own() {
    let plugin = Metallic::open(&config(json!({}), &[])).unwrap();
    let month = "2023-08".parse().unwrap();
    let mapped = testing::map(&plugin, "metallic-usage-summary", UTILITY.as_bytes(), month).unwrap();
    assert!(mapped.lines.iter().all(|line| line.tenant.is_none() && line.customer.is_none()));
    assert!(mapped.lines.iter().all(|line| line.measure.is_none()), "the vendor names none for this call");
}
