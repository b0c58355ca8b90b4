//! Phase 4: lines of one rule summed for one entity and month, and units counted for what is included.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use ratebook_line::Month;

use super::corrections;
use super::entity::{Entity, PoolKey, bill_scope, entity};
use super::taken::Taken;
use super::wide::{WideKey, WideTotals};
use crate::exact::Exact;
use crate::item::Item;
use crate::line_problem::LineCode;
use crate::plan::RuleId;
use crate::rules::checked::price::Take;
use crate::rules::ready::filter::Filter;
use crate::rules::ready::matchers::MatcherId;
use crate::rules::ready::rule::Included;
use crate::state::State;
use crate::texts::TextId;

#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(crate) key: PoolKey,
    pub(crate) model: u32,
    /// The items of this rating in it, in order.
    pub(crate) members: Vec<u32>,
    /// How many lines it has everywhere.
    pub(crate) lines: u64,
    /// The sum of the lines' quantities, by which it is shared.
    pub(crate) sum: Exact,
    pub(crate) largest: Option<Exact>,
    pub(crate) entitled: Option<Exact>,
    pub(crate) unit: TextId,
    pub(crate) mixed: bool,
    /// What is wrong with the pool as a whole.
    pub(crate) problem: Option<LineCode>,
    /// What is taken of the lines' quantities, before included.
    pub(crate) quantity: Exact,
    /// Counted units, where something is included for each.
    pub(crate) counted: Option<Exact>,
    /// Counted units that choose the tier.
    pub(crate) level: Option<Exact>,
    /// What is included altogether.
    pub(crate) included: Exact,
    /// The chargeable quantity.
    pub(crate) chargeable: Exact,
}

#[derive(Debug, Default)]
pub(crate) struct Pools {
    pub(crate) all: Vec<Pool>,
    /// By item: its pool, or `u32::MAX`. Empty if no rule pools.
    of_item: Vec<u32>,
    /// Lines whose shares wait, although their pool does not.
    pub(crate) held_shares: BTreeSet<u32>,
    counts: HashMap<(MatcherId, Entity, Month), Exact>,
}

impl Pools {
    /// The pools of the session's own lines, problems of wide pools not known yet.
    pub(crate) fn new(state: &State<'_>) -> Pools {
        let rulebook = state.rulebook;
        let mut pools = Pools::default();
        if !rulebook.rules.iter().any(|rule| rule.price().is_some_and(|price| price.pool.is_some())) {
            return pools;
        }
        let mut by_key: HashMap<PoolKey, u32> = HashMap::new();
        for (index, item) in (0_u32..).zip(&state.items) {
            let plan = state.plan(item);
            let pooled = plan.price.ok().and_then(|priced| {
                let price = rulebook.rules[priced.rule as usize].price()?;
                Some((priced, price.pool?))
            });
            let Some((priced, scope)) = pooled else {
                pools.of_item.push(u32::MAX);
                continue;
            };
            let sku = if priced.from_book { state.sku_id(item.plan) } else { TextId::EMPTY };
            let key =
                PoolKey { rule: priced.rule, month: plan.month, sku, entity: entity(state, scope, item) };
            let pool = *by_key.entry(key).or_insert_with(|| {
                pools.all.push(Pool {
                    key,
                    model: priced.model,
                    members: Vec::new(),
                    lines: 0,
                    sum: Exact::ZERO,
                    largest: None,
                    entitled: None,
                    unit: plan.unit,
                    mixed: false,
                    problem: None,
                    quantity: Exact::ZERO,
                    counted: None,
                    level: None,
                    included: Exact::ZERO,
                    chargeable: Exact::ZERO,
                });
                pools.all.len() as u32 - 1
            });
            pools.of_item.push(pool);
            let pool = &mut pools.all[pool as usize];
            pool.members.push(index);
            pool.lines += 1;
            pool.mixed |= pool.unit != plan.unit;
            // What cannot be converted exactly is told when the line is priced.
            if let Ok(Some(quantity)) = state.quantity(item) {
                pool.sum = pool.sum.plus(&quantity);
                if takes_largest(state, priced.rule)
                    && pool.largest.as_ref().is_none_or(|most| quantity > *most)
                {
                    pool.largest = Some(quantity);
                }
            }
            if rulebook.models[priced.model as usize].is_on_entitled()
                && let Ok(Some(entitled)) = state.entitled(item)
            {
                let sum = pool.entitled.take().unwrap_or(Exact::ZERO);
                pool.entitled = Some(sum.plus(&entitled));
            }
        }
        for index in 0..pools.all.len() {
            if pools.wide_key(state, index).is_none() {
                pools.all[index].find_problem(state);
            }
        }
        for pool in &pools.all {
            if rulebook.rules[pool.key.rule as usize].price().is_some_and(|price| price.split) {
                let model = &rulebook.models[pool.model as usize];
                pools.held_shares.extend(corrections::in_shares(state, model, &pool.members));
            }
        }
        pools
    }

    pub(crate) fn of(&self, item: u32) -> Option<u32> {
        self.of_item.get(item as usize).copied().filter(|pool| *pool != u32::MAX)
    }

    /// True if the line waits because its pool does.
    pub(crate) fn is_held(&self, item: u32) -> bool {
        self.of(item).is_some_and(|pool| self.all[pool as usize].problem.is_some())
            || (!self.held_shares.is_empty() && self.held_shares.contains(&item))
    }

    pub(crate) fn wide_key(&self, state: &State<'_>, pool: usize) -> Option<WideKey> {
        let key = &self.all[pool].key;
        key.entity.scope.is_wide(state.rulebook.settings.bill_to).then(|| WideKey::new(state, key))
    }

    /// Takes the totals of all partitions over, then counts units and takes off what is included.
    pub(crate) fn complete(&mut self, state: &State<'_>, totals: &WideTotals) {
        for index in 0..self.all.len() {
            let Some(key) = self.wide_key(state, index) else { continue };
            let pool = &mut self.all[index];
            if let Some(total) = totals.pools.get(&key) {
                pool.sum = total.sum.clone();
                pool.largest.clone_from(&total.largest);
                pool.entitled.clone_from(&total.entitled);
                pool.lines = total.lines;
                pool.mixed = total.units.len() > 1;
            }
            pool.find_problem(state);
        }
        let counting = !state.rulebook.filters.is_empty();
        let items: &[Item] = if counting { &state.items } else { &[] };
        for (index, item) in (0_u32..).zip(items) {
            let plan = state.plan(item);
            if plan.filters.is_empty() || self.is_held(index) {
                continue;
            }
            for filter in &plan.filters {
                let scope = match state.rulebook.filters.get(filter) {
                    Some(Filter::Included(scope)) if !scope.is_wide(state.rulebook.settings.bill_to) => {
                        *scope
                    }
                    Some(Filter::Fee) => bill_scope(state),
                    _ => continue,
                };
                if let Ok(Some(quantity)) = state.quantity(item) {
                    let key = (*filter, entity(state, scope, item), plan.month);
                    let count = self.counts.entry(key).or_insert(Exact::ZERO);
                    *count = count.plus(&quantity);
                }
            }
        }
        for index in 0..self.all.len() {
            let wide = self.wide_key(state, index);
            let Some(price) = state.rulebook.rules[self.all[index].key.rule as usize].price() else {
                continue;
            };
            let counted_for =
                |filter: MatcherId| self.counted_for(state, index, filter, wide.as_ref(), totals);
            let counted = match &price.included {
                Some(Included::Per { filter, .. }) => counted_for(*filter),
                _ => None,
            };
            let level = price.level.map(|of| counted_for(of).unwrap_or(Exact::ZERO));
            let pool = &mut self.all[index];
            pool.level = level;
            (pool.counted, pool.included) = match (&price.included, counted) {
                (Some(Included::Fixed(fixed)), _) => (None, fixed.clone()),
                (Some(Included::Per { each, .. }), counted) => {
                    let counted = counted.unwrap_or(Exact::ZERO);
                    let included = each.times(&counted).max(Exact::ZERO);
                    (Some(counted), included)
                }
                (None, _) => (None, Exact::ZERO),
            };
            pool.chargeable = less_included(&pool.quantity, &pool.included);
        }
    }

    fn counted_for(
        &self,
        state: &State<'_>,
        pool: usize,
        filter: MatcherId,
        wide: Option<&WideKey>,
        totals: &WideTotals,
    ) -> Option<Exact> {
        let key = &self.all[pool].key;
        match wide {
            Some(wide) => Some(totals.counted(state, filter, wide)),
            None => self.counts.get(&(filter, key.entity, key.month)).cloned(),
        }
    }

    /// The units counted on a bill, for a fee.
    pub(crate) fn counted_on_bill(
        &self,
        state: &State<'_>,
        filter: MatcherId,
        payer: u32,
        month: Month,
    ) -> Option<&Exact> {
        let entity = Entity { scope: bill_scope(state), payer, a: TextId::EMPTY, b: TextId::EMPTY };
        self.counts.get(&(filter, entity, month))
    }

    /// What is charged together, by rule, whose lines they are, and month.
    pub(crate) fn by_rule_and_entity(&self) -> BTreeSet<(RuleId, Entity, Month)> {
        self.all.iter().map(|pool| (pool.key.rule, pool.key.entity, pool.key.month)).collect()
    }
}

impl Pool {
    /// What is charged of the lines' quantities, and what is wrong with it.
    fn find_problem(&mut self, state: &State<'_>) {
        let taken = Taken { sum: &self.sum, largest: self.largest.as_ref(), lines: self.lines };
        let rulebook = state.rulebook;
        self.quantity = taken.quantity(rulebook, self.key.rule);
        self.problem = if self.mixed {
            Some(LineCode::UnitMismatch)
        } else {
            taken.problem(rulebook, self.key.rule, self.model, self.entitled.as_ref())
        };
        let split = rulebook.rules[self.key.rule as usize].price().is_some_and(|price| price.split);
        let model = &rulebook.models[self.model as usize];
        if self.problem.is_none()
            && !split
            && corrections::are_limited(state, model, &self.members, &self.quantity)
        {
            self.problem = Some(LineCode::NegativeQuantity);
        }
    }
}

fn takes_largest(state: &State<'_>, rule: RuleId) -> bool {
    state.rulebook.rules[rule as usize].price().is_some_and(|price| price.take == Take::Max)
}

/// `max(0, Q - included)` for `Q` above 0; corrections give nothing back of what is included.
pub(crate) fn less_included(sum: &Exact, included: &Exact) -> Exact {
    if sum.is_positive() { sum.minus(included).max(Exact::ZERO) } else { sum.clone() }
}
