//! The phases from lines to a bill, one file each. Their order stands here and nowhere else:
//! [`usage_line`] for a priced item, [`bill`] for a customer's bill.
//!
//! Phases 1 to 3 are decided by rules alone and stand in the line's [`crate::plan::Plan`].

pub(crate) mod add;
pub(crate) mod adjust;
pub(crate) mod bill_discount;
pub(crate) mod bounds;
pub(crate) mod charge;
pub(crate) mod credit;
pub(crate) mod currency;
pub(crate) mod discount;
pub(crate) mod draft;
pub(crate) mod limit;
pub(crate) mod pool;
pub(crate) mod prorate;
pub(crate) mod quantity;
pub(crate) mod round;
pub(crate) mod total;

use std::collections::BTreeSet;

use ratebook_line::Month;

use crate::commitments::Commitment;
use crate::exact::Exact;
use crate::explain::steps::Work;
use crate::plan::{Plan, RuleId};
use crate::rules::checked::settings::RoundAt;
use crate::state::State;
use charge::Subject;
use draft::{Draft, DraftLine, Kind};
use pool::Pools;

/// What the phases look things up in.
#[derive(Clone, Copy)]
pub(crate) struct Context<'s, 'r> {
    pub(crate) state: &'s State<'r>,
    pub(crate) pools: &'s Pools,
    pub(crate) commitments: &'s [Commitment],
}

/// Why no amount comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// No exchange rate.
    Rate { month: Month, from: ratebook_line::Currency, to: ratebook_line::Currency },
    /// The number is too large to be printed exactly.
    Number,
    /// A rule meets a part of a pooled line; says which.
    Partial(String),
    /// An adjustment in another currency than the bill's.
    Adjustment { was: ratebook_line::Currency, is: ratebook_line::Currency },
    /// The line has a problem after all.
    Line(crate::line_problem::LineCode),
}

impl From<ratebook_line::NumberError> for Stop {
    fn from(_: ratebook_line::NumberError) -> Stop {
        Stop::Number
    }
}

/// Phases 4 to 10 for one priced item: a line, a pool, a line's share of a pool, an unused commitment.
pub(crate) fn usage_line(
    context: Context<'_, '_>,
    draft: &Draft,
    subject: Subject,
    work: &mut Work,
) -> Result<DraftLine, Stop> {
    let state = context.state;
    let plan = context.plan(subject);
    let price = plan.pricer.and_then(|rule| state.rulebook.rules[rule as usize].price());
    if let Subject::Pool(pool) = subject {
        context.check_whole(pool)?;
    }
    quantity::explain(context, subject, work);
    let charged = charge::charge(context, subject, work)?;
    let passed_through = plan.price.is_err();
    let rate = currency::rate(state, plan.month, charged.currency, draft.currency)?;
    let mut amount = currency::convert(charged.amount, &rate, charged.currency, draft.currency, work);
    let mut limited = None;
    if !passed_through {
        if price.is_some_and(|price| price.prorate) {
            amount = prorate::by_customer(state, draft.payer, plan.month, amount, work);
        }
        amount = discount::apply(state, &plan.discounts, amount, draft.currency, plan.month, work)?;
        if let Some(rule) = plan.limit
            && charged.is_used
        {
            (amount, limited) = limit::apply(state, rule, amount, draft.currency, plan.month, work)?;
        }
    }
    let mut line = DraftLine::usage(context, subject, amount, limited);
    line.quantity = charged.quantity.map(|quantity| round::shown(&quantity)).transpose()?;
    line.unit_price =
        charged.unit_price.map(|unit_price| round::shown(&unit_price.times(&rate))).transpose()?;
    if state.rulebook.settings.round_at == RoundAt::Line && line.share_of.is_none() {
        round::line(state, draft, &mut line, work)?;
    }
    line.steps = work.take();
    Ok(line)
}

/// One customer's bill: usage, then phases 11 to 16. `room`: where the last bill's lines were.
pub(crate) fn bill(
    context: Context<'_, '_>,
    payer: u32,
    items: &[u32],
    room: Vec<DraftLine>,
    work: &mut Work,
    stop: &mut dyn FnMut(Option<u64>, Option<RuleId>, Stop),
) -> Draft {
    let mut draft = Draft::new(context.state, payer, room);
    draft.lines.reserve(items.len() + 4);
    for subject in context.subjects(payer, items) {
        match usage_line(context, &draft, subject, work) {
            Ok(line) => draft.lines.push(line),
            Err(why) => {
                work.take();
                stop(context.number(subject), context.plan(subject).pricer, why);
            }
        }
    }
    if let Err(why) = round::shares(context, &mut draft) {
        stop(None, None, why);
    }
    draft.usage_lines = draft.lines.len();
    draft.bill_rules = context.bill_rules(payer);
    let rules = draft.bill_rules.clone();
    let steps = [add::apply, bill_discount::apply, bounds::apply, credit::apply];
    for step in steps {
        if let Err((rule, why)) = step(context, &rules, &mut draft, work) {
            work.take();
            stop(None, None, why.of_bill_rule(&context.state.rulebook.bills[rule as usize].common.id));
        }
    }
    let total = total::apply(context.state, &mut draft);
    if let Err(why) = total.and_then(|()| adjust::apply(context.state, &mut draft, work)) {
        stop(None, None, why);
    }
    draft
}

impl Stop {
    /// Says which bill rule it is about where the words have a place for it.
    fn of_bill_rule(self, id: &str) -> Stop {
        match self {
            Stop::Partial(words) => Stop::Partial(format!("{words} (rule \"{id}\")")),
            other => other,
        }
    }
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
    fn number(&self, subject: Subject) -> Option<u64> {
        let item = match subject {
            Subject::Line(item) | Subject::Share { item, .. } => item,
            Subject::Pool(pool) => self.pools.all[pool as usize].members[0],
            Subject::Commitment(_) => return None,
        };
        Some(self.state.items[item as usize].number)
    }

    /// The priced items of a bill: usage by first source line, then unused commitments.
    fn subjects<'i>(&'i self, payer: u32, items: &'i [u32]) -> impl Iterator<Item = Subject> + 'i {
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
        let unused = (0_u32..).zip(self.commitments).filter(move |(_, commitment)| commitment.payer == payer);
        usage.chain(unused.map(|(index, _)| Subject::Commitment(index)))
    }

    /// A pooled line is one line: what applies to a part of it cannot be shown.
    fn check_whole(&self, pool: u32) -> Result<(), Stop> {
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
                return Err(Stop::Partial(words));
            }
            if first.label.tax != other.label.tax {
                return Err(Stop::Partial("a pooled line has lines of several tax tags".to_owned()));
            }
        }
        Ok(())
    }

    /// The `[[bill]]` rules of a payer, in id order; none if it is not active in the month.
    pub(crate) fn bill_rules(&self, payer: u32) -> Vec<RuleId> {
        let state = self.state;
        let rulebook = state.rulebook;
        let record = &state.payers[payer as usize];
        let active = match state.party(record) {
            Some(party) => party.active_days(state.month) > 0,
            None => record.has_usage || self.commitments.iter().any(|commitment| commitment.payer == payer),
        };
        if !active {
            return Vec::new();
        }
        let groups = state.groups(record);
        let (customer, partners) = match rulebook.settings.bill_to {
            crate::rules::checked::settings::BillTo::Customer => (record.id, record.partners.as_slice()),
            crate::rules::checked::settings::BillTo::Partner => {
                (crate::texts::TextId::EMPTY, std::slice::from_ref(&record.id))
            }
        };
        let rules = (0_u32..).zip(&rulebook.bills).filter(|(_, rule)| {
            rule.common.months.contains(state.month)
                && rulebook.matchers.fits_bill(rule.matcher, customer, partners, &groups, &state.texts)
        });
        rules.map(|(id, _)| id).collect()
    }
}

impl Draft {
    /// The sum of what stands on the bill so far, exact.
    pub(crate) fn sum(&self) -> Exact {
        self.lines.iter().fold(Exact::ZERO, |sum, line| sum.plus(&line.exact))
    }

    /// The phase-10 amounts of the usage that a filter matches, and whether any does.
    pub(crate) fn usage_of(
        &self,
        context: Context<'_, '_>,
        filter: crate::rules::ready::matchers::MatcherId,
    ) -> Result<Option<Exact>, Stop> {
        let mut sum = None;
        for line in self.lines.iter().take(self.usage_lines) {
            if line.kind == Kind::Usage
                && let Some(Subject::Pool(pool)) = line.subject
            {
                let members = &context.pools.all[pool as usize].members;
                let in_filter =
                    |item: &u32| context.state.plan(&context.state.items[*item as usize]).is_in(filter);
                let count = members.iter().filter(|item| in_filter(item)).count();
                if count != 0 && count != members.len() {
                    return Err(Stop::Partial("`of` matches only a part of a pooled line".to_owned()));
                }
            }
            if line.subject.is_some_and(|subject| context.plan(subject).is_in(filter)) {
                sum = Some(sum.unwrap_or(Exact::ZERO).plus(&line.exact));
            }
        }
        Ok(sum)
    }
}
