//! A session when all its lines are in: pools completed, what waits known, items in the order of bills.

use std::borrow::Cow;

use crate::commitments;
use crate::line_problem::LineCode;
use crate::outcome::{Counts, Dropped, Held};
use crate::phases::commitment::Commitment;
use crate::phases::context::Context;
use crate::phases::pool::Pools;
use crate::phases::wide::WideTotals;
use crate::plan::Route;
use crate::state::{HeldLine, State};
use crate::texts::TextId;

/// Everything that bills are made of; nothing in it changes any more.
#[derive(Debug)]
pub(crate) struct Settled<'r> {
    pub(crate) state: State<'r>,
    pub(crate) pools: Pools,
    pub(crate) commitments: Vec<Commitment>,
    pub(crate) order: Order,
}

impl<'r> Settled<'r> {
    pub(crate) fn new(mut state: State<'r>, totals: &WideTotals) -> Settled<'r> {
        // Bills list usage by its first source line, whatever the order in which lines came.
        if !state.items.is_sorted_by_key(|item| item.number) {
            state.items.sort_by_key(|item| item.number);
        }
        let mut pools = Pools::new(&state);
        pools.complete(&state, totals);
        hold_pools(&mut state, &pools);
        let mut commitments = commitments::unused(&mut state, &pools);
        commitments.sort_by_key(|commitment| commitment.payer);
        let order = by_payer(&state);
        Settled { state, pools, commitments, order }
    }

    pub(crate) fn context(&self) -> Context<'_, 'r> {
        Context { state: &self.state, pools: &self.pools, commitments: &self.commitments }
    }

    /// The items of a payer, by number.
    pub(crate) fn items_of(&self, payer: u32) -> &[u32] {
        let id = |payer: u32| self.state.texts.get(self.state.payers[payer as usize].id);
        let place = self.order.payers.binary_search_by(|(other, _)| id(*other).cmp(id(payer)));
        place.map_or(&[][..], |place| &self.order.items[self.order.payers[place].1.clone()])
    }

    /// How many lines there were, and what became of them.
    pub(crate) fn counts(&self) -> Counts {
        let (lines, held, dropped) =
            (self.state.lines, self.state.held.len() as u64, self.state.dropped.len() as u64);
        Counts { dropped, held, lines, priced: lines - held - dropped }
    }

    pub(crate) fn held(&self) -> impl Iterator<Item = Held<'r>> + use<'_, 'r> {
        let state = &self.state;
        // Texts of the rules are theirs for good; texts of lines go with the session.
        let text = |id: TextId| match state.rulebook.texts.find(state.texts.get(id)) {
            Some(id) => Cow::Borrowed(state.rulebook.texts.get(id)),
            None => Cow::Owned(state.texts.get(id).to_owned()),
        };
        state.held.iter().map(move |held| {
            let rule = held.rule.map(|rule| &state.rulebook.rules[rule as usize]);
            let payer = state.whos[held.who as usize].payer;
            let reason = match (held.code, state.plans[held.plan as usize].route) {
                (Some(code), _) => Cow::Owned(about(state, code, held)),
                (None, Route::Hold(reason)) => text(reason),
                (None, _) => Cow::Borrowed(""),
            };
            Held {
                line: held.number,
                code: held.code.map_or(Held::BY_RULE, LineCode::word),
                rule: rule.map(|rule| rule.common.id.as_str()),
                reason,
                customer: payer.map(|payer| text(state.payers[payer as usize].id)),
            }
        })
    }

    pub(crate) fn dropped(&self) -> impl Iterator<Item = Dropped<'r>> + use<'_, 'r> {
        let rulebook = self.state.rulebook;
        self.state.dropped.iter().map(move |dropped| {
            let common = &rulebook.rules[dropped.rule as usize].common;
            Dropped { line: dropped.number, rule: &common.id, reason: &common.reason }
        })
    }
}

/// Lines whose pool has a problem wait with it, and those whose shares of it have one.
fn hold_pools(state: &mut State<'_>, pools: &Pools) {
    let whole = pools.all.iter().filter_map(|pool| Some((pool, pool.problem?)));
    let whole =
        whole.flat_map(|(pool, code)| pool.members.iter().map(move |item| (*item, pool.key.rule, code)));
    let shares = pools.held_shares.iter().filter_map(|item| {
        let pool = &pools.all[pools.of(*item)? as usize];
        pool.problem.is_none().then_some((*item, pool.key.rule, LineCode::NegativeQuantity))
    });
    for (item, rule, code) in whole.chain(shares) {
        let item = &state.items[item as usize];
        let held = HeldLine {
            number: item.number,
            code: Some(code),
            rule: Some(rule),
            who: item.who,
            plan: item.plan,
        };
        let payer = state.payer_of(item) as usize;
        state.payers[payer].held += 1;
        state.held.push(held);
    }
    state.held.sort_by_key(|held| held.number);
}

/// The items of every payer, payers in the order of their ids.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) items: Vec<u32>,
    pub(crate) payers: Vec<(u32, std::ops::Range<usize>)>,
}

fn by_payer(state: &State<'_>) -> Order {
    let mut payers: Vec<u32> = (0..state.payers.len() as u32).collect();
    payers.sort_by_key(|payer| state.texts.get(state.payers[*payer as usize].id));
    let mut starts = vec![0_usize; state.payers.len()];
    for item in &state.items {
        starts[state.payer_of(item) as usize] += 1;
    }
    let mut at = 0;
    let mut ranges = Vec::with_capacity(payers.len());
    for payer in payers {
        let count = starts[payer as usize];
        ranges.push((payer, at..at + count));
        starts[payer as usize] = at;
        at += count;
    }
    let mut items = vec![0_u32; state.items.len()];
    for (index, item) in (0_u32..).zip(&state.items) {
        let next = &mut starts[state.payer_of(item) as usize];
        items[*next] = index;
        *next += 1;
    }
    Order { items, payers: ranges }
}

/// A line's problem in words, with what the line is of.
pub(crate) fn about(state: &State<'_>, code: LineCode, held: &HeldLine) -> String {
    let (_, what) = state.plan_keys[held.plan as usize];
    let what = &state.whats[what as usize].0;
    let who = &state.whos[held.who as usize];
    let named = [("vendor", what.vendor), ("SKU", what.sku), ("unit", what.unit), ("tenant", who.who.tenant)];
    let named: Vec<String> = named
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(word, text)| format!("{word} {}", state.texts.get(*text)))
        .collect();
    if named.is_empty() {
        code.meaning().to_owned()
    } else {
        format!("{} ({})", code.meaning(), named.join(", "))
    }
}
