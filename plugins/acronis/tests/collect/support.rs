//! A host that is a script, and Acronis' answers.

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{Body, Config, Host, Problem, VendorPlugin};
use ratebook_plugin_acronis::Acronis;
use serde_json::{Value, json};

pub(crate) const ROOT: &str = "53b471e1-50dd-4557-ae6d-f687946821d4";
pub(crate) const API: &str = "https://eu2-cloud.acronis.com/api/2";
pub(crate) const REPORT: &str = "8b50297b-facb-49b0-9351-5afdf0ab72c0";
pub(crate) const STORED: &str = "74a5971a-8943-4375-99c8-c8604b30bff7";
pub(crate) const CSV: &str = include_str!("../../fixtures/month-2026-03/payload.csv");

/// The report alone: what is looked up beside it has tests of its own.
pub(crate) fn config(values: Value) -> Config {
    let mut all = json!({"tenant_id": ROOT, "client_id": "c-1", "tenants": false, "prices": "off"});
    for (key, value) in values.as_object().unwrap() {
        all[key] = value.clone();
    }
    let (url, secrets) = ("https://eu2-cloud.acronis.com".to_owned(), vec!["client_secret".to_owned()]);
    Config { source: "eu2".to_owned(), url: Some(url), values: all, secrets }
}

pub(crate) fn run(config: &Config, host: &mut ScriptedHost) -> Result<(), Problem> {
    Acronis::open(config)?.collect("2026-02".parse().unwrap(), &mut Host::new(host))
}

/// Collects with the default config.
pub(crate) fn collect(script: impl IntoIterator<Item = Scripted>) -> (Result<(), Problem>, ScriptedHost) {
    let mut host = ScriptedHost::new(script);
    let result = run(&config(json!({})), &mut host);
    (result, host)
}

pub(crate) fn answer(status: u16, body: Value) -> Scripted {
    Scripted::new(status, body.to_string())
}

pub(crate) fn token() -> Scripted {
    let body =
        json!({"access_token": "t1", "token_type": "bearer", "expires_on": 1_775_007_200, "id_token": "x"});
    answer(200, body)
}

pub(crate) fn parameters(start: &str, end: &str) -> Value {
    json!({"hide_zero_usage": true, "formats": ["csv_v2_0"], "level": "direct_partners", "kind": "usage_summary",
        "tenant_id": ROOT, "show_skus": true, "period": {"end": end, "start": start}})
}

pub(crate) fn february() -> Value {
    parameters("2026-02-01", "2026-02-28")
}

pub(crate) fn report_of(parameters: &Value) -> Scripted {
    answer(
        200,
        json!({"id": REPORT, "version": 1, "recipients": [], "result_action": "save",
        "schedule": {"enabled": true, "type": "once"}, "parameters": parameters, "generation_date": "2026-03-31"}),
    )
}

pub(crate) fn report() -> Scripted {
    report_of(&february())
}

pub(crate) fn items(items: Value) -> Scripted {
    answer(200, json!({"items": items}))
}

pub(crate) fn with_status(status: &str) -> Scripted {
    items(json!([{"report_format": "csv_v2_0", "created_at": "2026-03-04T10:58:53+00:00", "status": status}]))
}

pub(crate) fn saved() -> Scripted {
    items(
        json!([{"id": STORED, "report_format": "csv_v2_0", "created_at": "2026-03-04T10:58:53", "status": "saved",
        "size": 1453}]),
    )
}

pub(crate) fn csv() -> Scripted {
    Scripted { wire_gzip: Some(1453), ..Scripted::new(200, CSV) }
}

pub(crate) fn lost() -> Scripted {
    Scripted { problem: Some(Problem::vendor("the connection was closed")), ..Scripted::default() }
}

pub(crate) fn calls(host: &ScriptedHost) -> Vec<String> {
    let path = |url: &str| url.strip_prefix(API).unwrap_or(url).to_owned();
    host.requests.iter().map(|request| format!("{} {}", request.method, path(&request.url))).collect()
}

pub(crate) fn body(host: &ScriptedHost, at: usize) -> Value {
    let Body::Json(text) = &host.requests[at].body else { panic!("{:?}", host.requests[at].body) };
    serde_json::from_str(text).unwrap()
}

pub(crate) fn created(host: &ScriptedHost) -> usize {
    calls(host).iter().filter(|call| *call == "POST /reports").count()
}
