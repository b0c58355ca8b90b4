//! Bodies: gzip in all its ways, cut and bombed.

use ratebook_plugin::ProblemKind;
use ratebook_plugin::call::{Call, HostServices, Reply};

use super::super::gzip::tests::gzip;
use super::{Play, Rig, body, send};

const CSV: &[u8] = b"tenant,sku,quantity\nt1,SPBAMSENS,12.5\n";

#[test]
fn p1_a_damaged_gzip_is_downloaded_once_more() {
    let whole = gzip(CSV);
    let mut wrong = whole.clone();
    let crc = wrong.len() - 6;
    wrong[crc] ^= 1;
    let trailing = [&whole[..], b"garbage"].concat();
    for damaged in [&whole[..whole.len() - 9], &whole[..whole.len() - 4], &wrong, &trailing] {
        let rig = Rig::new([Play::ok(damaged), Play::ok(&whole)]);
        assert_eq!(rig.fetch().unwrap().1, CSV);

        let rig = Rig::new(vec![Play::ok(damaged); 5]);
        let problem = rig.fetch().unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data);
        assert!(
            problem.message.contains("gzip") && problem.message.contains("downloaded twice"),
            "{problem}"
        );
        assert_eq!(rig.vendor.asked().len(), 2);
    }
}

#[test]
fn p1_a_damaged_answer_to_a_post_is_not_asked_for_again() {
    let rig = Rig::new(vec![Play::ok(&gzip(CSV)[..20]); 5]);
    let problem = send(&mut rig.start().unwrap(), rig.post("/reports")).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Data);
    assert_eq!(rig.vendor.asked().len(), 1);
}

#[test]
fn p2_all_members_are_read() {
    let members = [gzip(b"tenant,sku,quantity\n"), gzip(b"t1,SPBAMSENS,12.5\n")].concat();
    let rig = Rig::new([Play::ok(&members)]);
    assert_eq!(rig.fetch().unwrap().1, CSV);
}

#[test]
fn p3_magic_bytes_decide_and_one_layer_is_taken() {
    const HEADER: &str = "Content-Encoding: gzip\r\n";
    const STREAM: &str = "Content-Type: application/octet-stream\r\n";
    let (once, twice) = (gzip(CSV), gzip(&gzip(CSV)));
    for (header, sent, stored) in [
        ("", CSV, CSV),
        (HEADER, CSV, CSV),
        (STREAM, &once[..], &once[..]),
        (HEADER, &once, &once),
        (HEADER, &twice, &once),
        ("Content-Encoding: gzip, identity\r\n", &once, &once),
    ] {
        let rig = Rig::new([Play::answer(200, header, sent)]);
        let mut services = rig.start().unwrap();
        let answer = send(&mut services, rig.get("/usage")).unwrap();
        assert_eq!((answer.wire_bytes, answer.gzip), (stored.len() as u64, stored != CSV), "{header}");
        assert_eq!(body(&mut services, answer.body).unwrap(), CSV);
        // Whoever reads again reads it all again.
        assert_eq!(body(&mut services, answer.body).unwrap(), CSV);
        let keep = Call::Keep { body: answer.body, name: "usage.csv".to_owned(), format: "csv".to_owned() };
        let Reply::Kept(kept) = services.call(keep, &mut Vec::new()).unwrap() else { panic!("not kept") };
        assert_eq!(kept.bytes, stored.len() as u64);
        let payloads = services.finish().unwrap();
        let file = payloads.folder().join(&payloads.files()[0].file);
        assert_eq!(std::fs::read(file).unwrap(), stored);
    }
    for (header, sent) in [("", &twice), (HEADER, &gzip(&twice))] {
        let rig = Rig::new(vec![Play::answer(200, header, sent); 2]);
        let problem = rig.fetch().unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data);
        assert_eq!(rig.vendor.asked().len(), 1);
    }
    let rig = Rig::new([Play::answer(200, "Content-Encoding: br\r\n", b"??")]);
    assert!(rig.fetch().unwrap_err().message.contains("br"));
}

#[test]
fn p4_a_bomb_is_stopped_and_not_asked_for_again() {
    for header in ["", "Content-Encoding: gzip\r\n"] {
        let rig = Rig::new(vec![Play::answer(200, header, &gzip(&vec![0; 32 << 20])); 2]);
        let problem = rig.fetch().unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data);
        assert!(problem.message.contains("200 times"), "{problem}");
        assert_eq!(rig.vendor.asked().len(), 1);
    }
    // The inner of two streams is held to the same limits as the outer.
    let inner = gzip(&gzip(&vec![0; 32 << 20]));
    let rig = Rig::new([Play::answer(200, "Content-Encoding: gzip\r\n", &inner)]);
    assert!(rig.fetch().unwrap_err().message.contains("200 times"));
}

#[test]
fn p4_the_limits_of_the_config_hold() {
    let long = vec![b'x'; 100_000];
    let mut rig = Rig::new([Play::ok(&long)]);
    rig.http.max_bytes = 99_999;
    assert!(rig.fetch().unwrap_err().message.contains("longer than 99999 bytes"));
    let mut rig = Rig::new([Play::ok(&gzip(&long))]);
    rig.http.max_decoded_bytes = 99_999;
    assert!(rig.fetch().unwrap_err().message.contains("more than 99999 bytes"));
    let mut rig = Rig::new([Play::ok(&long)]);
    rig.http.max_bytes = 100_000;
    rig.http.max_decoded_bytes = 100_000;
    assert_eq!(rig.fetch().unwrap().1, long);
}

#[test]
fn an_empty_body_is_an_answer() {
    for header in ["", "Content-Encoding: gzip\r\n"] {
        let rig = Rig::new([Play::answer(200, header, b"")]);
        assert_eq!(rig.fetch().unwrap(), (200, Vec::new()));
    }
}
