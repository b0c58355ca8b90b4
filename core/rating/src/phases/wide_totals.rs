//! The totals of wide pools, as far as one session's lines go.

use super::entity::entity;
use super::pool::Pools;
use super::wide::{WideSum, WideTotals, name};
use crate::rules::ready::filter::Filter;
use crate::state::State;

/// What wide pools need to know of the session's own lines.
pub(crate) fn wide_totals(state: &State<'_>) -> WideTotals {
    let mut totals = WideTotals::default();
    if !state.rulebook.has_wide_pools() {
        return totals;
    }
    let bill_to = state.rulebook.settings.bill_to;
    let pools = Pools::new(state);
    for (index, pool) in pools.all.iter().enumerate() {
        let Some(key) = pools.wide_key(state, index) else { continue };
        let units = pool.members.iter().map(|item| state.plan(&state.items[*item as usize]).unit);
        let units = units.map(|unit| state.texts.get(unit).to_owned()).collect();
        let sum = WideSum {
            sum: pool.sum.clone(),
            largest: pool.largest.clone(),
            entitled: pool.entitled.clone(),
            lines: pool.lines,
            units,
        };
        totals.pools.insert(key, sum);
    }
    for (index, item) in (0_u32..).zip(&state.items) {
        if pools.is_held(index) {
            continue;
        }
        let plan = state.plan(item);
        for filter in &plan.filters {
            let Some(Filter::Included(scope)) = state.rulebook.filters.get(filter) else { continue };
            if !scope.is_wide(bill_to) {
                continue;
            }
            if let Ok(Some(quantity)) = state.quantity(item) {
                let entity = name(state, &entity(state, *scope, item));
                let within = pools.of(index).and_then(|pool| pools.wide_key(state, pool as usize));
                totals.count(*filter, entity, plan.month, within, &quantity);
            }
        }
    }
    totals
}
