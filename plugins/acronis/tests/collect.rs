//! What the plugin asks Acronis, against a host that is a script.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test stops at what it does not expect, and `json!` makes values"
)]

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{Auth, Body, Config, Host, Level, Problem, ProblemKind, VendorPlugin};
use ratebook_plugin_acronis::Acronis;
use serde_json::{Value, json};

const ROOT: &str = "53b471e1-50dd-4557-ae6d-f687946821d4";
const API: &str = "https://eu2-cloud.acronis.com/api/2";
const REPORT: &str = "8b50297b-facb-49b0-9351-5afdf0ab72c0";
const STORED: &str = "74a5971a-8943-4375-99c8-c8604b30bff7";
const CSV: &str = include_str!("../fixtures/month-2026-03/payload.csv");

fn config(values: Value) -> Config {
    let mut all = json!({"tenant_id": ROOT, "client_id": "c-1"});
    for (key, value) in values.as_object().unwrap() {
        all[key] = value.clone();
    }
    let (url, secrets) = ("https://eu2-cloud.acronis.com".to_owned(), vec!["client_secret".to_owned()]);
    Config { source: "eu2".to_owned(), url: Some(url), values: all, secrets }
}

fn run(config: &Config, host: &mut ScriptedHost) -> Result<(), Problem> {
    Acronis::open(config)?.collect("2026-02".parse().unwrap(), &mut Host::new(host))
}

/// Collects with the default config.
fn collect(script: impl IntoIterator<Item = Scripted>) -> (Result<(), Problem>, ScriptedHost) {
    let mut host = ScriptedHost::new(script);
    let result = run(&config(json!({})), &mut host);
    (result, host)
}

fn answer(status: u16, body: Value) -> Scripted {
    Scripted::new(status, body.to_string())
}

fn token() -> Scripted {
    let body =
        json!({"access_token": "t1", "token_type": "bearer", "expires_on": 1_775_007_200, "id_token": "x"});
    answer(200, body)
}

fn parameters(start: &str, end: &str) -> Value {
    json!({"hide_zero_usage": true, "formats": ["csv_v2_0"], "level": "direct_partners", "kind": "usage_summary",
        "tenant_id": ROOT, "show_skus": true, "period": {"end": end, "start": start}})
}

fn february() -> Value {
    parameters("2026-02-01", "2026-02-28")
}

fn report_of(parameters: &Value) -> Scripted {
    answer(
        200,
        json!({"id": REPORT, "version": 1, "recipients": [], "result_action": "save",
        "schedule": {"enabled": true, "type": "once"}, "parameters": parameters, "generation_date": "2026-03-31"}),
    )
}

fn report() -> Scripted {
    report_of(&february())
}

fn items(items: Value) -> Scripted {
    answer(200, json!({"items": items}))
}

fn with_status(status: &str) -> Scripted {
    items(json!([{"report_format": "csv_v2_0", "created_at": "2026-03-04T10:58:53+00:00", "status": status}]))
}

fn saved() -> Scripted {
    items(
        json!([{"id": STORED, "report_format": "csv_v2_0", "created_at": "2026-03-04T10:58:53", "status": "saved",
        "size": 1453}]),
    )
}

fn csv() -> Scripted {
    Scripted { wire_gzip: Some(1453), ..Scripted::new(200, CSV) }
}

fn lost() -> Scripted {
    Scripted { problem: Some(Problem::vendor("the connection was closed")), ..Scripted::default() }
}

fn calls(host: &ScriptedHost) -> Vec<String> {
    let path = |url: &str| url.strip_prefix(API).unwrap_or(url).to_owned();
    host.requests.iter().map(|request| format!("{} {}", request.method, path(&request.url))).collect()
}

fn body(host: &ScriptedHost, at: usize) -> Value {
    let Body::Json(text) = &host.requests[at].body else { panic!("{:?}", host.requests[at].body) };
    serde_json::from_str(text).unwrap()
}

fn created(host: &ScriptedHost) -> usize {
    calls(host).iter().filter(|call| *call == "POST /reports").count()
}

#[test]
fn a_month_is_asked_for_waited_for_and_kept() {
    let (result, host) =
        collect([token(), report(), items(json!([])), with_status("in_progress"), saved(), csv()]);
    result.unwrap();
    let stored = format!("GET /reports/{REPORT}/stored");
    let download = format!("{stored}/{STORED}");
    assert_eq!(calls(&host), ["POST /idp/token", "POST /reports", &stored, &stored, &stored, &download]);
    let (name, format, bytes) = &host.kept[0];
    assert_eq!((name.as_str(), format.as_str()), ("usage-csv_v2_0.csv.gz", "acronis-csv-v2"));
    assert_eq!(bytes, CSV.as_bytes());
    assert_eq!(host.waits, [10_000, 10_000]);
}

#[test]
fn the_report_is_asked_for_exactly_as_the_specification_says() {
    let (_, host) = collect([token(), report(), saved(), csv()]);
    assert_eq!(
        body(&host, 1),
        json!({
            "parameters": {
                "tenant_id": ROOT, "level": "direct_partners", "kind": "usage_summary", "formats": ["csv_v2_0"],
                "period": {"start": "2026-02-01", "end": "2026-02-28"}, "show_skus": true, "hide_zero_usage": true,
            },
            "schedule": {"type": "once"}, "result_action": "save", "recipients": [],
        })
    );
    let Body::Json(text) = &host.requests[1].body else { panic!() };
    assert_eq!(text.matches("\"kind\"").count(), 1);
    assert!(!host.requests[1].repeatable);
    assert!(host.requests.iter().filter(|request| request.method == "GET").all(|request| request.repeatable));
}

#[test]
fn level_format_and_zero_rows_follow_the_config() {
    let values = json!({"level": "all_customers", "format": "json_v2_0", "keep_zero": true});
    let mut parameters = february();
    parameters["formats"] = json!(["json_v2_0"]);
    let stored = json!([
        {"id": "a", "report_format": "csv_v2_0", "status": "saved", "size": 1},
        {"id": "b", "report_format": "json_v2_0", "status": "saved"},
        {"id": "c", "report_format": "pdf_v9", "status": "failed"},
    ]);
    let mut host =
        ScriptedHost::new([token(), report_of(&parameters), items(stored), Scripted::new(200, "{}")]);
    run(&config(values), &mut host).unwrap();
    let sent = body(&host, 1)["parameters"].clone();
    assert_eq!((&sent["level"], &sent["hide_zero_usage"]), (&json!("all_customers"), &json!(false)));
    assert!(calls(&host)[3].ends_with("/stored/b"), "{:?}", calls(&host));
    assert_eq!(
        (host.kept[0].0.as_str(), host.kept[0].1.as_str()),
        ("usage-json_v2_0.json", "acronis-json-v2")
    );
}

#[test]
fn the_client_proves_itself_as_configured() {
    let (_, host) = collect([token(), report(), saved(), csv()]);
    assert!(
        matches!(&host.requests[0].auth, Auth::Basic { user, secret } if user == "c-1" && secret == "client_secret")
    );
    let Body::Form(fields) = &host.requests[0].body else { panic!() };
    assert_eq!(fields[0], ("grant_type".to_owned(), "client_credentials".to_owned()));
    let mut host = ScriptedHost::new([token(), report(), saved(), csv()]);
    run(&config(json!({"auth": "post"})), &mut host).unwrap();
    let Body::FormWithSecret { fields, field, secret } = &host.requests[0].body else { panic!() };
    assert_eq!(fields[1], ("client_id".to_owned(), "c-1".to_owned()));
    assert_eq!((field.as_str(), secret.as_str()), ("client_secret", "client_secret"));
}

#[test]
fn expires_on_is_a_time_not_a_duration() {
    // 20 minutes are left: after 5 of them a new token is asked for, not sooner.
    let short = answer(200, json!({"access_token": "t1", "expires_on": 1_775_000_000 + 1200}));
    let polls = (0..30).map(|_| with_status("in_progress")).collect::<Vec<_>>();
    let script = [short, report()].into_iter().chain(polls).chain([token(), saved(), csv()]);
    let (result, host) = collect(script);
    result.unwrap();
    let tokens: Vec<usize> = calls(&host)
        .iter()
        .enumerate()
        .filter(|(_, call)| *call == "POST /idp/token")
        .map(|(at, _)| at)
        .collect();
    assert_eq!(tokens, [0, 32]);
}

#[test]
fn an_expired_token_costs_one_new_one_and_the_same_request() {
    let renewed = answer(200, json!({"access_token": "t2"}));
    let script = [token(), report(), Scripted::new(401, "{}"), renewed, saved(), csv()];
    let (result, host) = collect(script);
    result.unwrap();
    let calls = calls(&host);
    assert_eq!((calls[2].as_str(), calls[3].as_str()), (calls[4].as_str(), "POST /idp/token"));
    assert!(matches!(&host.requests[4].auth, Auth::BearerToken { token } if token == "t2"));
}

#[test]
fn a_401_after_a_new_token_stops() {
    let denied = || answer(401, json!({"error": {"code": "unauthorized", "message": "No access"}}));
    let (result, host) = collect([token(), report(), denied(), token(), denied()]);
    let problem = result.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Auth);
    assert!(problem.message.contains("401 \"No access, code unauthorized\""), "{problem}");
    assert_eq!(host.requests.len(), 5);
}

#[test]
fn a_refused_client_is_not_tried_again() {
    let refused = json!({"error": "invalid_client", "error_description": "Client authentication failed"});
    let (result, host) = collect([answer(401, refused)]);
    let problem = result.unwrap_err();
    assert_eq!((problem.kind, host.requests.len()), (ProblemKind::Auth, 1));
    assert!(problem.message.contains("Client authentication failed, code invalid_client"), "{problem}");
    assert!(host.notes.is_empty());
}

#[test]
fn a_read_only_client_is_told_its_missing_role() {
    let (result, _) =
        collect([token(), answer(403, json!({"error": {"code": 1002, "message": "Access denied"}}))]);
    let problem = result.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Auth);
    assert!(problem.advice.unwrap().contains("partner_admin"));
}

#[test]
fn a_report_for_another_period_is_refused() {
    // A period beside `parameters` is ignored by Acronis, and the month to date reported.
    let (result, host) = collect([token(), report_of(&parameters("2026-03-01", "2026-03-30"))]);
    let problem = result.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Data);
    let both = "asked for 2026-02-01..2026-02-28, the report 8b50297b-facb-49b0-9351-5afdf0ab72c0 is for \
                2026-03-01..2026-03-30";
    assert_eq!(problem.message, both);
    assert!(host.notes.is_empty() && host.kept.is_empty());
    let (result, _) = collect([token(), report_of(&json!({"kind": "usage_summary"}))]);
    assert!(result.unwrap_err().message.contains("does not say its period"));
}

#[test]
fn generation_date_may_stand_anywhere_or_nowhere() {
    let mut inside = february();
    inside["period"]["generation_date"] = json!("2026-03-31");
    let bare = answer(200, json!({"id": REPORT, "parameters": inside}));
    let (result, _) = collect([token(), bare, saved(), csv()]);
    result.unwrap();
}

#[test]
fn the_report_is_noted_before_it_is_made_and_before_polling() {
    let (_, host) = collect([token()]);
    let note: Value = serde_json::from_str(&host.notes["report"]).unwrap();
    assert_eq!((&note["id"], &note["parameters"]["period"]["start"]), (&json!(null), &json!("2026-02-01")));
    let (_, host) = collect([token(), report()]);
    let note: Value = serde_json::from_str(&host.notes["report"]).unwrap();
    assert_eq!(note["id"], REPORT);
}

#[test]
fn a_killed_run_goes_on_with_its_report() {
    let (_, first) = collect([token(), report(), with_status("in_progress")]);
    let mut host = ScriptedHost::new([token(), report(), saved(), csv()]);
    host.notes = first.notes;
    run(&config(json!({})), &mut host).unwrap();
    assert_eq!(created(&host), 0);
    assert_eq!(calls(&host)[1], format!("GET /reports/{REPORT}"));
    assert_eq!(host.kept.len(), 1);
}

#[test]
fn a_noted_report_of_another_period_is_refused_too() {
    let (_, first) = collect([token(), report()]);
    let mut host = ScriptedHost::new([token(), report_of(&parameters("2026-03-01", "2026-03-30"))]);
    host.notes = first.notes;
    assert_eq!(run(&config(json!({})), &mut host).unwrap_err().kind, ProblemKind::Data);
    assert!(host.notes.is_empty(), "the next run is free");
}

#[test]
fn a_run_killed_before_the_id_arrived_adopts_the_report() {
    let (_, first) = collect([token()]);
    let mine = json!({"id": REPORT, "parameters": february(), "generation_date": "2026-03-31"});
    let mut other = mine.clone();
    other["id"] = json!("older");
    other["generation_date"] = json!("2026-03-30");
    let mut foreign = mine.clone();
    foreign["id"] = json!("foreign");
    foreign["parameters"]["level"] = json!("accounts");
    let scheduled = json!({"id": "s", "parameters": {"kind": "usage_current", "formats": ["csv"]}});
    let list = items(json!([scheduled, mine, other, foreign, "what is this"]));
    let mut host = ScriptedHost::new([token(), list, saved(), csv()]);
    host.notes = first.notes;
    run(&config(json!({})), &mut host).unwrap();
    assert_eq!(created(&host), 0);
    assert_eq!(calls(&host)[1], format!("GET /tenants/{ROOT}/reports"));
    assert!(calls(&host)[3].contains(REPORT));
}

#[test]
fn a_run_killed_before_the_report_was_made_makes_it() {
    let (_, first) = collect([token()]);
    let mut host = ScriptedHost::new([token(), items(json!([])), report(), saved(), csv()]);
    host.notes = first.notes;
    run(&config(json!({})), &mut host).unwrap();
    assert_eq!(created(&host), 1);
}

#[test]
fn a_lost_answer_is_looked_up_and_the_report_adopted() {
    let list = || items(json!([{"id": REPORT, "parameters": february()}]));
    let damaged = Scripted { problem: Some(Problem::data("not a gzip stream")), ..Scripted::default() };
    for answer in [lost(), damaged, Scripted::new(504, ""), Scripted::new(200, "{\"id\": \"8b5")] {
        let (result, host) = collect([token(), answer, list(), saved(), csv()]);
        result.unwrap();
        assert_eq!(created(&host), 1);
        assert_eq!(host.kept.len(), 1);
    }
}

#[test]
fn a_lost_request_is_sent_once_more_and_never_a_third_time() {
    let (result, host) = collect([token(), lost(), items(json!([])), report(), saved(), csv()]);
    result.unwrap();
    assert_eq!(created(&host), 2);
    let none = || items(json!([]));
    let (result, host) = collect([token(), lost(), none(), lost(), none()]);
    assert_eq!(result.unwrap_err().kind, ProblemKind::Vendor);
    assert_eq!(created(&host), 2);
    // The answer said that one was made: another must not be.
    let (result, host) = collect([token(), Scripted::new(200, "{"), none()]);
    assert_eq!((result.unwrap_err().kind, created(&host)), (ProblemKind::Data, 1));
}

#[test]
fn usage_that_is_not_ready_is_not_a_bad_request() {
    for (status, words) in [
        (400, "Usage history is not ready and shouldn't be ready yet"),
        (500, "Usage history is not ready but should be available already"),
    ] {
        let (result, _) =
            collect([token(), answer(status, json!({"error": {"code": 1000, "message": words}}))]);
        let problem = result.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::NotYet);
        assert!(problem.message.contains(words), "{problem}");
    }
}

#[test]
fn a_month_that_is_not_over_is_not_asked_for() {
    let mut host = ScriptedHost::new([token()]);
    host.now = 1_772_323_199;
    assert_eq!(run(&config(json!({})), &mut host).unwrap_err().kind, ProblemKind::NotYet);
    assert!(host.requests.is_empty());
}

#[test]
fn a_failed_report_stops_however_it_is_spelt() {
    for word in ["failed", "faild", "Failed", "error"] {
        let (result, host) = collect([token(), report(), with_status(word)]);
        let problem = result.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Vendor);
        assert!(problem.message.contains(word), "{problem}");
        assert!(problem.advice.unwrap().contains("new_report_after_failure"));
        assert_eq!(created(&host), 1);
    }
}

#[test]
fn a_failed_report_is_replaced_once_if_the_config_says_so() {
    let config = config(json!({"new_report_after_failure": true}));
    let second = answer(200, json!({"id": "second", "parameters": february()}));
    let script = [token(), report(), with_status("failed"), second, saved(), csv()];
    let mut host = ScriptedHost::new(script);
    run(&config, &mut host).unwrap();
    assert_eq!((created(&host), host.kept.len()), (2, 1));
    assert_eq!(host.notes["failed-reports"], REPORT);
    let second = answer(200, json!({"id": "second", "parameters": february()}));
    let mut host =
        ScriptedHost::new([token(), report(), with_status("failed"), second, with_status("failed")]);
    assert_eq!(run(&config, &mut host).unwrap_err().kind, ProblemKind::Vendor);
    assert_eq!(created(&host), 2);
}

#[test]
fn an_unknown_status_is_waited_for_and_then_quoted() {
    let polls = (0..=180).map(|_| with_status("queued_again"));
    let (result, host) = collect([token(), report()].into_iter().chain(polls));
    let problem = result.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Vendor);
    assert!(problem.message.contains("after 1800 s: the status is \"queued_again\""), "{problem}");
    assert!(host.notes.contains_key("report"), "the next run goes on with it");
}

#[test]
fn saved_without_an_id_is_waited_for() {
    let (result, host) = collect([token(), report(), with_status("saved"), saved(), csv()]);
    result.unwrap();
    assert_eq!(host.waits.len(), 1);
}

#[test]
fn an_empty_list_is_pending_for_a_grace_time() {
    let polls = (0..=30).map(|_| items(json!([])));
    let (result, _) = collect([token(), report()].into_iter().chain(polls));
    assert!(result.unwrap_err().message.contains("after 300 s: the list is empty"));
    let other = || items(json!([{"report_format": "csv", "status": "saved", "id": "x"}]));
    let (result, _) = collect([token(), report()].into_iter().chain((0..=30).map(|_| other())));
    assert!(result.unwrap_err().message.contains("the list has only csv"));
}

#[test]
fn the_last_saved_report_of_the_format_is_taken() {
    let list = items(json!([
        {"report_format": "json_v2_0", "status": "saved", "id": "j"},
        {"report_format": "csv_v2_0", "status": "saved", "id": "c1"},
        {"report_format": "csv_v2_0", "status": "saved", "id": "c2", "size": "1453"},
        {"report_format": "csv_v2_0", "status": "in_progress"},
    ]));
    let (result, host) = collect([token(), report(), list, csv()]);
    result.unwrap();
    assert!(calls(&host)[3].ends_with("/stored/c2"));
}

#[test]
fn a_stored_report_that_is_gone_is_listed_once_more() {
    let gone = || answer(404, json!({"error": {"code": "not_found", "message": "Not found"}}));
    let (result, host) = collect([token(), report(), saved(), gone(), saved(), csv()]);
    result.unwrap();
    assert_eq!(host.kept.len(), 1);
    let (result, host) = collect([token(), report(), saved(), gone(), saved(), gone()]);
    assert!(result.unwrap_err().message.contains("404 \"Not found, code not_found\""));
    assert_eq!(host.requests.len(), 6);
}

#[test]
fn the_size_is_that_of_the_compressed_bytes() {
    let cut = || Scripted { wire_gzip: Some(1400), ..Scripted::new(200, CSV) };
    let (result, host) = collect([token(), report(), saved(), cut(), csv()]);
    result.unwrap();
    assert_eq!(host.kept.len(), 1);
    let (result, host) = collect([token(), report(), saved(), cut(), cut()]);
    let problem = result.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Data);
    assert!(problem.message.contains("has 1453 bytes, 1400 came; downloaded twice"), "{problem}");
    assert!(host.kept.is_empty());
    // A body that came plain cannot be compared.
    let (result, host) = collect([token(), report(), saved(), Scripted::new(200, CSV)]);
    result.unwrap();
    assert_eq!(host.kept[0].0, "usage-csv_v2_0.csv");
}

#[test]
fn a_page_or_nothing_in_place_of_the_report_is_not_kept() {
    for (body, what) in
        [("<html>", "an HTML page"), ("", "an empty body"), ("{\"error\":1}", "\"{\\\"error\\\":1}\"")]
    {
        let page = || Scripted { wire_gzip: Some(1453), ..Scripted::new(200, body) };
        let (result, host) = collect([token(), report(), saved(), page(), page()]);
        let problem = result.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data);
        assert!(problem.message.contains(what), "{problem}");
        assert!(host.kept.is_empty());
    }
}

#[test]
fn another_config_makes_another_report() {
    let (_, first) = collect([token(), report()]);
    let mut other = february();
    other["level"] = json!("all_customers");
    let mut host = ScriptedHost::new([token(), report_of(&other), saved(), csv()]);
    host.notes = first.notes;
    run(&config(json!({"level": "all_customers"})), &mut host).unwrap();
    assert_eq!(created(&host), 1);
}

#[test]
fn a_root_that_is_not_configured_is_named_and_nothing_else_done() {
    let client = answer(200, json!({"client_id": "c-1", "tenant_id": ROOT, "type": "api_client"}));
    let mut config = config(json!({}));
    config.values = json!({"client_id": "c-1"});
    let mut host = ScriptedHost::new([token(), client]);
    let problem = run(&config, &mut host).unwrap_err();
    assert_eq!((problem.kind, problem.key.as_deref()), (ProblemKind::Config, Some("tenant_id")));
    assert!(problem.advice.unwrap().contains(&format!("tenant_id = \"{ROOT}\"")));
    assert_eq!(calls(&host), ["POST /idp/token", "GET /clients/c-1"]);
}

#[test]
fn the_documented_base_address_is_taken_too() {
    let mut config = config(json!({}));
    config.url = Some(API.to_owned());
    let mut host = ScriptedHost::new([token(), report(), saved(), csv()]);
    run(&config, &mut host).unwrap();
    assert_eq!(host.requests[0].url, format!("{API}/idp/token"));
    assert!(host.log.iter().all(|(level, _)| *level != Level::Warning));
}
