//! Vendors that fail as vendors do: what can be waited out is, what cannot ends in one clear error.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use ratebook_tests::message::{Answer, Delivery};
use ratebook_tests::mishap::Mishap;
use ratebook_tests::server::Server;
use ratebook_tests::vendors::acronis::{Acronis, Ending, Packing};
use ratebook_tests::vendors::metallic::Metallic;
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::json;

const REPORTS: &str = "POST /api/2/reports";
const STORED: &str = "GET /api/2/reports/*/stored";
const DOWNLOAD: &str = "GET /api/2/reports/*/stored/*";
const SUMMARY: &str = "GET /api/v1/partner/usage/summary";

struct Month {
    acronis: Server<Acronis>,
    metallic: Server<Metallic>,
    workspace: Workspace,
}

impl Month {
    fn new(spoil: impl FnOnce(&mut Acronis)) -> Month {
        let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/month/recordings/2026-03");
        let mut acronis = Acronis::new(fs::read(recordings.join("acronis-eu/usage.csv")).unwrap());
        spoil(&mut acronis);
        let summary = fs::read(recordings.join("metallic/usage-summary.json")).unwrap();
        let (acronis, metallic) =
            (Server::start(acronis), Server::start(Metallic::new("2026-03-01", summary)));
        let mut workspace = Workspace::of_the_example().unwrap();
        workspace.ask(&acronis.url(), &metallic.url()).unwrap();
        Month { acronis, metallic, workspace }
    }

    fn run(&self) -> Ran {
        self.workspace.run(&["run", "--month", MONTH]).unwrap()
    }

    fn has_bills(&self) -> bool {
        self.workspace.path().join("runs/2026-03/bills.parquet").exists()
    }

    /// The month comes out whatever went wrong on the way, and one report was made.
    fn comes_out(&self) {
        let ran = self.run();
        assert_eq!(ran.code, 0, "{}", ran.told());
        assert!(self.has_bills());
        assert_eq!(self.acronis.vendor().reports.len(), 1, "exactly one report");
    }

    /// The month is refused with this code, and nothing is billed.
    fn is_refused(&self, code: i32, words: &[&str]) {
        let ran = self.run();
        assert_eq!(ran.code, code, "{}", ran.told());
        for word in words {
            assert!(ran.stderr.contains(word), "{word:?} is not said: {}", ran.told());
        }
        assert!(!self.has_bills());
        assert!(!ran.told().contains("canary-"), "{}", ran.told());
    }
}

#[test]
fn a_token_that_expires_between_two_polls_is_renewed_once() {
    // Tenants, prices, the report, one poll.
    let month = Month::new(|acronis| acronis.first_token_uses = Some(4));
    month.comes_out();
    assert_eq!(month.acronis.vendor().tokens, 2);
}

#[test]
fn refusals_for_now_are_waited_out() {
    let month = Month::new(|_| {});
    let busy = Answer::json(503, &json!({"error": {"message": "busy"}}));
    let slow_down =
        Answer::json(429, &json!({"error": {"message": "slow down"}})).with_header("Retry-After", "0");
    month.acronis.mishap(Mishap::instead(STORED, busy).times(2));
    month.acronis.mishap(Mishap::instead(DOWNLOAD, slow_down));
    month.acronis.mishap(Mishap::delivered(DOWNLOAD, Delivery::ResetAfter(100)).after(1));
    month.metallic.mishap(Mishap::delivered(SUMMARY, Delivery::Lost));
    month.comes_out();
}

#[test]
fn half_a_file_is_downloaded_again() {
    let month = Month::new(|_| {});
    month.acronis.mishap(Mishap::delivered(DOWNLOAD, Delivery::CutAfter(500)));
    month.comes_out();
    assert!(month.acronis.count("GET", "/api/2/reports/a0000000-0000-4000-8000-000000000001/stored/") >= 2);
}

#[test]
fn a_report_whose_answer_got_lost_is_adopted() {
    let month = Month::new(|_| {});
    month.acronis.mishap(Mishap::delivered(REPORTS, Delivery::Lost));
    month.comes_out();
}

#[test]
fn a_report_comes_in_any_packing_but_two() {
    for packing in [Packing::Encoded, Packing::Bare, Packing::Plain] {
        Month::new(|acronis| acronis.packing = packing).comes_out();
    }
    Month::new(|acronis| acronis.packing = Packing::Twice).is_refused(6, &["gzip"]);
}

#[test]
fn the_right_format_is_chosen_by_name() {
    let formats = vec!["json_v9".to_owned(), "csv_v2_0".to_owned()];
    Month::new(|acronis| {
        acronis.formats = formats;
        acronis.empty_lists = 1;
    })
    .comes_out();
}

#[test]
fn a_report_for_another_period_is_refused() {
    let other = ("2021-10-01".to_owned(), "2021-10-24".to_owned());
    Month::new(|acronis| acronis.period = Some(other)).is_refused(6, &["2021-10-24", "2026-03-31"]);
}

#[test]
fn a_report_that_fails_is_told_in_the_vendors_word() {
    Month::new(|acronis| acronis.endings = vec![Ending::Status("faild".to_owned())])
        .is_refused(5, &["faild"]);
}

#[test]
fn usage_that_is_not_ready_is_told_in_the_vendors_words() {
    Month::new(|acronis| acronis.not_ready = 99).is_refused(5, &["not ready"]);
}

#[test]
fn refused_credentials_stop_at_once() {
    let month = Month::new(|_| {});
    month.metallic.vendor().token = "canary-another-token".to_owned();
    month.is_refused(7, &["metallic"]);
    assert_eq!(month.metallic.requests().len(), 1, "tried again, an account gets locked");
}

#[test]
fn a_sign_in_page_is_no_usage() {
    let month = Month::new(|_| {});
    month.metallic.mishap(Mishap::instead(SUMMARY, Answer::html()).always());
    month.is_refused(6, &["HTML"]);
}

#[test]
fn the_current_month_is_not_taken_for_the_one_asked_for() {
    let month = Month::new(|_| {});
    month.metallic.vendor().deaf = true;
    month.is_refused(6, &["2026-11"]);
}

#[test]
fn a_redirect_is_not_followed() {
    let month = Month::new(|_| {});
    let elsewhere = Server::start(Metallic::new("2026-03-01", "{}"));
    let redirect = Answer::redirect(&format!("{}/api/v1/partner/usage/summary", elsewhere.url()));
    month.metallic.mishap(Mishap::instead(SUMMARY, redirect).always());
    month.is_refused(5, &["metallic"]);
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn one_vendor_down_is_no_bill_or_one_in_part() {
    let month = Month::new(|_| {});
    let down = Answer::json(503, &json!({"error": {"message": "down"}}));
    month.metallic.mishap(Mishap::instead(SUMMARY, down).always());
    month.is_refused(5, &["metallic 2026-03", "What the other source sent is kept"]);
    assert!(month.workspace.path().join("runs/2026-03/payloads/acronis-eu/payloads.json").exists());

    let in_part = month.workspace.run(&["run", "--month", MONTH, "--allow-partial"]).unwrap();
    assert_eq!(in_part.code, 11, "{}", in_part.told());
    assert!(month.workspace.path().join("runs/2026-03/PARTIAL-bills.parquet").exists());
    assert!(!month.has_bills());
    assert_eq!(month.workspace.run(&["close", "--month", MONTH]).unwrap().code, 4);

    month.metallic.calm();
    month.comes_out();
    assert!(!month.workspace.path().join("runs/2026-03/PARTIAL-bills.parquet").exists());
}
