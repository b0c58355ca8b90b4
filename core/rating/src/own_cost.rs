//! What we pay for a line by a rule of ours, where the vendor does not say.

use ratebook_line::{Currency, Month};

use crate::exact::Exact;
use crate::item::Item;
use crate::phases::stop::Stop;
use crate::plan::RuleId;
use crate::price::{Factor, Of};
use crate::rules::ready::Rulebook;
use crate::rules::ready::rule::{CostOf, Rule, Verb};
use crate::state::State;
use crate::texts::TextId;

/// The cost of lines of a plan.
#[derive(Clone, Debug)]
pub(crate) struct OwnCost {
    pub(crate) rule: RuleId,
    /// For each unit; none if the book has none for the SKU, month and unit.
    pub(crate) each: Option<(Exact, Currency)>,
}

impl OwnCost {
    /// By the rule that won.
    pub(crate) fn new(
        rulebook: &Rulebook,
        (id, rule): (RuleId, &Rule),
        sku: TextId,
        month: Month,
        unit: TextId,
    ) -> OwnCost {
        OwnCost { rule: id, each: each(rulebook, rule, sku, month, unit) }
    }
}

fn each(
    rulebook: &Rulebook,
    rule: &Rule,
    sku: TextId,
    month: Month,
    unit: TextId,
) -> Option<(Exact, Currency)> {
    let Verb::Cost(cost) = &rule.verb else { return None };
    let (each, wanted, currency) = match &cost.of {
        CostOf::Each(each) => (each.clone(), None, rule.currency),
        CostOf::Book(book) => {
            let versions = rulebook.book_prices.get(&(*book, sku))?;
            let version = versions.iter().find(|version| version.months.contains(month))?;
            // Loading lets prices per unit through alone.
            let Factor { of: Of::Quantity, times, .. } = rulebook.models[version.model as usize].factor()?
            else {
                return None;
            };
            (times, version.unit, version.currency)
        }
    };
    let is_in_unit = [cost.unit, wanted].iter().flatten().all(|wanted| *wanted == unit);
    is_in_unit.then_some((each, currency))
}

/// True if the vendor says what a line costs.
pub(crate) fn vendor_says(state: &State<'_>, item: &Item) -> bool {
    state.numbers.total_cost(item).is_some() && item.currency.is_some()
}

/// The rule, the price of a unit, the quantity and the currency of what we pay for a line.
pub(crate) fn of_item<'s>(
    state: &'s State<'_>,
    item: &Item,
) -> Result<Option<(RuleId, &'s Exact, Exact, Currency)>, Stop> {
    let Some(OwnCost { rule, each: Some((each, currency)) }) = &state.plan(item).cost else {
        return Ok(None);
    };
    if vendor_says(state, item) {
        return Ok(None);
    }
    Ok(state.quantity(item)?.map(|quantity| (*rule, each, quantity, *currency)))
}
