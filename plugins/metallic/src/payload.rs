//! The usage summary in Metallic's words, not yet judged: members as raw JSON text, so that no digit is lost.
//!
//! Source of the names: Metallic API reference, "Get Usage Summary" (`GET /api/v1/partner/usage/summary`), schema and
//! examples. Members that are not named there are remembered by name, so that `map` can say they were there.

pub(crate) mod accounts;
mod members;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use ratebook_plugin::{Fingerprint, Problem};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use members::row;

/// The whole answer.
#[derive(Debug)]
pub(crate) struct Summary<'a> {
    /// The rows, in the vendor's order.
    pub(crate) rows: Vec<Row<'a>>,
    /// Members beside `data`. The call has no paging; if it ever gets it, it would show here.
    pub(crate) unknown: BTreeSet<String>,
    /// The document.
    pub(crate) text: &'a [u8],
}

impl<'a> Summary<'a> {
    /// Reads the answer; a BOM is allowed, a member that stands twice is not.
    pub(crate) fn from_json(bytes: &'a [u8]) -> Result<Summary<'a>, Problem> {
        let summary: Summary<'a> = from_json(bytes, "a usage summary")?;
        Ok(Summary { text: bytes, ..summary })
    }
}

fn from_json<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, Problem> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(text)
        .map_err(|error| Problem::unexpected(format_args!("{what} as JSON"), bytes, error))
}

row! {
    /// One row: each member as its raw JSON text, absent if missing or `null`.
    Row, "a row of the summary, an object" {
        /// `"2023-08-01"`.
        usage_month = "usageMonth",
        sku_id = "skuId",
        consumed_quantity = "consumedQuantity",
        entitled_quantity = "entitledQuantity",
        overage_quantity = "overageQuantity",
        billable_quantity = "billableQuantity",
        unit_price = "unitPrice",
        /// Missing on per-user SKUs in every published example.
        billing_unit = "billingUnit",
        total_cost = "totalCost",
        currency = "currency",
        /// The schema's name.
        payment_option = "paymentOption",
        /// The examples' name for the same.
        kind = "type",
    }
}

impl Row<'_> {
    /// That of all members that are known, and of the names of the others.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let Row {
            usage_month,
            sku_id,
            consumed_quantity,
            entitled_quantity,
            overage_quantity,
            billable_quantity,
            unit_price,
            billing_unit,
            total_cost,
            currency,
            payment_option,
            kind,
            unknown,
            begins: _,
        } = self;
        let quantities = [consumed_quantity, entitled_quantity, overage_quantity, billable_quantity];
        let others =
            [usage_month, sku_id, unit_price, billing_unit, total_cost, currency, payment_option, kind];
        let known = quantities.into_iter().chain(others).map(|member| member.unwrap_or_default());
        Fingerprint::of(known.chain(unknown.iter().map(String::as_str)))
    }
}

struct SummaryVisitor;

impl<'de> Visitor<'de> for SummaryVisitor {
    type Value = Summary<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list `data`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Summary<'de>, M::Error> {
        let (mut rows, mut unknown) = (None, BTreeSet::new());
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "data" {
                if rows.replace(map.next_value()?).is_some() {
                    return Err(M::Error::duplicate_field("data"));
                }
            } else {
                map.next_value::<&RawValue>()?;
                unknown.insert(key.into_owned());
            }
        }
        Ok(Summary { rows: rows.ok_or_else(|| M::Error::missing_field("data"))?, unknown, text: &[] })
    }
}

impl<'de> Deserialize<'de> for Summary<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Summary<'de>, D::Error> {
        deserializer.deserialize_map(SummaryVisitor)
    }
}

/// An error answer: `{"error":{"code":1006,"message":"Record not found"}}` (Metallic API reference, "Get reseller by
/// id"). Other calls' error bodies are not published.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorAnswer {
    /// The error.
    pub(crate) error: ErrorWords,
}

/// What the vendor says went wrong.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorWords {
    /// A number in the published example.
    pub(crate) code: Option<serde_json::Value>,
    /// A sentence.
    pub(crate) message: Option<String>,
}

/// The answer of the renewal: a new pair, both replacing the old one (Commvault Cloud, "Using Refresh Tokens to Renew
/// Access Tokens"; the members' names as Commvault's own MCP server reads them).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RenewedTokens {
    /// The new access token.
    pub(crate) access_token: String,
    /// The new refresh token.
    pub(crate) refresh_token: String,
}
