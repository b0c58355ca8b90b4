//! Adjustments: what a closed month's bill would be by now, less what it was, put on the bill of an open month.
//!
//! An adjustment is an amount that was rated under the closed month's own rules. Nothing in the month that it is put
//! on changes it: no discount, no minimum, no rounding.

use ratebook_line::{Currency, Decimal, Month};
use serde::{Deserialize, Serialize};

/// One line of a closed month that would be another by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Adjustment {
    /// The line that is put right.
    pub adjusts: Adjusts,
    /// What it is by now less what it was, in the bill's currency.
    pub amount: Decimal,
    /// The currency of the closed bill.
    pub currency: Currency,
    /// Whose bill it is on.
    pub customer: String,
    /// What the line is called.
    pub name: String,
    /// The SKU of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The tax tag of the line.
    pub tax: String,
}

/// The line that an adjustment puts right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Adjusts {
    /// What it is by now; 0 if it is gone.
    pub is: Decimal,
    /// Its place on the customer's bill as it was, counted from 0; none if there was no such line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The closed month.
    pub month: Month,
    /// SHA-256 of the payloads that it comes from by now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payloads_now: Vec<String>,
    /// SHA-256 of the payloads that it came from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payloads_then: Vec<String>,
    /// What it was; 0 if there was no such line.
    pub was: Decimal,
}
