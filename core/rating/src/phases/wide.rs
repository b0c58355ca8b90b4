//! Totals of pools that are wider than one bill: what partitions need to know of each other.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::Month;

use super::entity::{Entity, PoolKey};
use super::taken::Taken;
use crate::exact::Exact;
use crate::plan::RuleId;
use crate::rules::ready::matchers::MatcherId;
use crate::rules::ready::rule::Source;
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
    pub(crate) largest: Option<Exact>,
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
pub(super) fn name(state: &State<'_>, entity: &Entity) -> String {
    match entity.payer {
        u32::MAX => format!("{}\0{}", entity.scope.word(), state.texts.get(entity.a)),
        payer => format!("payer\0{}", state.texts.get(state.payers[payer as usize].id)),
    }
}

impl WideTotals {
    /// Adds a quantity to what is counted for wide pools.
    pub(super) fn count(
        &mut self,
        filter: MatcherId,
        entity: String,
        month: Month,
        within: Option<WideKey>,
        quantity: &Exact,
    ) {
        let count = self.counts.entry(CountKey { filter, entity, month, within }).or_default();
        *count = count.plus(quantity);
    }

    /// The totals of both.
    #[must_use]
    pub fn merge(mut self, other: WideTotals) -> WideTotals {
        for (key, theirs) in other.pools {
            let own = self.pools.entry(key).or_default();
            own.sum = own.sum.plus(&theirs.sum);
            own.largest = own.largest.take().max(theirs.largest);
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
        let rulebook = state.rulebook;
        let model = rulebook.rules[key.rule as usize].price().and_then(|price| match price.source {
            Source::Model(model) => Some(model),
            // A book's model is known by SKU and month; the sum decides only for those that are not linear.
            Source::Book(book) => {
                let versions = rulebook.book_prices.get(&(book, state.texts.find(&key.sku)?))?;
                versions
                    .iter()
                    .find(|version| version.months.contains(key.month))
                    .map(|version| version.model)
            }
        });
        let taken = Taken { sum: &total.sum, largest: total.largest.as_ref(), lines: total.lines };
        total.units.len() > 1
            || model.is_none_or(|model| {
                taken.problem(rulebook, key.rule, model, total.entitled.as_ref()).is_some()
            })
    }
}
