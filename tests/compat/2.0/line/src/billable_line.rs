//! The common schema: one line of usage, as every vendor's is written down.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::json::{decimal, optional_text, texts, usage_month};
use crate::{Currency, Decimal, Month};

/// One normalised, unpriced usage record.
///
/// Absent is absent: never 0, never `""` (an empty text read from a file is taken as absent). Quantities and
/// amounts are the vendor's own numbers. Texts may borrow from the buffer they were read from; see
/// [`BillableLine::into_owned`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BillableLine<'a> {
    /// The month the usage belongs to; written as its first day, `2026-03-01`.
    #[serde(with = "usage_month")]
    pub usage_month: Month,
    /// The configured account this came from.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub source: Option<Cow<'a, str>>,
    /// The vendor plugin's id.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Cow<'a, str>>,
    /// The vendor's id of who used it; a key.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Cow<'a, str>>,
    /// The vendor's name of who used it; a label, never a key.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub tenant_name: Option<Cow<'a, str>>,
    /// The vendor's id of the tenant's parent, where it has one.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub partner: Option<Cow<'a, str>>,
    /// The vendor's external reference of the tenant: our own customer id, where somebody entered it there.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub customer: Option<Cow<'a, str>>,
    /// The vendor's id for what is sold.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub sku_id: Option<Cow<'a, str>>,
    /// The vendor's name for what is sold.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub sku_name: Option<Cow<'a, str>>,
    /// The vendor's edition of the service.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub edition: Option<Cow<'a, str>>,
    /// What is counted under the SKU.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub meter: Option<Cow<'a, str>>,
    /// Further marks of the vendor (such as `trial`).
    #[serde(default, borrow, deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Cow<'a, str>>,
    /// What was used.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub consumed_quantity: Option<Decimal>,
    /// What the contract with the vendor covers.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub entitled_quantity: Option<Decimal>,
    /// What was used beyond that, in the vendor's own reckoning.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub overage_quantity: Option<Decimal>,
    /// What the vendor bills us for.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub billable_quantity: Option<Decimal>,
    /// The unit of the quantities as the vendor spells it.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub billing_unit: Option<Cow<'a, str>>,
    /// Which of the vendor's numbers the quantity is (`effective.production`, `peak` ...).
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub measure: Option<Cow<'a, str>>,
    /// What the vendor charges us per unit, in [`BillableLine::currency`].
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// What the vendor charges us for the line, in [`BillableLine::currency`].
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub total_cost: Option<Decimal>,
    /// The currency of the vendor's price and cost.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::json::currency")]
    pub currency: Option<Currency>,
    /// Utility, pool, term, term overage, volume ... in the vendor's spelling.
    #[serde(default, borrow, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub payment_option: Option<Cow<'a, str>>,
    /// Where in the archive the line stands.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin<'a>>,
}

/// Where in the archive a line stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Origin<'a> {
    /// SHA-256 of the payload's bytes as they came, in hex.
    #[serde(borrow)]
    pub payload: Cow<'a, str>,
    /// The record of the payload, counted from 1 (a CSV header is not counted).
    pub row: u64,
}

impl BillableLine<'static> {
    /// A line of a month with everything else absent.
    #[must_use]
    pub fn new(usage_month: Month) -> BillableLine<'static> {
        BillableLine {
            usage_month,
            source: None,
            vendor: None,
            tenant: None,
            tenant_name: None,
            partner: None,
            customer: None,
            sku_id: None,
            sku_name: None,
            edition: None,
            meter: None,
            tags: Vec::new(),
            consumed_quantity: None,
            entitled_quantity: None,
            overage_quantity: None,
            billable_quantity: None,
            billing_unit: None,
            measure: None,
            unit_price: None,
            total_cost: None,
            currency: None,
            payment_option: None,
            origin: None,
        }
    }
}

impl BillableLine<'_> {
    /// The same line with all its texts its own.
    #[must_use]
    pub fn into_owned(self) -> BillableLine<'static> {
        let own = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        BillableLine {
            usage_month: self.usage_month,
            source: own(self.source),
            vendor: own(self.vendor),
            tenant: own(self.tenant),
            tenant_name: own(self.tenant_name),
            partner: own(self.partner),
            customer: own(self.customer),
            sku_id: own(self.sku_id),
            sku_name: own(self.sku_name),
            edition: own(self.edition),
            meter: own(self.meter),
            tags: self.tags.into_iter().map(|tag| Cow::Owned(tag.into_owned())).collect(),
            consumed_quantity: self.consumed_quantity,
            entitled_quantity: self.entitled_quantity,
            overage_quantity: self.overage_quantity,
            billable_quantity: self.billable_quantity,
            billing_unit: own(self.billing_unit),
            measure: own(self.measure),
            unit_price: self.unit_price,
            total_cost: self.total_cost,
            currency: self.currency,
            payment_option: own(self.payment_option),
            origin: self
                .origin
                .map(|origin| Origin { payload: Cow::Owned(origin.payload.into_owned()), row: origin.row }),
        }
    }
}
