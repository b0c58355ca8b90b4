//! What is to be done about the lines of a month that are on no bill yet, as it can be pasted into the rules.
//!
//! The month is rated once more under the rules as they are now, and every line that waits is put to what would have it
//! billed: a customer that lists its tenant, a price for its SKU, or a decision of a person. Nothing is written.

mod decisions;
mod fields;
mod prices;
mod sums;
mod tenants;

use std::collections::BTreeSet;

use ratebook_line::Month;
use ratebook_rating::{BillTo, Held, Rulebook};

pub(crate) use decisions::{Decision, Waiting};
pub(crate) use prices::Gap;
pub(crate) use sums::Sums;
pub(crate) use tenants::{Payer, TenantGap};

use crate::failure::Failures;
use crate::rating::{self, How, Usage};

/// What is to be done about a month.
#[derive(Debug)]
pub(crate) struct Todo {
    /// The month.
    pub month: Month,
    /// `customer` or `partner`: who gets bills.
    pub payers_are: &'static str,
    /// Tenants that nobody lists, by whose they probably are.
    pub payers: Vec<Payer>,
    /// SKUs without a price, by book.
    pub gaps: Vec<Gap>,
    /// Lines that wait for somebody to decide, by the decision.
    pub decisions: Vec<Decision>,
}

impl Todo {
    /// True if no line waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.payers.is_empty() && self.gaps.is_empty() && self.decisions.is_empty()
    }
}

/// Finds what is to be done. The rules hold what cannot be priced, so that all of it is found.
///
/// # Errors
/// Lines that are damaged; what rules cannot price even if they may hold.
pub(crate) fn find(usage: &Usage, rulebook: &Rulebook, how: How<'_>) -> Result<Todo, Failures> {
    let ended = rating::rate_bills(usage, rulebook, how, &mut |_| Ok(()))?;
    let held: Vec<Held<'_>> = ended.held().collect();
    let wanted: BTreeSet<u64> = held.iter().map(|held| held.line).collect();
    let mut tenants = tenants::Tenants::default();
    let mut prices = prices::Prices::default();
    let mut decisions = decisions::Decisions::default();
    // Both come by number.
    let mut held = held.iter();
    rating::some_lines(&usage.files, &wanted, |number, line| {
        let Some(held) = held.find(|held| held.line == number) else { return Ok(()) };
        let [vendor, tenant, sku] = [&line.vendor, &line.tenant, &line.sku_id].map(fields::text);
        match held.code {
            "unknown-customer" if !vendor.is_empty() && !tenant.is_empty() => tenants.add(line),
            "no-book-entry" | "no-price" if !sku.is_empty() => {
                prices.add(held.rule.and_then(|rule| rulebook.book_of(rule)), held, line);
            }
            _ => decisions.add(held, line),
        }
        Ok(())
    })?;
    Ok(Todo {
        month: usage.month,
        payers_are: match rulebook.bill_to() {
            BillTo::Customer => "customer",
            BillTo::Partner => "partner",
        },
        payers: tenants.by_payer(rulebook),
        gaps: prices.by_book(rulebook, usage.month),
        decisions: decisions.all(rulebook),
    })
}
