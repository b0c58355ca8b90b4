//! A page of usage in Acme's words, not yet judged.

use std::borrow::Cow;

use ratebook_line::JsonDecimal;
use serde::Deserialize;

/// A page of `GET /v1/usage`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page<'a> {
    /// The rows, in the vendor's order.
    #[serde(borrow)]
    pub(crate) items: Vec<Item<'a>>,
    /// What to ask for next; `null` on the last page.
    pub(crate) next: Option<Cow<'a, str>>,
}

/// One row. What the vendor may add is refused until somebody has looked at it: it could change what is billed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Item<'a> {
    /// `2026-03`.
    #[serde(borrow)]
    pub(crate) month: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) customer_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) customer_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) sku: Cow<'a, str>,
    /// Numbers are read from their text: no digit is lost.
    pub(crate) quantity: JsonDecimal,
    #[serde(borrow)]
    pub(crate) unit: Option<Cow<'a, str>>,
    pub(crate) unit_cost: Option<JsonDecimal>,
    pub(crate) cost: Option<JsonDecimal>,
    #[serde(borrow)]
    pub(crate) currency: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) trial: bool,
}
