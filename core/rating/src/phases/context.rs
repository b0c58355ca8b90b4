//! What the phases look things up in.

use std::collections::BTreeSet;
use std::ops::Range;

use super::pool::Pools;
use super::stop::Stop;
use super::subject::Subject;
use crate::phases::commitment::Commitment;
use crate::plan::{Plan, RuleId};
use crate::rules::checked::settings::BillTo;
use crate::state::State;
use crate::texts::TextId;

/// A session, its pools and its unused commitments.
#[derive(Clone, Copy)]
pub(crate) struct Context<'s, 'r> {
    pub(crate) state: &'s State<'r>,
    pub(crate) pools: &'s Pools,
    /// By payer, then by rule id.
    pub(crate) commitments: &'s [Commitment],
}

impl<'s> Context<'s, '_> {
    /// The plan of an item; of a pool, that of its first line.
    pub(crate) fn plan(&self, subject: Subject) -> &'s Plan {
        let state = self.state;
        match subject {
            Subject::Line(item) | Subject::Share { item, .. } => state.plan(&state.items[item as usize]),
            Subject::Pool(pool) => {
                state.plan(&state.items[self.pools.all[pool as usize].members[0] as usize])
            }
            Subject::Commitment(index) => &state.plans[self.commitments[index as usize].plan as usize],
        }
    }

    /// The input line to speak of.
    pub(super) fn number(&self, subject: Subject) -> Option<u64> {
        let item = match subject {
            Subject::Line(item) | Subject::Share { item, .. } => item,
            Subject::Pool(pool) => self.pools.all[pool as usize].members[0],
            Subject::Commitment(_) => return None,
        };
        Some(self.state.items[item as usize].number)
    }

    /// The priced items of a bill: usage by first source line, then unused commitments.
    pub(super) fn subjects<'i>(&'i self, payer: u32, items: &'i [u32]) -> impl Iterator<Item = Subject> + 'i {
        let usage = items.iter().copied().filter_map(move |item| {
            if self.pools.is_held(item) {
                return None;
            }
            let Some(pool) = self.pools.of(item) else { return Some(Subject::Line(item)) };
            let members = &self.pools.all[pool as usize];
            let rule = &self.state.rulebook.rules[members.key.rule as usize];
            if rule.price().is_some_and(|price| price.split) {
                return Some(Subject::Share { pool, item });
            }
            (members.members[0] == item).then_some(Subject::Pool(pool))
        });
        usage.chain(self.unused(payer).map(|index| Subject::Commitment(index as u32)))
    }

    /// The places of a payer's unused commitments, which are sorted by payer.
    fn unused(&self, payer: u32) -> Range<usize> {
        let start = self.commitments.partition_point(|commitment| commitment.payer < payer);
        let own = self.commitments[start..].partition_point(|commitment| commitment.payer == payer);
        start..start + own
    }

    /// A pooled line is one line: what applies to a part of it cannot be shown.
    pub(super) fn check_whole(&self, pool: u32) -> Result<(), Stop> {
        let members = &self.pools.all[pool as usize].members;
        let plan = |item: &u32| self.state.plan(&self.state.items[*item as usize]);
        let first = plan(&members[0]);
        let rule = |id: RuleId| self.state.rulebook.rules[id as usize].common.id.as_str();
        for other in members.iter().map(plan) {
            let (a, b): (BTreeSet<_>, BTreeSet<_>) =
                (first.discounts.iter().collect(), other.discounts.iter().collect());
            let only_one = a.symmetric_difference(&b).next().map(|id| **id);
            let limit = if first.limit == other.limit { None } else { first.limit.or(other.limit) };
            if let Some(id) = only_one.or(limit) {
                let words = format!("rule \"{}\" matches only a part of a pooled line", rule(id));
                return Err(self.partial(pool, words, Some(rule(id))));
            }
            if first.label.tax != other.label.tax {
                let words = "a pooled line has lines of several tax tags".to_owned();
                let tags = [first.label.tax_by, other.label.tax_by].into_iter().flatten();
                return Err(self.partial(pool, words, tags.map(rule)));
            }
        }
        Ok(())
    }

    /// That something is about a part of a pooled line: the rule that pools it is concerned, and what is about the part.
    pub(super) fn partial<'i>(
        &self,
        pool: u32,
        words: String,
        others: impl IntoIterator<Item = &'i str>,
    ) -> Stop {
        let pricer = self.pools.all[pool as usize].key.rule;
        let mut rules = vec![self.state.rulebook.rules[pricer as usize].common.id.clone()];
        rules.extend(others.into_iter().map(str::to_owned));
        Stop::Partial { words, rules }
    }

    /// The `[[bill]]` rules of a payer that act, in id order. Who is not active in the month any more gets what is taken off
    /// of the usage that came nevertheless, and nothing else.
    pub(crate) fn bill_rules(&self, payer: u32) -> Vec<RuleId> {
        let bills = &self.state.rulebook.bills;
        let active = self.is_active(payer);
        let acts = |id: &RuleId| active || bills[*id as usize].verb.takes_off();
        if !active && !self.state.payers[payer as usize].has_usage {
            return Vec::new();
        }
        self.rules_for_bill(payer).filter(acts).collect()
    }

    /// Those that would act if the payer were active in the month.
    pub(crate) fn idle_bill_rules(&self, payer: u32) -> Vec<RuleId> {
        if self.is_active(payer) || !self.state.payers[payer as usize].has_usage {
            return Vec::new();
        }
        let bills = &self.state.rulebook.bills;
        self.rules_for_bill(payer).filter(|id| !bills[*id as usize].verb.takes_off()).collect()
    }

    fn is_active(&self, payer: u32) -> bool {
        let record = &self.state.payers[payer as usize];
        match self.state.party(record) {
            Some(party) => party.active_days(self.state.month) > 0,
            None => record.has_usage || !self.unused(payer).is_empty(),
        }
    }

    /// The rules that are for a payer's bill of the month, in id order.
    fn rules_for_bill(&self, payer: u32) -> impl Iterator<Item = RuleId> {
        let state = self.state;
        let rulebook = state.rulebook;
        let record = &state.payers[payer as usize];
        let groups = state.groups(record);
        let (customer, partners) = match rulebook.settings.bill_to {
            BillTo::Customer => (record.id, record.partners.as_slice()),
            BillTo::Partner => (TextId::EMPTY, std::slice::from_ref(&record.id)),
        };
        let rules = (0_u32..).zip(&rulebook.bills).filter(move |(_, rule)| {
            rule.common.months.contains(state.month)
                && rulebook.matchers.fits_bill(rule.matcher, customer, partners, &groups, &state.texts)
        });
        rules.map(|(id, _)| id)
    }
}
