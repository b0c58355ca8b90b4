//! What is asked of the vendor, against a host that answers from a script.

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{Config, Host, Problem, ProblemKind, VendorPlugin};
use ratebook_plugin_acme::Acme;

fn collect(host: &mut ScriptedHost) -> Result<(), Problem> {
    let config = Config {
        source: "test".to_owned(),
        url: Some("https://api.acme.example".to_owned()),
        values: serde_json::Value::Null,
        secrets: vec!["api_token".to_owned()],
    };
    let month = "2026-03".parse().expect("a month");
    Acme::open(&config)?.collect(month, &mut Host::new(host))
}

fn page(next: &str) -> Scripted {
    Scripted::new(200, format!("{{\"items\":[],\"next\":{next}}}"))
}

#[test]
fn every_page_is_asked_for_and_kept() {
    let mut host = ScriptedHost::new([page("\"b\""), page("\"c\""), page("null")]);
    collect(&mut host).unwrap();
    let asked: Vec<String> = host
        .requests
        .iter()
        .map(|request| request.query.iter().map(|(name, value)| format!("{name}={value} ")).collect())
        .collect();
    assert_eq!(asked, ["month=2026-03 ", "month=2026-03 cursor=b ", "month=2026-03 cursor=c "]);
    let kept: Vec<&str> = host.kept.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(kept, ["usage-00001.json", "usage-00002.json", "usage-00003.json"]);
}

#[test]
fn a_page_that_names_itself_ends_the_asking() {
    let mut host = ScriptedHost::new([page("\"b\""), page("\"b\"")]);
    assert_eq!(collect(&mut host).unwrap_err().kind, ProblemKind::Vendor);
}

#[test]
fn no_usage_yet_is_no_empty_month() {
    let mut host = ScriptedHost::new([Scripted::new(404, "")]);
    assert_eq!(collect(&mut host).unwrap_err().kind, ProblemKind::NotYet);
    assert!(host.kept.is_empty());
}

#[test]
fn a_refused_token_is_not_tried_again() {
    let mut host = ScriptedHost::new([Scripted::new(401, "")]);
    assert_eq!(collect(&mut host).unwrap_err().kind, ProblemKind::Auth);
    assert_eq!(host.requests.len(), 1);
}
