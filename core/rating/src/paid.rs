//! What we pay for a line by a rule of ours, where the vendor does not say.

use ratebook_line::Currency;

use crate::exact::Exact;
use crate::item::Item;
use crate::own_cost::{OwnCost, UnitCost};
use crate::phases::stop::Stop;
use crate::plan::RuleId;
use crate::state::State;

/// True if the vendor says what a line costs.
pub(crate) fn vendor_says(state: &State<'_>, item: &Item) -> bool {
    state.numbers.total_cost(item).is_some() && item.currency.is_some()
}

/// The rule, the price of a unit, the quantity and the currency of what we pay for a line.
pub(crate) fn of_item<'s>(
    state: &'s State<'_>,
    item: &Item,
) -> Result<Option<(RuleId, &'s Exact, Exact, Currency)>, Stop> {
    let Some(OwnCost { rule, each: Some(UnitCost { each, currency, .. }) }) = &state.plan(item).cost else {
        return Ok(None);
    };
    if vendor_says(state, item) {
        return Ok(None);
    }
    Ok(state.quantity(item)?.map(|quantity| (*rule, each, quantity, *currency)))
}
