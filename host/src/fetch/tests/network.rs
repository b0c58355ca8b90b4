//! Trouble on the way to the vendor and back.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ratebook_plugin::ProblemKind;
use ratebook_plugin::call::{Call, HostServices};

use super::{Play, Rig, Vendor, body, send};

pub(super) const GOOD: &[u8] = b"{\"rows\":[1,2,3]}";

pub(super) fn ok() -> Play {
    Play::ok(GOOD)
}

pub(super) fn raw(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

#[test]
fn n1_too_many_requests_are_waited_for_as_the_vendor_says() {
    for header in ["Retry-After: 1\r\n", "X-RateLimit-Period: 1\r\n"] {
        let rig = Rig::new([Play::answer(429, header, b"slow down"), ok()]);
        let begun = Instant::now();
        assert_eq!(rig.fetch().unwrap(), (200, GOOD.to_vec()));
        // The wait itself is what is asked for here: less than a second would be too soon.
        assert!(begun.elapsed() >= Duration::from_secs(1), "{header}");
    }
}

#[test]
fn n1_a_wait_that_makes_no_sense_is_replaced_by_our_own_pause() {
    for header in [
        "",
        "Retry-After: soon\r\n",
        "Retry-After: -5\r\n",
        "Retry-After: 0\r\n",
        "X-RateLimit-Period: hour\r\n",
    ] {
        let rig = Rig::new([Play::answer(429, header, b""), Play::answer(503, header, b""), ok()]);
        assert_eq!(rig.fetch().unwrap(), (200, GOOD.to_vec()), "{header}");
        assert_eq!(rig.log()[0]["tries"], 3);
    }
}

#[test]
fn n1_a_wait_over_the_cap_stops_and_says_when_to_come_back() {
    for header in
        ["Retry-After: 3600\r\n", "Retry-After: 946080000\r\n", "Retry-After: 99999999999999999999999\r\n"]
    {
        let rig = Rig::new([Play::answer(429, header, b""), ok()]);
        let problem = rig.fetch().unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Vendor);
        assert!(problem.message.contains("429 and asks to come back in"), "{problem}");
        assert_eq!(rig.vendor.asked().len(), 1);
    }
    // The unit of this one is not known: the cap is all that is waited, and then it is asked again.
    let mut rig = Rig::new([Play::answer(429, "X-RateLimit-Period: 3600\r\n", b""), ok()]);
    rig.http.retry_after_cap = Duration::from_millis(5);
    assert_eq!(rig.fetch().unwrap().0, 200);
}

#[test]
fn n1_too_many_requests_are_repeated_for_a_post_too() {
    let rig = Rig::new([Play::answer(429, "", b""), Play::answer(201, "", b"made")]);
    let answer = send(&mut rig.start().unwrap(), rig.post("/reports")).unwrap();
    assert_eq!(answer.status, 201);
    let asked = rig.vendor.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|request| request.ends_with("a=b")), "{asked:?}");
}

#[test]
fn n2_a_burst_of_server_errors_is_outlasted() {
    let plays = [500, 502, 503, 504].map(|status| Play::answer(status, "", b"down"));
    let rig = Rig::new(plays.into_iter().chain([ok()]));
    assert_eq!(rig.fetch().unwrap(), (200, GOOD.to_vec()));
    assert_eq!(rig.log()[0]["tries"], 5);
}

#[test]
fn n2_a_vendor_that_stays_down_is_given_up_after_the_tries() {
    let rig = Rig::new(vec![Play::answer(503, "", b"down"); 9]);
    let problem = rig.fetch().unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Vendor);
    assert!(problem.message.contains("no answer after 5 tries in"), "{problem}");
    assert!(problem.message.ends_with("(last: 503)"), "{problem}");
    assert_eq!(rig.vendor.asked().len(), 5);
    let log = rig.log();
    assert!(log[0]["problem"].as_str().unwrap().contains("5 tries"), "{log:?}");
    assert_eq!(log[0].get("status"), None);
}

#[test]
fn server_errors_of_a_plain_post_go_back_to_the_plugin_with_the_vendors_words() {
    let words = b"Usage history is not ready but should be available already";
    let rig = Rig::new([Play::answer(500, "", words), ok()]);
    let mut services = rig.start().unwrap();
    let answer = send(&mut services, rig.post("/reports")).unwrap();
    assert_eq!(answer.status, 500);
    assert_eq!(body(&mut services, answer.body).unwrap(), words);
    assert_eq!(rig.vendor.asked().len(), 1);

    let rig = Rig::new([Play::answer(500, "", words), ok()]);
    let answer = send(&mut rig.start().unwrap(), rig.post("/token").repeatable()).unwrap();
    assert_eq!(answer.status, 200);
}

#[test]
fn other_statuses_go_back_as_they_are_and_are_not_repeated() {
    for status in [204, 304, 400, 401, 403, 404, 409, 422, 501] {
        let rig = Rig::new([Play::answer(status, "X-Words: told\r\n", b""), ok()]);
        let mut services = rig.start().unwrap();
        let answer = send(&mut services, rig.get("/usage")).unwrap();
        assert_eq!(answer.status, status);
        assert!(answer.headers.contains(&("x-words".to_owned(), "told".to_owned())));
        assert_eq!(rig.vendor.asked().len(), 1, "{status}");
    }
}

#[test]
fn n3_a_vendor_that_is_not_there_is_tried_and_named() {
    let mut rig = Rig::new([]);
    rig.http.tries = 3;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    rig.hosts = vec![free.to_string(), "nowhere.invalid".to_owned()];
    let mut services = rig.start().unwrap();
    let request = ratebook_plugin::Request::post(format!("http://{free}/reports"));
    let problem = send(&mut services, request).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Vendor);
    // Nothing reached the vendor, so a POST may be tried again.
    assert!(problem.message.contains(&format!("POST {free}/reports: no answer after 3 tries")), "{problem}");
    let problem =
        send(&mut services, ratebook_plugin::Request::get("https://nowhere.invalid/x")).unwrap_err();
    assert!(matches!(problem.kind, ProblemKind::Vendor | ProblemKind::Config), "{problem}");
}

#[test]
fn n4_n5_connections_that_break_are_tried_again_and_no_part_is_taken() {
    let cut = [
        Play::Reset(Vec::new()),
        Play::Reset(raw("HTTP/1.1 200 OK\r\nConte")),
        Play::Reset(raw("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"rows\"")),
        Play::Send(Vec::new()),
        Play::Send(raw("HTTP/1.1 200 OK\r\n")),
        Play::Send(raw("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"rows\"")),
        Play::Send(raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"rows\"\r\n")),
        Play::Send(raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"row")),
        Play::Send(raw("this is not HTTP\r\n\r\n")),
    ];
    for play in cut {
        let rig = Rig::new([play.clone(), ok()]);
        assert_eq!(rig.fetch().unwrap(), (200, GOOD.to_vec()), "{play:?}");
        assert_eq!(rig.vendor.asked().len(), 2, "{play:?}");

        let rig = Rig::new([play.clone(), ok()]);
        let problem = send(&mut rig.start().unwrap(), rig.post("/reports")).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Vendor, "{play:?}");
        assert!(problem.message.contains("the answer was lost"), "{problem}");
        assert_eq!(rig.vendor.asked().len(), 1, "sent twice: {play:?}");

        let rig = Rig::new(vec![play.clone(); 9]);
        let problem = rig.fetch().unwrap_err();
        assert!(problem.message.contains("after 5 tries"), "{problem}");
    }
}

#[test]
fn n25_a_proxy_is_asked_for_a_tunnel_but_not_for_this_machine() {
    let mut rig = Rig::new([ok()]);
    let proxy = Vendor::start(vec![Play::answer(502, "", b""); 9]);
    rig.http.proxy = Some(proxy.url(""));
    rig.http.tries = 1;
    std::fs::write(rig.workspace.path().join("ca.pem"), include_str!("loopback.pem")).unwrap();
    rig.http.ca_file = Some("ca.pem".into());
    rig.hosts = vec!["vendor.invalid".to_owned(), "vendor.invalid:8443".to_owned()];
    assert_eq!(rig.fetch().unwrap().0, 200);
    assert!(proxy.asked().is_empty());
    let mut services = rig.start().unwrap();
    for (address, asked) in [
        ("https://vendor.invalid/usage?a=b", "CONNECT vendor.invalid:443 HTTP/1.1\r\n"),
        ("https://vendor.invalid:8443/", "CONNECT vendor.invalid:8443 HTTP/1.1\r\n"),
    ] {
        let problem = send(&mut services, ratebook_plugin::Request::get(address)).unwrap_err();
        assert!(problem.message.contains("no answer after 1 try"), "{problem}");
        assert!(problem.message.contains("tunnel error"), "{problem}");
        assert!(proxy.asked().last().unwrap().starts_with(asked), "{:?}", proxy.asked());
    }
    for wrong in ["", "socks5://127.0.0.1:1", "ftp://127.0.0.1", "http://", "http://u:p@127.0.0.1:1", "a b"] {
        rig.http.proxy = Some(wrong.to_owned());
        let problem = rig.start().err().unwrap();
        assert_eq!((problem.kind, problem.key.as_deref()), (ProblemKind::Config, Some("proxy")), "{wrong}");
    }
}

#[test]
fn n7_silence_ends_a_try() {
    for hang in [Play::Hang(Vec::new()), Play::Hang(raw("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"))] {
        let mut rig = Rig::new([hang, ok()]);
        rig.http.idle = Duration::from_millis(100);
        assert_eq!(rig.fetch().unwrap(), (200, GOOD.to_vec()));
        assert_eq!(rig.vendor.asked().len(), 2);
    }
}

#[test]
fn n8_a_slow_drip_ends_at_the_deadline_although_bytes_keep_coming() {
    let slow = format!("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{}", "x".repeat(100_000));
    let mut rig = Rig::new([Play::Drip(slow.into_bytes(), 45, Duration::from_millis(5)), ok()]);
    rig.http.request_deadline = Duration::from_millis(300);
    let problem = rig.fetch().unwrap_err();
    assert!(problem.message.contains("after 1 try"), "{problem}");
    assert!(problem.message.contains("still coming"), "{problem}");
}

#[test]
fn the_time_of_a_source_is_used_up_by_all_its_requests() {
    let mut rig = Rig::new(vec![Play::Hang(Vec::new()); 20]);
    rig.http.idle = Duration::from_millis(20);
    rig.http.source_deadline = Duration::from_millis(150);
    let mut services = rig.start().unwrap();
    let problems: Vec<String> =
        (0..6).map(|_| send(&mut services, rig.get("/usage")).unwrap_err().message).collect();
    assert!(problems[0].contains("no answer after"), "{problems:?}");
    assert!(problems[5].contains("is used up"), "{problems:?}");
    assert!(rig.vendor.asked().len() < 20);
}

#[test]
fn n17_redirects_are_not_followed_and_their_target_is_named() {
    for status in [301, 302, 303, 307, 308] {
        let foreign = Rig::new([ok()]);
        let header = format!("Location: {}\r\n", foreign.vendor.url("/usage"));
        let rig = Rig::new([Play::answer(status, &header, b"moved"), ok()]);
        assert_eq!(rig.fetch().unwrap(), (status, b"moved".to_vec()));
        assert_eq!((rig.vendor.asked().len(), foreign.vendor.asked().len()), (1, 0));
        let heard = rig.heard.0.lock().unwrap();
        let place = foreign.vendor.url("");
        assert!(
            heard.iter().any(|(_, text)| text.contains(&place) && text.contains("not followed")),
            "{heard:?}"
        );
    }
}

#[test]
fn n23_foreign_and_unsafe_addresses_are_not_asked() {
    let rig = Rig::new([ok()]);
    let mut services = rig.start().unwrap();
    let port = rig.vendor.url("").rsplit(':').next().unwrap().to_owned();
    for foreign in [
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "file:///etc/passwd".to_owned(),
        "https://evil.example/".to_owned(),
        format!("http://localhost:{port}/"),
        format!("http://user:pass@127.0.0.1:{port}/"),
        "http://127.0.0.1:1/".to_owned(),
    ] {
        let problem = send(&mut services, ratebook_plugin::Request::get(foreign.clone())).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Config, "{foreign}");
    }
    assert!(rig.vendor.asked().is_empty());
}

#[test]
fn n24_endless_headers_are_refused() {
    let long = format!("X-Long: {}\r\n", "x".repeat(256 << 10));
    let many = "X-Many: x\r\n".repeat(10_000);
    for headers in [long, many] {
        let rig = Rig::new(vec![Play::answer(200, &headers, GOOD); 5]);
        assert_eq!(rig.fetch().unwrap_err().kind, ProblemKind::Vendor);
    }
}

#[test]
fn a_stopped_run_leaves_requests_and_waits_at_once() {
    let rig = Rig::new([Play::Hang(Vec::new())]);
    let mut services = rig.start().unwrap();
    let cancel = std::sync::Arc::clone(&rig.cancel);
    let stopping = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        cancel.store(true, Ordering::Relaxed);
    });
    assert_eq!(send(&mut services, rig.get("/usage")).unwrap_err().kind, ProblemKind::Stopped);
    stopping.join().unwrap();
    let wait = Call::Wait { milliseconds: 600_000, why: "the report".to_owned() };
    assert_eq!(services.call(wait, &mut Vec::new()).unwrap_err().kind, ProblemKind::Stopped);
}

#[test]
fn waits_of_a_plugin_have_a_limit() {
    let mut rig = Rig::new([]);
    rig.http.wait_deadline = Duration::from_millis(30);
    let mut services = rig.start().unwrap();
    let mut wait = |milliseconds| {
        services.call(Call::Wait { milliseconds, why: "the report is made".to_owned() }, &mut Vec::new())
    };
    wait(20).unwrap();
    let problem = wait(20).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Vendor);
    assert!(problem.message.contains("the report is made"), "{problem}");
}

#[test]
fn what_is_sent_and_logged() {
    let rig = Rig::new([ok()]);
    let mut services = rig.start().unwrap();
    let request = rig.get("/usage").query("month", "2026-03-01").header("Accept", "text/csv");
    send(&mut services, request).unwrap();
    let asked = rig.vendor.asked()[0].to_ascii_lowercase();
    assert!(asked.starts_with("get /usage?month=2026-03-01 http/1.1\r\n"), "{asked}");
    let host = format!("host: {}\r\n", rig.vendor.url("").replace("http://", ""));
    for header in [
        "accept-encoding: gzip\r\n",
        "accept: text/csv\r\n",
        "connection: close\r\n",
        "user-agent: ratebook/",
        &host,
    ] {
        assert!(asked.contains(header), "{asked}");
    }
    let log = &rig.log()[0];
    assert_eq!(log["url"], rig.vendor.url("/usage"));
    assert_eq!((&log["method"], &log["status"], &log["tries"]), (&"GET".into(), &200.into(), &1.into()));
    assert_eq!((&log["source"], &log["bytes"]), (&"eu".into(), &GOOD.len().into()));
    for header in ["Authorization", "Cookie", "Host", "Content-Length"] {
        let problem = send(&mut services, rig.get("/usage").header(header, "x")).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Plugin, "{header}");
    }
}
