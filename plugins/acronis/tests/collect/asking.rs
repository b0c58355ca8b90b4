//! Proving who we are, and asking for the report.

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{Auth, Body, ProblemKind};
use serde_json::json;

use crate::support::*;

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
