//! Totals of pools that are wider than one bill: what partitions need to know of each other.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::Month;

use crate::exact::Exact;
use crate::phases::pool::{Entity, PoolKey, Pools, entity};
use crate::plan::RuleId;
use crate::rules::ready::Filter;
use crate::rules::ready::matchers::MatcherId;
use crate::state::State;

/// Sums of quantities and counted units over all lines, by wide pool. Made by
/// [`crate::Rating::wide_totals`] for each partition, then merged.
#[derive(Clone, Debug, Default)]
pub struct WideTotals {
    pub(crate) pools: BTreeMap<WideKey, WideSum>,
    counts: BTreeMap<CountKey, Exact>,
}

/// A pool by what it is in every partition alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WideKey {
    rule: RuleId,
    month: Month,
    sku: String,
    entity: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct WideSum {
    pub(crate) sum: Exact,
    pub(crate) entitled: Option<Exact>,
    pub(crate) lines: u64,
    pub(crate) units: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CountKey {
    filter: MatcherId,
    entity: String,
    month: Month,
    /// The wide pool that the counted lines are in: if it waits, they do not count.
    within: Option<WideKey>,
}

impl WideKey {
    pub(crate) fn new(state: &State<'_>, key: &PoolKey) -> WideKey {
        WideKey {
            rule: key.rule,
            month: key.month,
            sku: state.texts.get(key.sku).to_owned(),
            entity: name(state, &key.entity),
        }
    }
}

/// An entity by its name.
fn name(state: &State<'_>, entity: &Entity) -> String {
    match entity.payer {
        u32::MAX => format!("{}\0{}", entity.scope.word(), state.texts.get(entity.a)),
        payer => format!("payer\0{}", state.texts.get(state.payers[payer as usize].id)),
    }
}

impl WideTotals {
    pub(crate) fn new(state: &State<'_>) -> WideTotals {
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
            let sum =
                WideSum { sum: pool.sum.clone(), entitled: pool.entitled.clone(), lines: pool.lines, units };
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
                    let key = CountKey {
                        filter: *filter,
                        entity: name(state, &entity(state, *scope, item)),
                        month: plan.month,
                        within: pools.of(index).and_then(|pool| pools.wide_key(state, pool as usize)),
                    };
                    let count = totals.counts.entry(key).or_default();
                    *count = count.plus(&quantity);
                }
            }
        }
        totals
    }

    /// The totals of both.
    #[must_use]
    pub fn merge(mut self, other: WideTotals) -> WideTotals {
        for (key, theirs) in other.pools {
            let own = self.pools.entry(key).or_default();
            own.sum = own.sum.plus(&theirs.sum);
            own.entitled = match (own.entitled.take(), theirs.entitled) {
                (Some(a), Some(b)) => Some(a.plus(&b)),
                (a, b) => a.or(b),
            };
            own.lines += theirs.lines;
            own.units.extend(theirs.units);
        }
        for (key, theirs) in other.counts {
            let own = self.counts.entry(key).or_default();
            *own = own.plus(&theirs);
        }
        self
    }

    /// The units counted for a wide pool, without those of pools that wait.
    pub(crate) fn counted(&self, state: &State<'_>, filter: MatcherId, pool: &WideKey) -> Exact {
        let counts = self
            .counts
            .iter()
            .filter(|(key, _)| key.filter == filter && key.entity == pool.entity && key.month == pool.month);
        let sound =
            counts.filter(|(key, _)| key.within.as_ref().is_none_or(|within| !self.waits(state, within)));
        sound.fold(Exact::ZERO, |sum, (_, count)| sum.plus(count))
    }

    fn waits(&self, state: &State<'_>, key: &WideKey) -> bool {
        let Some(total) = self.pools.get(key) else { return false };
        let linear =
            state.rulebook.rules[key.rule as usize].price().is_some_and(|price| match price.source {
                crate::rules::ready::rule::Source::Model(model) => {
                    state.rulebook.models[model as usize].is_linear()
                }
                // A book's model is known by SKU and month; the sum decides only for those that are not linear.
                crate::rules::ready::rule::Source::Book(book) => state
                    .texts
                    .find(&key.sku)
                    .and_then(|sku| state.rulebook.book_prices.get(&(book, sku)))
                    .and_then(|versions| versions.iter().find(|version| version.months.contains(key.month)))
                    .is_some_and(|version| state.rulebook.models[version.model as usize].is_linear()),
            });
        total.units.len() > 1 || (total.sum.is_negative() && !linear)
    }
}
