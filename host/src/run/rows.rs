//! What is kept of a rated month when its bills are written and let go: small rows for the manifest and the table.

use ratebook_line::{Currency, Decimal};
use ratebook_rating::{Bill, Counts, Dropped, Held, VendorCost, Warning};

use crate::files::Published;

/// A month, rated, its files at their places.
pub(crate) struct RatedMonth<'r> {
    /// What is known of it.
    pub rows: Rows<'r>,
    /// `bills.json`.
    pub bills: Published,
    /// `priced.jsonl`.
    pub priced: Published,
}

/// What is known of a rated month without its bills.
pub(crate) struct Rows<'r> {
    /// A row for each bill, by customer.
    pub bills: Vec<BillRow>,
    /// The lines that wait, by number.
    pub held: Vec<Held<'r>>,
    /// The lines that rules dropped, by number.
    pub dropped: Vec<Dropped<'r>>,
    /// How many lines there were, and what became of them.
    pub counts: Counts,
    /// What is worth a look.
    pub warnings: Vec<Warning>,
}

/// A bill without its lines.
pub(crate) struct BillRow {
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
    /// Input lines that belong to it.
    pub counts: Counts,
    /// What the vendors charge for its lines.
    pub cost: VendorCost,
}

impl BillRow {
    /// The row of a bill.
    pub(super) fn of(bill: &Bill<'_>) -> BillRow {
        BillRow {
            customer: bill.customer().to_owned(),
            name: bill.name().map(str::to_owned),
            currency: bill.currency(),
            places: bill.places(),
            total: bill.total(),
            complete: bill.complete(),
            counts: bill.counts(),
            cost: bill.vendor_cost().clone(),
        }
    }
}
