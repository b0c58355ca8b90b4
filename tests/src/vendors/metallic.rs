//! Metallic (Commvault Cloud): the partner's usage of one month, as a summary and by account.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::message::{Answer, Request};
use crate::server::Vendor;

/// The token the mock starts with; a canary that must never show up anywhere.
pub const TOKEN: &str = "canary-metallic-token-0001";

/// The token that renews it; a canary too.
pub const REFRESH_TOKEN: &str = "canary-metallic-refresh-0001";

/// Where the mock gives usage by account; the vendor's own path is not published.
pub const ACCOUNT_USAGE_PATH: &str = "/api/v1/partner/usage/of-the-mock";

/// The mock: its fields are its switches.
#[derive(Debug)]
pub struct Metallic {
    /// The bodies, by the `usageMonth` that asks for them (`2026-03-01`).
    pub months: BTreeMap<String, Vec<u8>>,
    /// What is answered without a `usageMonth`: the vendor's default is the current month.
    pub current: Vec<u8>,
    /// The list of accounts.
    pub accounts: Vec<Value>,
    /// Usage by account, of the month in each row.
    pub account_usage: Vec<Value>,
    /// The most rows on a page, whatever is asked for.
    pub page_limit: usize,
    /// The newest access token.
    pub token: String,
    /// The token that renews it.
    pub refresh_token: String,
    /// True while the access token is out of its 30 minutes.
    pub is_expired: bool,
    /// Renewals so far. A renewal with an old pair of tokens ends all renewing.
    pub renewals: u32,
    /// Requests left in this hour; then 429 with `X-RateLimit-*`, once, and the hour is over.
    pub left_this_hour: Option<u32>,
    /// Answers the current month whatever month was asked for.
    pub deaf: bool,
}

impl Metallic {
    /// A vendor with the usage of one month, which behaves.
    #[must_use]
    pub fn new(usage_month: &str, summary: impl Into<Vec<u8>>) -> Metallic {
        Metallic {
            months: BTreeMap::from([(usage_month.to_owned(), summary.into())]),
            current: summary_of("2026-11-01", "1").into_bytes(),
            accounts: Vec::new(),
            account_usage: Vec::new(),
            page_limit: 1000,
            token: TOKEN.to_owned(),
            refresh_token: REFRESH_TOKEN.to_owned(),
            is_expired: false,
            renewals: 0,
            left_this_hour: None,
            deaf: false,
        }
    }

    fn summary(&self, request: &Request) -> Answer {
        let answer = |body: &[u8]| Answer::new(200, "application/json", body);
        match request.query("usageMonth") {
            Some(month) if !is_day(month) => error(400, 1, "usageMonth must be YYYY-MM-DD"),
            Some(month) if !self.deaf => match self.months.get(month) {
                Some(body) => answer(body),
                None => answer(br#"{"data":[]}"#),
            },
            _ => answer(&self.current),
        }
    }

    /// A page of a list: `pageNumber` from 0, and how many rows there are in all.
    fn page<'v>(&self, request: &Request, rows: impl Iterator<Item = &'v Value>) -> Answer {
        let rows: Vec<&Value> = rows.collect();
        let asked = |name| request.query(name).and_then(|number| number.parse::<usize>().ok());
        let (Some(number), Some(size)) = (asked("pageNumber"), asked("pageSize")) else {
            return error(400, 1, "pageNumber and pageSize are numbers");
        };
        let size = size.min(self.page_limit);
        let page: Vec<&Value> = rows.iter().skip(number * size).take(size).copied().collect();
        let pagination = json!({"pageNumber": number, "pageSize": size, "totalRecords": rows.len()});
        Answer::json(200, &json!({"data": page, "metadata": {"pagination": pagination}}))
    }

    fn renew(&mut self, request: &Request) -> Answer {
        let pair: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if pair["accessToken"] != *self.token || pair["refreshToken"] != *self.refresh_token {
            self.refresh_token.clear();
            return error(403, 7, "the tokens are not the newest pair");
        }
        self.renewals += 1;
        self.is_expired = false;
        let number = self.renewals + 1;
        self.token = format!("canary-metallic-token-{number:04}");
        self.refresh_token = format!("canary-metallic-refresh-{number:04}");
        Answer::json(200, &json!({"accessToken": self.token, "refreshToken": self.refresh_token}))
    }
}

impl Vendor for Metallic {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.method == "POST" && request.path.ends_with("/V4/AccessToken/Renew") {
            return self.renew(request);
        }
        let is_newest = request.header("authorization") == Some(format!("Bearer {}", self.token).as_str());
        if !is_newest || self.is_expired {
            return error(401, 5, "Access denied: the token is invalid or has expired");
        }
        if let Some(left) = &mut self.left_this_hour {
            if *left == 0 {
                self.left_this_hour = None;
                return error(429, 429, "Too many requests")
                    .with_header("X-RateLimit-Limit", "1000")
                    .with_header("X-RateLimit-Period", "1");
            }
            *left -= 1;
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/api/v1/partner/usage/summary") => self.summary(request),
            ("GET", "/api/v1/partner/accounts") => self.page(request, self.accounts.iter()),
            ("GET", ACCOUNT_USAGE_PATH) => {
                let of_month = |row: &&Value| row["usageMonth"].as_str() == request.query("usageMonth");
                self.page(request, self.account_usage.iter().filter(of_month))
            }
            _ => error(404, 1006, "Record not found"),
        }
    }
}

/// A summary of one row, with this many users consumed.
#[must_use]
pub fn summary_of(usage_month: &str, quantity: &str) -> String {
    format!(
        r#"{{"data":[{{"usageMonth":"{usage_month}","skuId":"MTSP-M365E-USR","consumedQuantity":{quantity},"entitledQuantity":0,"overageQuantity":0,"billableQuantity":{quantity},"unitPrice":0,"totalCost":0,"currency":"USD","type":"utility"}}]}}"#
    )
}

/// A row of usage by account, in users.
#[must_use]
pub fn account_usage(account: &str, external_id: &str, sku: &str, quantity: u32) -> Value {
    json!({
        "usageMonth": "2026-03-01", "subMspId": "sub-1", "subMspName": "Fabrikam North", "accountId": account,
        "accountName": format!("Name of {account}"), "externalAccountId": external_id, "skuId": sku,
        "consumedQuantity": quantity, "entitledQuantity": 0, "overageQuantity": 0, "billableQuantity": quantity,
        "unitPrice": 4, "unitQuantity": 1, "currency": "USD", "cost": 4 * quantity,
    })
}

/// An account with services: SKU and whether it is `trial` or `paid`.
#[must_use]
pub fn account(id: &str, external_id: &str, kind: &str, services: &[(&str, &str)]) -> Value {
    let service = |(sku, kind): &(&str, &str)| json!({"sku": sku, "quantity": 10, "serviceType": kind});
    json!({
        "id": id, "status": "active", "externalId": external_id, "name": format!("Name of {id}"), "type": kind,
        "services": services.iter().map(service).collect::<Vec<_>>(),
    })
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.bytes().filter(|byte| *byte == b'-').count() == 2
}

fn error(status: u16, code: u32, message: &str) -> Answer {
    Answer::json(status, &json!({"error": {"code": code, "message": message}}))
}
