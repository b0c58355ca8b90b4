//! The mock vendors keep to their documents, and their mishaps are real ones on the wire.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use ratebook_tests::gzip::gunzip;
use ratebook_tests::message::{Answer, Delivery};
use ratebook_tests::mishap::Mishap;
use ratebook_tests::server::{Server, Vendor};
use ratebook_tests::vendors::acronis::{self, Acronis, CLIENT_ID, CLIENT_SECRET, ROOT_TENANT};
use ratebook_tests::vendors::metallic::{self, Metallic};
use serde_json::{Value, json};

/// Sends a request and brings status, head and body, as far as they came.
fn ask<V: Vendor>(
    server: &Server<V>,
    request: &str,
    auth: &str,
    body: &str,
) -> std::io::Result<(u16, String, Vec<u8>)> {
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://"))?;
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: mock\r\nAuthorization: {auth}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok((0, String::new(), bytes));
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok((status, head, bytes[end + 4..].to_vec()))
}

fn json_of(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

fn token(server: &Server<Acronis>) -> String {
    let form = format!("grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}");
    let (status, _, body) = ask(server, "POST /api/2/idp/token", "", &form).unwrap();
    assert_eq!(status, 200);
    format!("Bearer {}", json_of(&body)["access_token"].as_str().unwrap())
}

fn wish() -> String {
    json!({
        "recipients": [], "result_action": "save", "schedule": {"type": "once"},
        "parameters": {"tenant_id": ROOT_TENANT, "level": "all_customers", "kind": "usage_summary",
                       "formats": ["csv_v2_0"], "period": {"start": "2026-03-01", "end": "2026-03-31"}},
    })
    .to_string()
}

#[test]
fn acronis_makes_a_report_that_is_polled_and_downloaded() {
    let server = Server::start(Acronis { polls: 2, ..Acronis::new("application.id,sku\n") });
    let bearer = token(&server);
    let (status, _, client) = ask(&server, &format!("GET /api/2/clients/{CLIENT_ID}"), &bearer, "").unwrap();
    assert_eq!((status, json_of(&client)["tenant_id"].as_str()), (200, Some(ROOT_TENANT)));

    let (status, _, report) = ask(&server, "POST /api/2/reports", &bearer, &wish()).unwrap();
    assert_eq!(status, 200);
    let id = json_of(&report)["id"].as_str().unwrap().to_owned();
    let states: Vec<Value> = (0..3)
        .map(|_| ask(&server, &format!("GET /api/2/reports/{id}/stored"), &bearer, "").unwrap().2)
        .map(|body| json_of(&body)["items"][0].clone())
        .collect();
    assert_eq!(states[0]["status"], "in_progress");
    assert_eq!(states[1]["id"], Value::Null);
    assert_eq!(states[2]["status"], "saved");

    let stored = states[2]["id"].as_str().unwrap();
    let path = format!("GET /api/2/reports/{id}/stored/{stored}");
    let (status, head, body) = ask(&server, &path, &bearer, "").unwrap();
    assert_eq!(status, 200);
    assert!(head.contains("Content-Encoding: gzip"), "{head}");
    assert_eq!(states[2]["size"], body.len());
    assert_eq!(gunzip(&body).unwrap(), b"application.id,sku\n");
    assert_eq!(server.vendor().reports.len(), 1);
}

#[test]
fn acronis_refuses_wrong_credentials_and_expired_tokens() {
    let server = Server::start(Acronis { first_token_uses: Some(1), ..Acronis::new("") });
    let form = "grant_type=client_credentials";
    let (status, _, body) = ask(&server, "POST /api/2/idp/token", "Basic bm86bm8=", form).unwrap();
    assert_eq!((status, json_of(&body)["error"].as_str()), (401, Some("invalid_client")));

    let first = token(&server);
    let client = format!("GET /api/2/clients/{CLIENT_ID}");
    let statuses: Vec<u16> = (0..2).map(|_| ask(&server, &client, &first, "").unwrap().0).collect();
    assert_eq!(statuses, [200, 401], "the first token is good for one request");
    assert_eq!(ask(&server, &client, &token(&server), "").unwrap().0, 200);
}

#[test]
fn acronis_is_not_ready_in_the_small_hours_and_reports_what_it_likes() {
    let period = Some(("2021-10-01".to_owned(), "2021-10-24".to_owned()));
    let server = Server::start(Acronis { not_ready: 1, period, ..Acronis::new("") });
    let bearer = token(&server);
    let (status, _, body) = ask(&server, "POST /api/2/reports", &bearer, &wish()).unwrap();
    assert_eq!(status, 400);
    assert!(json_of(&body)["error"]["message"].as_str().unwrap().contains("not ready"));
    let (_, _, body) = ask(&server, "POST /api/2/reports", &bearer, &wish()).unwrap();
    assert_eq!(json_of(&body)["parameters"]["period"]["end"], "2021-10-24");
    let list = format!("GET /api/2/tenants/{ROOT_TENANT}/reports");
    let (_, _, body) = ask(&server, &list, &bearer, "").unwrap();
    assert_eq!(json_of(&body)["items"].as_array().unwrap().len(), 1, "the refused wish made no report");
}

#[test]
fn acronis_never_hands_over_the_wrong_format_as_the_right_one() {
    let formats = vec!["json_v9".to_owned(), "csv_v2_0".to_owned()];
    let acronis = Acronis {
        formats,
        polls: 0,
        packing: acronis::Packing::Bare,
        endings: vec![acronis::Ending::Status("faild".to_owned())],
        ..Acronis::new("right")
    };
    let server = Server::start(acronis);
    let bearer = token(&server);
    for expected in ["faild", "saved"] {
        let (_, _, report) = ask(&server, "POST /api/2/reports", &bearer, &wish()).unwrap();
        let id = json_of(&report)["id"].as_str().unwrap().to_owned();
        let list = format!("GET /api/2/reports/{id}/stored");
        let items = json_of(&ask(&server, &list, &bearer, "").unwrap().2)["items"].clone();
        assert_eq!(items[1]["status"], expected);
        let Some(stored) = items[1]["id"].as_str() else { continue };
        let (_, head, body) = ask(&server, &format!("{list}/{stored}"), &bearer, "").unwrap();
        assert!(!head.contains("Content-Encoding"), "{head}");
        assert_eq!(gunzip(&body).unwrap(), b"right");
    }
}

#[test]
fn metallic_answers_the_month_asked_for_and_the_current_one_otherwise() {
    let server = Server::start(Metallic::new("2026-03-01", metallic::summary_of("2026-03-01", "25")));
    let bearer = format!("Bearer {}", metallic::TOKEN);
    let summary = "GET /api/v1/partner/usage/summary";
    let month_of = |body: &[u8]| json_of(body)["data"][0]["usageMonth"].clone();

    let asked = ask(&server, &format!("{summary}?usageMonth=2026-03-01"), &bearer, "").unwrap();
    assert_eq!(month_of(&asked.2), "2026-03-01");
    assert_eq!(month_of(&ask(&server, summary, &bearer, "").unwrap().2), "2026-11-01");
    let empty = ask(&server, &format!("{summary}?usageMonth=2026-02-01"), &bearer, "").unwrap();
    assert_eq!(json_of(&empty.2), json!({"data": []}));
    assert_eq!(ask(&server, &format!("{summary}?usageMonth=March"), &bearer, "").unwrap().0, 400);
    assert_eq!(ask(&server, summary, "Bearer old", "").unwrap().0, 401);

    server.vendor().left_this_hour = Some(0);
    let (status, head, _) = ask(&server, summary, &bearer, "").unwrap();
    assert!(status == 429 && head.contains("X-RateLimit-Period"), "{head}");
    assert_eq!(ask(&server, summary, &bearer, "").unwrap().0, 200);
}

#[test]
fn metallic_renews_the_newest_pair_of_tokens_only() {
    let server = Server::start(Metallic { is_expired: true, ..Metallic::new("2026-03-01", "{}") });
    let bearer = format!("Bearer {}", metallic::TOKEN);
    let summary = "GET /api/v1/partner/usage/summary?usageMonth=2026-03-01";
    assert_eq!(ask(&server, summary, &bearer, "").unwrap().0, 401);
    let pair = json!({"accessToken": metallic::TOKEN, "refreshToken": metallic::REFRESH_TOKEN}).to_string();
    let renew = "POST /webconsole/api/V4/AccessToken/Renew";
    let (status, _, body) = ask(&server, renew, &bearer, &pair).unwrap();
    assert_eq!(status, 200);
    let renewed = format!("Bearer {}", json_of(&body)["accessToken"].as_str().unwrap());
    assert_eq!(ask(&server, summary, &renewed, "").unwrap().0, 200);
    assert_eq!(ask(&server, summary, &bearer, "").unwrap().0, 401, "the old token is gone");
    assert_eq!(ask(&server, renew, &bearer, &pair).unwrap().0, 403);
    assert_eq!(server.vendor().refresh_token, "", "an old pair ends all renewing");
}

#[test]
fn mishaps_are_real_on_the_wire() {
    let server = Server::start(Metallic::new("2026-03-01", metallic::summary_of("2026-03-01", "25")));
    let on = "GET /api/v1/partner/usage/summary";
    let bearer = format!("Bearer {}", metallic::TOKEN);
    let asks = || ask(&server, &format!("{on}?usageMonth=2026-03-01"), &bearer, "");
    let whole = asks().unwrap().2;

    let deliveries = [Delivery::CutAfter(40), Delivery::ChunkedCutAfter(40), Delivery::Chunked];
    for delivery in deliveries {
        server.mishap(Mishap::delivered(on, delivery));
    }
    assert_eq!(asks().unwrap().2, whole[..40]);
    let cut = asks().unwrap();
    assert!(cut.1.contains("chunked") && !cut.2.ends_with(b"0\r\n\r\n"));
    assert!(asks().unwrap().2.ends_with(b"0\r\n\r\n"));

    server.mishap(Mishap::delivered(on, Delivery::Lost));
    assert_eq!(asks().unwrap().2, b"", "closed before the first byte");
    for delivery in [Delivery::Reset, Delivery::ResetAfter(40)] {
        server.mishap(Mishap::delivered(on, delivery));
        assert_eq!(asks().unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
    server.mishap(Mishap::instead(on, Answer::html()).times(2));
    assert!(asks().unwrap().2.starts_with(b"<!DOCTYPE html>"));
    server.mishap(Mishap::instead(on, Answer::json(503, &json!({}))));
    let statuses: Vec<u16> = (0..3).map(|_| asks().unwrap().0).collect();
    assert_eq!(statuses, [200, 503, 200], "the second page, the refusal, and then all is well");
    assert_eq!(server.count("GET", "/api/v1/partner/"), 11);
}
