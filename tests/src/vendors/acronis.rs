//! Acronis Cyber Cloud: tokens, usage reports that are created, polled and downloaded.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::acronis_report::{Report, Wish};
use super::acronis_tenants::{self, PriceList};
use super::basic;
use crate::gzip::gzip;
use crate::message::{Answer, Request};
use crate::server::Vendor;

/// The mock's client, secret and root tenant; the secret is a canary that must never show up anywhere.
pub const CLIENT_ID: &str = "8f0e2b6c-5d1e-4c3a-9f27-1b4c8d6e7a90";
/// See [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "canary-acronis-secret-6b1f";
/// See [`CLIENT_ID`].
pub const ROOT_TENANT: &str = "c0a80164-1f2e-4d3c-8b5a-0123456789ab";

/// How a stored report is packed for the download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// gzip, said in `Content-Encoding`.
    Encoded,
    /// gzip, said nowhere: only its first bytes tell.
    Bare,
    /// Not compressed.
    Plain,
    /// gzip in gzip, which nobody should take.
    Twice,
}

/// How a report ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `saved`, with an id and a size.
    Saved,
    /// This status, without an id and a size: `failed`, `faild`, or a word nobody knows.
    Status(String),
    /// `saved`, but without an id.
    SavedWithoutId,
}

/// The mock: its fields are its switches.
#[derive(Debug)]
pub struct Acronis {
    /// The usage report in `csv_v2_0`, plain.
    pub csv_v2_0: Vec<u8>,
    /// The formats of a stored report, in the order they are listed.
    pub formats: Vec<String>,
    /// How the report is packed.
    pub packing: Packing,
    /// How often a report is listed as not there at all before it is in progress.
    pub empty_lists: u32,
    /// How often a report is `in_progress`.
    pub polls: u32,
    /// How the first reports end, in order; later ones are saved.
    pub endings: Vec<Ending>,
    /// What is added to the size of the stored report.
    pub size_off: i64,
    /// The period that reports are made for, if not the one asked for.
    pub period: Option<(String, String)>,
    /// How often POST answers that the usage history is not ready: 400 in the small hours.
    pub not_ready: u32,
    /// How many requests the first token is good for.
    pub first_token_uses: Option<u32>,
    /// Seconds until a token expires.
    pub token_seconds: u64,
    /// The API client's id.
    pub client_id: String,
    /// The API client's secret.
    pub client_secret: String,
    /// The root tenant of the API client.
    pub root: String,
    /// The tenants beneath the root, and the root; none if the client may not read them.
    pub tenants: Option<Vec<Value>>,
    /// How many of them a page has.
    pub tenants_per_page: usize,
    /// The price list of every month; none if the client may not read it.
    pub prices: Option<PriceList>,
    /// Tokens given out.
    pub tokens: u32,
    /// Reports made.
    pub reports: Vec<Report>,
    /// Requests made with the first token.
    pub uses: u32,
}

impl Acronis {
    /// A vendor with one report to give, which behaves.
    #[must_use]
    pub fn new(csv_v2_0: impl Into<Vec<u8>>) -> Acronis {
        let csv_v2_0 = csv_v2_0.into();
        Acronis {
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            root: ROOT_TENANT.to_owned(),
            tenants: Some(acronis_tenants::named_in(&csv_v2_0, ROOT_TENANT)),
            tenants_per_page: 5000,
            prices: None,
            csv_v2_0,
            formats: vec!["csv_v2_0".to_owned()],
            packing: Packing::Encoded,
            empty_lists: 0,
            polls: 1,
            endings: Vec::new(),
            size_off: 0,
            period: None,
            not_ready: 0,
            first_token_uses: None,
            token_seconds: 7200,
            tokens: 0,
            reports: Vec::new(),
            uses: 0,
        }
    }

    fn token(&mut self, request: &Request) -> Answer {
        let form = request.form();
        let field =
            |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        if field("grant_type") != Some("client_credentials") {
            let body = json!({"error": "unsupported_grant_type", "error_description": "grant_type"});
            return Answer::json(400, &body);
        }
        let by_header =
            request.header("authorization") == Some(basic(&self.client_id, &self.client_secret).as_str());
        let by_form = field("client_id") == Some(&self.client_id)
            && field("client_secret") == Some(&self.client_secret);
        if !by_header && !by_form {
            let body =
                json!({"error": "invalid_client", "error_description": "Client authentication failed"});
            return Answer::json(401, &body);
        }
        self.tokens += 1;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let body = json!({
            "access_token": self.bearer(self.tokens), "token_type": "bearer",
            "expires_on": now + self.token_seconds, "id_token": "not-for-us", "scope": "partner_admin",
        });
        Answer::json(200, &body)
    }

    /// The n-th token given out: a canary, and no other client's.
    fn bearer(&self, number: u32) -> String {
        format!("canary-acronis-token-{number:04}-{}", self.client_id)
    }

    /// True if the request carries the newest token, and that has not expired.
    fn is_authorised(&mut self, request: &Request) -> bool {
        let expected = format!("Bearer {}", self.bearer(self.tokens));
        if self.tokens == 0 || request.header("authorization") != Some(expected.as_str()) {
            return false;
        }
        self.uses += 1;
        !(self.tokens == 1 && self.first_token_uses.is_some_and(|uses| self.uses > uses))
    }

    fn create(&mut self, request: &Request) -> Answer {
        let wish = match Wish::read(&request.body) {
            Ok(wish) if wish.tenant_id == self.root => wish,
            Ok(_) => return error(404, "1005", "Tenant not found"),
            Err(message) => return error(400, "1000", &message),
        };
        if self.not_ready > 0 {
            self.not_ready -= 1;
            return error(400, "1000", "Usage history is not ready and shouldn't be ready yet (1 to 6 am)");
        }
        let number = self.reports.len() + 1;
        let ending = self.endings.get(number - 1).cloned().unwrap_or(Ending::Saved);
        let period = self.period.clone().unwrap_or_else(|| wish.period.clone());
        let report = Report { id: uuid('a', number), wish, period, ending, asked: 0 };
        let answer = Answer::json(200, &report.to_json());
        self.reports.push(report);
        answer
    }

    fn stored(&mut self, id: &str) -> Answer {
        let (empty_lists, polls) = (self.empty_lists, self.polls);
        let size = self.packed().len() as i64 + self.size_off;
        let formats = self.formats.clone();
        let Some(report) = self.report(id) else { return error(404, "1014", "Report not found") };
        report.asked += 1;
        let asked = report.asked;
        if asked <= empty_lists {
            return Answer::json(200, &json!({ "items": [] }));
        }
        let items: Vec<Value> = formats
            .iter()
            .enumerate()
            .map(|(index, format)| {
                let mut item = json!({"report_format": format, "created_at": "2026-04-01T07:36:58+00:00"});
                let (status, has_id) = match &report.ending {
                    _ if asked <= empty_lists + polls => ("in_progress", false),
                    Ending::Saved => ("saved", true),
                    Ending::SavedWithoutId => ("saved", false),
                    Ending::Status(status) => (status.as_str(), false),
                };
                item["status"] = json!(status);
                if has_id {
                    item["id"] = json!(uuid('b', index + 1));
                    item["size"] = json!(size);
                }
                item
            })
            .collect();
        Answer::json(200, &json!({ "items": items }))
    }

    fn download(&mut self, id: &str, stored: &str) -> Answer {
        let format = (1..=self.formats.len()).find(|number| uuid('b', *number) == stored);
        let Some(format) = format.map(|number| self.formats[number - 1].clone()) else {
            return error(404, "1014", "Stored report not found");
        };
        let (empty_lists, polls) = (self.empty_lists, self.polls);
        match self.report(id) {
            Some(report) if report.ending == Ending::Saved && report.asked > empty_lists + polls => {}
            _ => return error(404, "1014", "Stored report not found"),
        }
        let answer = |body: Vec<u8>| Answer::new(200, "application/octet-stream", body);
        match format.as_str() {
            "csv_v2_0" if self.packing == Packing::Encoded => {
                answer(self.packed()).with_header("Content-Encoding", "gzip")
            }
            "csv_v2_0" => answer(self.packed()),
            // Whoever takes the first item instead of the right one gets this.
            other => answer(format!("this is {other}, which nobody asked for\n").into_bytes()),
        }
    }

    fn packed(&self) -> Vec<u8> {
        match self.packing {
            Packing::Encoded | Packing::Bare => gzip(&self.csv_v2_0),
            Packing::Plain => self.csv_v2_0.clone(),
            Packing::Twice => gzip(&gzip(&self.csv_v2_0)),
        }
    }

    fn report(&mut self, id: &str) -> Option<&mut Report> {
        self.reports.iter_mut().find(|report| report.id == id)
    }
}

impl Vendor for Acronis {
    fn answer(&mut self, request: &Request) -> Answer {
        let segments = request.segments();
        if request.method == "POST" && segments == ["api", "2", "idp", "token"] {
            return self.token(request);
        }
        if !self.is_authorised(request) {
            return error(401, "1002", "Unauthorized");
        }
        let path = match segments.as_slice() {
            ["api", "2", path @ ..] => path,
            ["api", "price_sync", "v1", "effective_price_lists"] => {
                return match &self.prices {
                    Some(list) => acronis_tenants::prices(list, &self.root, request),
                    None => acronis_tenants::refusal(403, "Forbidden", "price_list_reader is missing"),
                };
            }
            _ => return error(404, "1000", "no such call"),
        };
        match (request.method.as_str(), path) {
            ("GET", ["clients", client]) if *client == self.client_id => Answer::json(
                200,
                &json!({"client_id": client, "type": "api_client", "status": "enabled", "tenant_id": self.root,
                        "data": {"client_name": "ratebook"}, "client_secret_expires_at": 0}),
            ),
            ("POST", ["reports"]) => self.create(request),
            ("GET", ["tenants"]) => match &self.tenants {
                Some(tenants) => acronis_tenants::page(tenants, self.tenants_per_page, &self.root, request)
                    .unwrap_or_else(|| error(400, "1000", "the root and what to list, or the cursor alone")),
                None => error(403, "1002", "Access denied"),
            },
            ("GET", ["tenants", tenant, "reports"]) if *tenant == self.root => {
                let items: Vec<Value> = self.reports.iter().map(Report::to_json).collect();
                Answer::json(200, &json!({ "items": items }))
            }
            ("GET", ["reports", id, "stored"]) => self.stored(id),
            ("GET", ["reports", id, "stored", stored]) => self.download(id, stored),
            ("GET", ["reports", id]) => match self.report(id) {
                Some(report) => Answer::json(200, &report.to_json()),
                None => error(404, "1014", "Report not found"),
            },
            _ => error(404, "1000", "no such call"),
        }
    }
}

fn uuid(kind: char, number: usize) -> String {
    format!("{kind}0000000-0000-4000-8000-{number:012}")
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let details = json!({"info": null});
    let error = json!({"code": code, "domain": "Reports", "message": message, "details": details, "context": {}, "data": []});
    Answer::json(status, &json!({ "error": error }))
}
