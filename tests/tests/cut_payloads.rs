//! A part of a CSV that looks like the whole of it, cut at a line's end: refused, never billed as if nothing were.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ratebook_tests::message::{Answer, Delivery, Request};
use ratebook_tests::server::{Server, Vendor};
use ratebook_tests::workspace::{MONTH, Ran, Workspace};

const HEAD: &str = "t,s,q\n";
const ROW: &str = "1017,VM,1\n";
const ROWS: usize = 40;

/// A shop that sends its table in one way.
struct Shop(Answer);

impl Vendor for Shop {
    fn answer(&mut self, _: &Request) -> Answer {
        self.0.clone()
    }
}

/// The first rows of the table.
fn table(rows: usize) -> String {
    format!("{HEAD}{}", ROW.repeat(rows))
}

fn run(answer: Answer, http: &str) -> Ran {
    let shop = Server::start(Shop(answer));
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let rules = "version = 1\n[settings]\ncurrency = \"EUR\"\n[customer.n]\ntenants = [\"table:1017\"]\n\
                 [[rule]]\nid = \"vm\"\nreason = \"list\"\nwhen = { sku = \"VM\" }\nprice = \"1\"\n";
    workspace.put("rules/main.toml", rules).unwrap();
    let config = format!(
        "version = 1\n[source.shop]\nplugin = \"table\"\nurl = \"{}\"\n[source.shop.http]\nbackoff = \"1ms\"\n{http}\n\
         [source.shop.config]\nformat = \"csv\"\nduplicates = \"keep\"\n\
         columns = {{ tenant = \"t\", skuId = \"s\", consumedQuantity = \"q\" }}\n\
         [source.shop.config.request]\npath = \"/usage\"\n",
        shop.url()
    );
    workspace.put("ratebook.toml", config).unwrap();
    let ran = workspace.run(&["run", "--month", MONTH]).unwrap();
    assert_eq!(workspace.path().join("runs/2026-03/bills.parquet").exists(), ran.code == 0, "{}", ran.told());
    ran
}

fn csv(status: u16) -> Answer {
    Answer::new(status, "text/csv", table(ROWS))
}

#[test]
fn n27_a_part_of_a_table_is_not_billed() {
    let ran = run(csv(200), "");
    assert_eq!(ran.code, 0, "{}", ran.told());
    assert!(ran.stdout.contains("40.00 EUR"), "{}", ran.told());
    let part = Answer { body: table(ROWS / 2).into_bytes(), ..csv(206) };
    let ran = run(part.with_header("Content-Range", "bytes 0-205/406"), "");
    assert_eq!(ran.code, 5, "{}", ran.told());
    assert!(ran.stderr.contains("answered 206 (Partial Content): a part"), "{}", ran.told());
}

#[test]
fn n6_a_table_that_is_longer_than_announced_is_not_billed() {
    let missing = ROW.len() * (ROWS / 2);
    let ran = run(csv(200).delivered(Delivery::LengthShortBy(missing)), "");
    assert_eq!(ran.code, 6, "{}", ran.told());
    let said = format!("the vendor announced {} bytes, and more bytes followed", table(ROWS / 2).len());
    assert!(ran.stderr.contains("shop") && ran.stderr.contains(&said), "{}", ran.told());
}

#[test]
fn n28_a_table_whose_end_nobody_said_is_not_billed() {
    for rows in [ROWS / 2, ROWS] {
        let answer = || csv(200).delivered(Delivery::UnannouncedCutAfter(table(rows).len()));
        let ran = run(answer(), "");
        assert_eq!(ran.code, 5, "{}", ran.told());
        assert!(ran.stderr.contains("the answer ends with its connection"), "{}", ran.told());
        assert!(ran.stderr.contains("ends_with_connection = true"), "{}", ran.told());
        // Whoever says so takes what comes.
        let ran = run(answer(), "ends_with_connection = true");
        assert_eq!(ran.code, 0, "{}", ran.told());
        assert!(ran.stdout.contains(&format!("{rows}.00 EUR")), "{}", ran.told());
    }
}
