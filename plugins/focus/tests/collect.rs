//! What the plugin asks, against a host that is a script; configurations; what a file is.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{Auth, Config, Host, Problem, ProblemKind, VendorPlugin};
use ratebook_plugin_focus::Focus;
use serde_json::{Value, json};

fn config(values: &Value) -> Config {
    Config {
        source: "aws".to_owned(),
        url: Some("https://exports.example".to_owned()),
        values: values.clone(),
        secrets: vec!["token".to_owned()],
    }
}

fn collect(values: &Value, answers: Vec<Scripted>) -> (ScriptedHost, Result<(), Problem>) {
    let mut host = ScriptedHost::new(answers);
    let plugin = Focus::open(&config(values)).unwrap();
    let result = plugin.collect("2026-03".parse().unwrap(), &mut Host::new(&mut host));
    (host, result)
}

#[test]
fn each_file_of_the_month_is_asked_for_and_kept() {
    let values = json!({"paths": ["/BILLING_PERIOD={month}/part-1.csv.gz", "/{month}/part-2.parquet"], "auth": "bearer"});
    let (host, result) = collect(&values, vec![Scripted::new(200, "a"), Scripted::new(200, "PAR1")]);
    result.unwrap();
    let asked: Vec<&str> = host.requests.iter().map(|request| request.url.as_str()).collect();
    assert_eq!(
        asked,
        [
            "https://exports.example/BILLING_PERIOD=2026-03/part-1.csv.gz",
            "https://exports.example/2026-03/part-2.parquet"
        ]
    );
    assert!(matches!(&host.requests[0].auth, Auth::BearerSecret { secret } if secret == "token"));
    let kept: Vec<(&str, &str)> =
        host.kept.iter().map(|(name, format, _)| (name.as_str(), format.as_str())).collect();
    assert_eq!(kept, [("01.csv", "focus-csv"), ("02.parquet", "focus-parquet")]);
}

#[test]
fn what_is_refused_is_told_and_not_kept() {
    for (status, kind) in [(403, ProblemKind::Auth), (404, ProblemKind::NotYet), (302, ProblemKind::Vendor)] {
        let (host, result) = collect(&json!({"paths": ["/{month}.csv"]}), vec![Scripted::new(status, "no")]);
        let problem = result.unwrap_err();
        assert_eq!(problem.kind, kind, "{problem}");
        assert!(problem.message.starts_with(&format!("/2026-03.csv answered {status}: ")), "{problem}");
        assert!(host.kept.is_empty());
    }
}

#[test]
fn without_an_address_files_come_by_import() {
    let (_, result) = collect(&json!({}), Vec::new());
    let problem = result.unwrap_err();
    assert_eq!((problem.kind, problem.key.as_deref()), (ProblemKind::Config, Some("paths")));
    assert!(problem.advice.unwrap().contains("ratebook import"));
}

#[test]
fn everything_that_is_wrong_with_a_configuration_is_told_at_once() {
    let values = json!({
        "tenant": [], "tenant_tag": "", "sku": ["SKU"], "cost": "Cost", "quantity": "consumed",
        "unit_price": ["ListUnitPrice"], "paths": ["part.csv"], "auth": "bearer",
    });
    let config = Config { secrets: Vec::new(), ..config(&values) };
    let Err(problem) = Focus::open(&config) else { panic!("{values} is wrong") };
    assert_eq!(problem.kind, ProblemKind::Config);
    let keys = ["cost", "tenant_tag", "unit_price", "tenant", "sku", "paths", "paths", "auth"];
    let told: Vec<&str> =
        problem.message.lines().skip(1).map(|line| line.split_once(": ").unwrap().0).collect();
    assert_eq!(told, keys, "{problem}");
}

#[test]
fn one_wrong_key_is_told_with_its_name() {
    for (values, key) in [
        (json!({"sku": ["sku_id"]}), "sku"),
        (json!({"floatz": "refuse"}), "floatz"),
        (json!({"paths": ["/march.csv"]}), "paths"),
    ] {
        let Err(problem) = Focus::open(&config(&values)) else { panic!("{values} is wrong") };
        assert_eq!(problem.key.as_deref(), Some(key), "{problem}");
    }
}

#[test]
fn the_schema_has_every_key_with_its_default() {
    let schema: Value = serde_json::from_str(&Focus::about().config_schema).unwrap();
    let mut usual = serde_json::Map::new();
    for (key, value) in schema["properties"].as_object().unwrap() {
        assert!(value["description"].as_str().is_some_and(|text| text.len() > 20), "{key}");
        usual.extend(value.get("default").map(|default| (key.clone(), default.clone())));
    }
    assert_eq!(
        usual.len(),
        schema["properties"].as_object().unwrap().len() - 2,
        "tenant_tag and paths have none"
    );
    // All of them open together as they are.
    Focus::open(&config(&Value::Object(usual))).unwrap();
}

#[test]
fn a_file_is_known_by_what_is_in_it() {
    let known = |head: &[u8]| Focus::recognize("usage.txt", head);
    assert_eq!(known(b"PAR1\x15\x04"), Some("focus-parquet"));
    let header = "\u{feff}\"BilledCost\",chargecategory, BillingPeriodStart \r\n1,2,3";
    assert_eq!(known(header.as_bytes()), Some("focus-csv"));
    assert_eq!(known(b"BilledCost,ChargeCategory\nBillingPeriodStart"), None);
    assert_eq!(known(b"date,cost\n"), None);
    assert_eq!(known(b""), None);
}
