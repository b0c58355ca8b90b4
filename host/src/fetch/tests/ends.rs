//! Where an answer ends: with what it announces, and never somewhere else.

use std::time::Duration;

use ratebook_plugin::ProblemKind;
use ratebook_plugin::call::{Call, HostServices};

use super::network::{GOOD, ok, raw};
use super::{Play, Rig, body, send};

fn keep(services: &mut super::CollectServices, body: u32) -> Result<(), ratebook_plugin::Problem> {
    let keep = Call::Keep { body, name: "usage.csv".to_owned(), format: "csv".to_owned() };
    services.call(keep, &mut Vec::new()).map(|_| ())
}

#[test]
fn n27_a_part_is_no_answer_and_only_200_is_a_payload() {
    let rig = Rig::new([Play::answer(206, "Content-Range: bytes 0-14/40\r\n", GOOD), ok()]);
    let problem = rig.fetch().unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Vendor);
    assert!(problem.message.contains("206 (Partial Content): a part"), "{problem}");
    for status in [201, 202, 203, 226, 404] {
        let rig = Rig::new([Play::answer(status, "", GOOD)]);
        let mut services = rig.start().unwrap();
        let answer = send(&mut services, rig.get("/usage")).unwrap();
        assert_eq!(body(&mut services, answer.body).unwrap(), GOOD, "a plugin may read it");
        let problem = keep(&mut services, answer.body).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Vendor);
        assert!(problem.message.contains(&format!("answered {status}; only")), "{problem}");
    }
    for header in ["Range", "If-Range"] {
        let rig = Rig::new([]);
        let request = rig.get("/usage").header(header, "bytes=0-9");
        assert_eq!(send(&mut rig.start().unwrap(), request).unwrap_err().kind, ProblemKind::Plugin);
    }
}

#[test]
fn n28_an_answer_that_only_its_connection_ends_is_no_payload_unless_the_source_says_so() {
    const CSV: &str = "tenant,sku\nt1,A\n";
    let packed = super::super::gzip::tests::gzip(CSV.as_bytes());
    let answer = |headers: &str, body: &[u8]| {
        let head = format!("HTTP/1.1 200 OK\r\n{headers}\r\n");
        Play::Send([head.as_bytes(), body].concat())
    };
    let chunked = format!("{:x}\r\n{CSV}\r\n0\r\n\r\n", CSV.len());
    for (play, known) in [
        (answer("", CSV.as_bytes()), false),
        (Play::Send(format!("HTTP/1.0 200 OK\r\n\r\n{CSV}").into_bytes()), false),
        (answer("Transfer-Encoding: identity\r\n", CSV.as_bytes()), false),
        (answer("Transfer-Encoding: chunked\r\n", chunked.as_bytes()), true),
        (answer(&format!("Content-Length: {}\r\n", CSV.len()), CSV.as_bytes()), true),
        (answer("", &packed), true),
        (answer("Content-Encoding: gzip\r\n", &packed), true),
    ] {
        for said in [false, true] {
            let mut rig = Rig::new([play.clone()]);
            rig.http.ends_with_connection = said;
            let mut services = rig.start().unwrap();
            let answer = send(&mut services, rig.get("/usage")).unwrap();
            assert_eq!(body(&mut services, answer.body).unwrap(), CSV.as_bytes());
            let kept = keep(&mut services, answer.body);
            assert_eq!(kept.is_ok(), known || said, "{play:?}");
            if let Err(problem) = kept {
                assert_eq!(problem.kind, ProblemKind::Vendor);
                assert!(problem.message.contains("the answer ends with its connection"), "{problem}");
                assert!(problem.advice.unwrap().contains("ends_with_connection = true"));
            }
        }
    }
}

/// A table whose length is said as if it ended after `announced` bytes.
fn table(announced: usize, bytes: &str) -> Vec<u8> {
    raw(&format!("HTTP/1.1 200 OK\r\nContent-Length: {announced}\r\n\r\n{bytes}"))
}

#[test]
fn n6_more_bytes_than_announced_are_not_taken() {
    // Cut at a line's end, this is a table too.
    const CSV: &str = "tenant,sku\nt1,A\nt2,B\n";
    const CUT: usize = 16;
    assert!(CSV[..CUT].ends_with('\n'));
    let short = table(CUT, CSV);
    let late = Play::Drip(short.clone(), short.len() - 5, Duration::from_millis(50));
    let nothing = table(0, CSV);
    let chunked = raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na,b\n\r\n0\r\n\r\n1,2\n");
    for (play, said) in [
        (Play::Send(short.clone()), "the vendor announced 16 bytes, and more bytes followed"),
        (Play::Hang(short), "the vendor announced 16 bytes, and more bytes followed"),
        (late, "the vendor announced 16 bytes, and more bytes followed"),
        (Play::Send(nothing), "the vendor announced 0 bytes, and more bytes followed"),
        (Play::Send(chunked), "the last chunk came after 4 bytes, and more bytes followed"),
    ] {
        let rig = Rig::new(vec![play.clone(); 3]);
        let problem = rig.fetch().unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data, "{play:?}");
        assert!(problem.message.starts_with("GET 127.0.0.1"), "{problem}");
        assert!(problem.message.ends_with(&format!("{said}; downloaded twice")), "{problem}");
        assert_eq!(rig.vendor.asked().len(), 2, "{play:?}");

        let rig = Rig::new([play.clone(), ok()]);
        assert_eq!(rig.fetch().unwrap(), (200, GOOD.to_vec()), "{play:?}");

        let rig = Rig::new([play.clone(), ok()]);
        let problem = send(&mut rig.start().unwrap(), rig.post("/reports")).unwrap_err();
        assert!(problem.message.contains(said), "{problem}");
        assert_eq!(rig.vendor.asked().len(), 1, "sent twice: {play:?}");
    }
}

#[test]
fn n6_a_connection_that_stays_open_after_a_whole_answer_does_no_harm() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na,b\n\r\n0\r\n\r\n";
    for (play, body) in [
        (Play::Hang(table(4, "a,b\n")), "a,b\n"),
        (Play::Hang(raw(chunked)), "a,b\n"),
        (Play::Hang(table(0, "")), ""),
        (Play::Reset(table(4, "a,b\n")), "a,b\n"),
    ] {
        let rig = Rig::new([play.clone()]);
        assert_eq!(rig.fetch().unwrap(), (200, body.as_bytes().to_vec()), "{play:?}");
    }
}
