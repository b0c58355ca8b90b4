//! Waiting for the report, adopting it after a crash, downloading it.

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{Level, Problem, ProblemKind};
use serde_json::{Value, json};

use crate::support::*;

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
