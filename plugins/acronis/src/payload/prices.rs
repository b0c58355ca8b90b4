//! `GET /api/price_sync/v1/effective_price_lists`: what Acronis charges us for a SKU.
//!
//! Source: Acronis price list API. All prices are texts. A price has a currency and no unit.

use ratebook_plugin::{Month, Problem};
use serde::Deserialize;

/// The longest answer that is read.
pub(crate) const LONGEST: usize = 64 << 20;

/// The answer.
#[derive(Debug, Deserialize)]
struct Answer {
    price_lists: Vec<PriceList>,
}

/// One price list of one month.
#[derive(Debug, Deserialize)]
pub(crate) struct PriceList {
    /// `2026-03`.
    pub(crate) month: String,
    /// ISO 4217.
    pub(crate) currency: String,
    pub(crate) pricelist_code: Option<String>,
    pub(crate) prices: Vec<Price>,
}

/// The price of a SKU.
#[derive(Debug, Deserialize)]
pub(crate) struct Price {
    pub(crate) sku: String,
    pub(crate) effective_price: Option<String>,
    pub(crate) list_price: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) friendly_name: Option<String>,
}

impl PriceList {
    /// Its code and currency, for people.
    fn named(&self) -> String {
        let code = self.pricelist_code.as_deref().unwrap_or("without a code");
        format!("{code} ({}, {} prices)", self.currency, self.prices.len())
    }
}

/// The month's price list out of answers; none if they hold no list at all.
///
/// # Errors
/// [`Problem::data`] if an answer is something else, of another month only, or has several lists for the month and
/// `code` chooses none of them.
pub(crate) fn of_month(
    answers: &[Vec<u8>],
    month: Month,
    code: Option<&str>,
) -> Result<Option<PriceList>, Problem> {
    let mut lists = Vec::new();
    for bytes in answers {
        let answer: Answer = serde_json::from_slice(bytes)
            .map_err(|error| Problem::unexpected("Acronis price lists", bytes, error))?;
        lists.extend(answer.price_lists);
    }
    if lists.is_empty() {
        return Ok(None);
    }
    let asked = month.to_string();
    let (mut ours, others): (Vec<PriceList>, Vec<PriceList>) =
        lists.into_iter().partition(|list| list.month == asked);
    if ours.is_empty() {
        let months: Vec<String> = others.iter().map(|list| format!("{:?}", list.month)).collect();
        return Err(Problem::data(format!(
            "asked for the prices of {month}, the price list is of {}",
            months.join(", ")
        )));
    }
    let names: Vec<String> = ours.iter().map(PriceList::named).collect();
    if let Some(code) = code {
        ours.retain(|list| list.pricelist_code.as_deref() == Some(code));
    }
    match (ours.pop(), ours.is_empty()) {
        (Some(list), true) => Ok(Some(list)),
        (Some(_), false) => {
            Err(Problem::data(format!("there are several price lists for {month}: {}", names.join(", ")))
                .advise("Say which is used: price_list = \"...\", its code."))
        }
        (None, _) => Err(Problem::config(
            "price_list",
            format!(
                "no price list for {month} has the code {:?}, there is {}",
                code.unwrap_or_default(),
                names.join(", ")
            ),
        )),
    }
}
