//! What a bill is without its lines.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal};
use ratebook_rating::{Bill, Counts, VendorCost};

/// A bill without its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BillHead {
    /// Whom it is for.
    pub customer: String,
    /// The name that the rules give to whom it is for.
    pub name: Option<String>,
    /// The currency of its amounts.
    pub currency: Currency,
    /// Decimal places of its amounts.
    pub places: u32,
    /// The sum of its lines.
    pub total: Decimal,
    /// False if lines that belong to it wait.
    pub complete: bool,
    /// How many lines it has.
    pub bill_lines: u64,
    /// Lines of usage that belong to it.
    pub counts: Counts,
    /// What is left of each credit, by rule.
    pub credits: BTreeMap<String, Decimal>,
    /// What the vendors charge for its lines.
    pub cost: VendorCost,
}

impl BillHead {
    /// A bill without its lines.
    pub(crate) fn of(bill: &Bill<'_>) -> BillHead {
        BillHead {
            customer: bill.customer().to_owned(),
            name: bill.name().map(str::to_owned),
            currency: bill.currency(),
            places: bill.places(),
            total: bill.total(),
            complete: bill.complete(),
            bill_lines: bill.rows().len() as u64,
            counts: bill.counts(),
            credits: bill.credit_left().into_iter().map(|(rule, left)| (rule.to_owned(), left)).collect(),
            cost: bill.vendor_cost().clone(),
        }
    }
}
