//! Sophos Central: the identity service that gives out tokens, and the partner API, each a server of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::message::{Answer, Request};
use crate::server::{Server, Vendor};

/// The API client's id.
pub const CLIENT_ID: &str = "5f6a0c1e-sophos-client";

/// Its secret; a canary that must never show up anywhere.
pub const CLIENT_SECRET: &str = "canary-sophos-secret-0001";

/// The partner whose API client it is.
pub const PARTNER_ID: &str = "d31ab2df-7005-4c06-bd7d-2bc8de44be06";

/// Tokens that are valid now; each is a canary.
type Tokens = Arc<Mutex<Vec<String>>>;

/// `id.sophos.com`.
#[derive(Debug, Default)]
pub struct Identity {
    /// Tokens given out so far.
    pub given: u32,
    valid: Tokens,
}

/// `api.central.sophos.com`: its fields are its switches.
#[derive(Debug)]
pub struct Central {
    /// Items by year and month as the path names them (`2026/3`); a month that is not there answers 404.
    pub months: BTreeMap<String, Vec<Value>>,
    /// Items on a page, unless a page size is asked for.
    pub page_size: usize,
    /// What `whoami` says: `partner`, `organization` or `tenant`.
    pub id_type: String,
    /// Requests until all tokens expire, once.
    pub requests_left: Option<u32>,
    valid: Tokens,
}

/// Both services, which behave.
#[must_use]
pub fn start(month: &str, items: Vec<Value>) -> (Server<Identity>, Server<Central>) {
    let identity = Identity::default();
    let central = Central {
        months: BTreeMap::from([(month.to_owned(), items)]),
        page_size: 50,
        id_type: "partner".to_owned(),
        requests_left: None,
        valid: Arc::clone(&identity.valid),
    };
    (Server::start(identity), Server::start(central))
}

impl Vendor for Identity {
    fn answer(&mut self, request: &Request) -> Answer {
        if (request.method.as_str(), request.path.as_str()) != ("POST", "/api/v2/oauth2/token") {
            return error(404, "notFound");
        }
        let form = request.form();
        let says = |name: &str, value: &str| form.contains(&(name.to_owned(), value.to_owned()));
        let is_known = says("client_id", CLIENT_ID) && says("client_secret", CLIENT_SECRET);
        if !is_known || !says("grant_type", "client_credentials") || !says("scope", "token") {
            return Answer::json(
                400,
                &json!({"errorCode": "oauth.invalid_client", "message": "Bad Request"}),
            );
        }
        self.given += 1;
        let token = format!("canary-sophos-token-{:04}", self.given);
        self.valid.lock().unwrap_or_else(PoisonError::into_inner).push(token.clone());
        let refresh = format!("canary-sophos-refresh-{:04}", self.given);
        Answer::json(
            200,
            &json!({
                "access_token": token, "refresh_token": refresh, "token_type": "bearer", "expires_in": 3600,
                "message": "OK", "errorCode": "success", "trackingId": "7d1a",
            }),
        )
    }
}

impl Vendor for Central {
    fn answer(&mut self, request: &Request) -> Answer {
        let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut self.requests_left {
            Some(0) => {
                valid.clear();
                self.requests_left = None;
            }
            Some(left) => *left -= 1,
            None => {}
        }
        let authorization = request.header("authorization").unwrap_or_default();
        if !valid.iter().any(|token| authorization == format!("Bearer {token}")) {
            return error(401, "unauthorized");
        }
        drop(valid);
        match request.segments()[..] {
            ["whoami", "v1"] => Answer::json(
                200,
                &json!({"id": PARTNER_ID, "idType": self.id_type, "apiHosts": {"global": "https://api.central.sophos.com"}}),
            ),
            ["partner", "v1", "billing", "usage", year, month] => {
                if request.header("x-partner-id") != Some(PARTNER_ID) {
                    return error(403, "forbidden");
                }
                self.months
                    .get(&format!("{year}/{month}"))
                    .map_or_else(|| error(404, "notFound"), |items| page(items, request, self.page_size))
            }
            _ => error(404, "notFound"),
        }
    }
}

/// A page by key; the key is the number of the item that it begins with, hidden.
fn page(items: &[Value], request: &Request, page_size: usize) -> Answer {
    let size = request.query("pageSize").and_then(|size| size.parse().ok()).unwrap_or(page_size);
    let from = match request.query("pageFromKey") {
        None => 0,
        Some(key) => match key.strip_prefix("key/of+").and_then(|number| number.parse().ok()) {
            Some(number) => number,
            None => return error(400, "badRequest"),
        },
    };
    let rest = items.get(from..).unwrap_or_default();
    let mut pages = json!({"size": size, "maxSize": 1000, "fromKey": format!("key/of+{from}")});
    if rest.len() > size {
        pages["nextKey"] = format!("key/of+{}", from + size).into();
    }
    if request.query("pageTotal") == Some("true") {
        pages["total"] = items.len().div_ceil(size).into();
    }
    let items: Vec<&Value> = rest.iter().take(size).collect();
    Answer::json(200, &json!({"items": items, "pages": pages}))
}

/// An item of March 2026, in euros.
#[must_use]
pub fn item(
    line: u32,
    account: &str,
    external_id: &str,
    sku: &str,
    quantity: u32,
    unit_price: &str,
) -> Value {
    json!({
        "partnerAccountId": PARTNER_ID, "partnerAccountName": "Fabrikam", "billingStartDate": "2026-03-01",
        "billingEndDate": "2026-03-31", "orderNumber": "O-1", "orderLineItemNumber": format!("O-1-{line}"),
        "accountNumberOrSerialNumber": format!("CN-{account}"), "productDescription": format!("Name of {sku}"),
        "productGroup": "User", "sku": sku, "billableQuantity": quantity, "actualQuantity": quantity,
        "externalId": external_id, "accountId": account, "accountStatus": "active", "productCode": "CIXA-MSP",
        "assignedAccountIdentifier": format!("Name of {account}"), "unitPriceCurrency": "EUR",
        "unitPrice": unit_price,
    })
}

fn error(status: u16, error: &str) -> Answer {
    let body = json!({
        "error": error, "message": "As the status says.", "correlationId": "e1bfb331-5254-90cc-f00c-74cc35882eb6",
    });
    Answer::json(status, &body)
}
