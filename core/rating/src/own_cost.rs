//! What a unit costs us by a rule of ours, where the vendor does not say: as far as rules alone decide it.

use ratebook_line::{Currency, Month};

use crate::exact::Exact;
use crate::price::{Factor, Of};
use crate::rules::ready::Rulebook;
use crate::rules::ready::rule::{CostOf, Rule, Verb};
use crate::texts::TextId;

/// The cost of lines of a plan.
#[derive(Clone, Debug)]
pub(crate) struct OwnCost {
    /// The number of the rule in its rulebook.
    pub(crate) rule: u32,
    /// For each unit; none if the book has none for the SKU, month and unit.
    pub(crate) each: Option<UnitCost>,
}

/// What a unit costs us.
#[derive(Clone, Debug)]
pub(crate) struct UnitCost {
    pub(crate) each: Exact,
    pub(crate) currency: Currency,
    /// The price in a book that it is.
    pub(crate) entry: Option<u32>,
}

impl OwnCost {
    /// By the rule that won.
    pub(crate) fn new(
        rulebook: &Rulebook,
        (id, rule): (u32, &Rule),
        sku: TextId,
        month: Month,
        unit: TextId,
    ) -> OwnCost {
        OwnCost { rule: id, each: each(rulebook, rule, sku, month, unit) }
    }
}

fn each(rulebook: &Rulebook, rule: &Rule, sku: TextId, month: Month, unit: TextId) -> Option<UnitCost> {
    let Verb::Cost(cost) = &rule.verb else { return None };
    let (each, wanted, currency, entry) = match &cost.of {
        CostOf::Each(each) => (each.clone(), None, rule.currency, None),
        CostOf::Book(book) => {
            let versions = rulebook.book_prices.get(&(*book, sku))?;
            let version = versions.iter().find(|version| version.months.contains(month))?;
            // Loading lets prices per unit through alone.
            let Factor { of: Of::Quantity, times, .. } = rulebook.models[version.model as usize].factor()?
            else {
                return None;
            };
            (times, version.unit, version.currency, Some(version.model))
        }
    };
    let is_in_unit = [cost.unit, wanted].iter().flatten().all(|wanted| *wanted == unit);
    is_in_unit.then_some(UnitCost { each, currency, entry })
}
