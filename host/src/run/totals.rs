//! `totals.json`: what each customer and each SKU comes to, for whoever compares months.

use std::collections::BTreeMap;

use ratebook_line::Currency;
use serde::{Deserialize, Serialize};

use super::rows::Rows;
use crate::output::money::fixed;

/// What a month comes to. Amounts are texts of decimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Totals {
    /// Every bill, by customer.
    pub customers: Vec<CustomerTotal>,
    /// Every SKU, by currency: what was charged for its usage, before what is on whole bills.
    pub skus: Vec<SkuTotal>,
}

/// What a bill comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerTotal {
    /// The currency of the bill.
    pub currency: Currency,
    /// Whom it is for.
    pub customer: String,
    /// Lines of usage that are on it.
    pub lines: u64,
    /// The name that the rules give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its total.
    pub total: String,
}

/// What a SKU comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SkuTotal {
    /// The sum of its lines.
    pub amount: String,
    /// The currency of these lines.
    pub currency: Currency,
    /// How many bills have it.
    pub bills: u64,
    /// The SKU as bills show it; the name of a line without one.
    pub sku: String,
}

impl Totals {
    /// Those of a rated month.
    pub(super) fn of(rows: &Rows<'_>) -> Totals {
        let places: BTreeMap<Currency, u32> =
            rows.bills.iter().map(|bill| (bill.currency, bill.places)).collect();
        let customers = rows.bills.iter().map(|bill| CustomerTotal {
            currency: bill.currency,
            customer: bill.customer.clone(),
            lines: bill.counts.priced,
            name: bill.name.clone(),
            total: fixed(bill.total, bill.places),
        });
        let skus = rows.skus.iter().map(|((sku, currency), row)| SkuTotal {
            amount: fixed(row.amount, places.get(currency).copied().unwrap_or(2)),
            currency: *currency,
            bills: row.bills,
            sku: sku.clone(),
        });
        Totals { customers: customers.collect(), skus: skus.collect() }
    }

    /// Reads what was written.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn read(bytes: &[u8]) -> Result<Totals, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }
}
