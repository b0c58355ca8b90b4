//! What the plugin asks Sophos, against a host that is a script.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{Body, Config, Host, Problem, ProblemKind, VendorPlugin};
use ratebook_plugin_sophos::Sophos;
use serde_json::{Value, json};

const PARTNER: &str = "d31ab2df-7005-4c06-bd7d-2bc8de44be06";

fn config(values: Value) -> Config {
    Config { source: "msp".to_owned(), url: None, values, secrets: vec!["client_secret".to_owned()] }
}

fn collect(values: Value, host: &mut ScriptedHost) -> Result<(), Problem> {
    Sophos::open(&config(values))?.collect("2026-02".parse().unwrap(), &mut Host::new(host))
}

fn with_id() -> Value {
    json!({"client_id": "c1"})
}

fn token(token: &str) -> Scripted {
    Scripted::new(200, json!({"access_token": token, "expires_in": 3600, "token_type": "bearer"}).to_string())
}

fn whoami(id_type: &str) -> Scripted {
    Scripted::new(200, json!({"id": PARTNER, "idType": id_type, "apiHosts": {}}).to_string())
}

fn page(next_key: Option<&str>, total: Option<u64>) -> Scripted {
    let mut pages = json!({"size": 50, "maxSize": 1000});
    if let Some(key) = next_key {
        pages["nextKey"] = key.into();
    }
    if let Some(total) = total {
        pages["total"] = total.into();
    }
    Scripted::new(200, json!({"items": [], "pages": pages}).to_string())
}

fn error(status: u16, error: &str) -> Scripted {
    let body = json!({"error": error, "message": "As it says.", "correlationId": "e1bfb331"});
    Scripted::new(status, body.to_string())
}

/// A host that gave the token and said who it is, and goes on with a script.
fn known(script: impl IntoIterator<Item = Scripted>) -> ScriptedHost {
    ScriptedHost::new([token("t1"), whoami("partner")].into_iter().chain(script))
}

#[test]
fn a_token_then_who_it_is_then_the_month_page_by_page() {
    let mut host = known([page(Some("k+2"), Some(2)), page(None, Some(2))]);
    collect(json!({"client_id": "c1", "page_size": 100}), &mut host).unwrap();
    let [token, whoami, first, second] = &host.requests[..] else { panic!("{:?}", host.requests) };
    assert_eq!(token.url, "https://id.sophos.com/api/v2/oauth2/token");
    let Body::FormWithSecret { fields, field, secret } = &token.body else { panic!("{:?}", token.body) };
    let expected = [("grant_type", "client_credentials"), ("client_id", "c1"), ("scope", "token")];
    assert_eq!(fields, &expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!((field.as_str(), secret.as_str()), ("client_secret", "client_secret"));
    assert_eq!(whoami.url, "https://api.central.sophos.com/whoami/v1");
    for request in [first, second] {
        assert_eq!(request.url, "https://api.central.sophos.com/partner/v1/billing/usage/2026/2");
        assert!(request.headers.contains(&("X-Partner-ID".to_owned(), PARTNER.to_owned())));
        assert_eq!(request.query[..2], [("pageTotal", "true"), ("pageSize", "100")].map(owned));
    }
    assert_eq!((first.query.len(), &second.query[2..]), (2, &[owned(("pageFromKey", "k+2"))][..]));
    let kept: Vec<_> = host.kept.iter().map(|(name, format, _)| (name.as_str(), format.as_str())).collect();
    let format = "sophos-billing-usage";
    assert_eq!(kept, [("billing-usage-0001.json", format), ("billing-usage-0002.json", format)]);
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_404_in_the_vendors_form_means_not_yet() {
    let mut host = known([error(404, "notFound")]);
    let problem = collect(with_id(), &mut host).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::NotYet);
    assert_eq!(problem.message, "Sophos has no billing data for 2026-02");
    assert!(host.kept.is_empty());
}

#[test]
fn a_404_of_something_else_is_not_taken_for_no_data() {
    let problem = collect(with_id(), &mut known([Scripted::new(404, "<html>not here</html>")])).unwrap_err();
    assert_eq!((problem.kind, problem.key.as_deref()), (ProblemKind::Config, Some("url")));
    let later = known([page(Some("k2"), None), error(404, "notFound")]);
    assert_ne!(collect(with_id(), &mut { later }).unwrap_err().kind, ProblemKind::NotYet);
}

#[test]
fn a_month_that_is_not_over_is_not_asked_for() {
    let mut host = known([]);
    host.now = 1_772_323_199;
    assert_eq!(collect(with_id(), &mut host).unwrap_err().kind, ProblemKind::NotYet);
    assert!(host.requests.is_empty());
}

#[test]
fn an_expired_token_is_met_with_one_new_one_for_each_request() {
    let script = [
        error(401, "unauthorized"),
        token("t2"),
        page(Some("k2"), None),
        error(401, "unauthorized"),
        token("t3"),
        page(None, None),
    ];
    let mut host = known(script);
    collect(with_id(), &mut host).unwrap();
    assert_eq!((host.requests.len(), host.kept.len()), (8, 2));
    assert!(format!("{:?}", host.requests[7].auth).contains("t3"));
    let again = known([error(401, "unauthorized"), token("t2"), error(401, "unauthorized")]);
    assert_eq!(collect(with_id(), &mut { again }).unwrap_err().kind, ProblemKind::Auth);
}

#[test]
fn pages_that_run_in_a_ring_or_end_too_soon_are_refused() {
    for (script, words) in [
        (
            vec![page(Some("k2"), None), page(Some("k3"), None), page(Some("k2"), None)],
            "its nextKey came before",
        ),
        (vec![page(Some("k2"), Some(3)), page(None, Some(3))], "has 3 pages, and 2 came"),
        (vec![Scripted::new(200, "<html>sign in</html>")], "an HTML page"),
        (vec![Scripted::new(200, "{\"items\":[]}")], "missing field `pages`"),
    ] {
        let problem = collect(with_id(), &mut known(script)).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data);
        assert!(problem.message.contains(words), "{problem}");
    }
}

#[test]
fn credentials_of_a_customer_are_told_from_a_partners() {
    let mut host = ScriptedHost::new([token("t1"), whoami("tenant")]);
    let problem = collect(with_id(), &mut host).unwrap_err();
    assert_eq!((problem.kind, problem.key.as_deref()), (ProblemKind::Config, Some("client_id")));
    assert!(problem.message.contains("belong to a tenant"), "{problem}");
}

#[test]
fn refused_credentials_are_told_in_the_vendors_words_and_no_token_is_quoted() {
    let refused = json!({"errorCode": "oauth.client_app_does_not_exist", "message": "Not Found"}).to_string();
    let problem = collect(with_id(), &mut ScriptedHost::new([Scripted::new(400, refused)])).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Auth);
    assert!(problem.message.contains("oauth.client_app_does_not_exist"), "{problem}");
    let strange = json!({"accessToken": "canary"}).to_string();
    let problem = collect(with_id(), &mut ScriptedHost::new([Scripted::new(200, strange)])).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Data);
    assert!(!format!("{problem:?}").contains("canary"));
    let forbidden = collect(with_id(), &mut known([error(403, "forbidden")])).unwrap_err();
    assert_eq!(forbidden.kind, ProblemKind::Auth);
    assert!(forbidden.message.contains("forbidden, \"As it says.\" (correlationId e1bfb331)"), "{forbidden}");
    assert_eq!(collect(with_id(), &mut known([error(500, "x")])).unwrap_err().kind, ProblemKind::Vendor);
}

#[test]
fn what_is_missing_in_the_config_is_named() {
    let key = |values, secrets: &[&str]| {
        let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        let config = Config { secrets, ..config(values) };
        let month = "2026-02".parse().unwrap();
        let collected = Sophos::open(&config)
            .and_then(|plugin| plugin.collect(month, &mut Host::new(&mut ScriptedHost::new([]))));
        collected.unwrap_err().key.unwrap()
    };
    assert_eq!(key(with_id(), &[]), "secrets.client_secret");
    assert_eq!(key(json!({}), &["client_secret"]), "client_id");
    assert_eq!(key(json!({"client_id": "c1", "page_size": 0}), &["client_secret"]), "page_size");
    assert_eq!(key(json!({"clientid": "c1"}), &["client_secret"]), "clientid");
}

#[test]
fn a_file_saved_by_hand_is_recognised_by_its_content() {
    let saved = include_bytes!("../fixtures/example/payload.json");
    assert_eq!(Sophos::recognize("any.json", saved), Some("sophos-billing-usage"));
    assert_eq!(Sophos::recognize("billing-usage.json", b"{\"items\":[]}"), None);
    assert_eq!(Sophos::recognize("usage.csv", b"items,billableQuantity,orderLineItemNumber"), None);
}
