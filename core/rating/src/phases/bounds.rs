//! Phase 13: filtered maximum, filtered minimum, whole maximum, whole minimum. A minimum always holds.

use super::context::Context;
use super::draft::{Draft, DraftLine};
use super::stop::Stop;
use super::{currency, prorate, round};
use crate::exact::Exact;
use crate::kind::Kind;
use crate::plan::RuleId;
use crate::rules::checked::precedence::beats;
use crate::rules::ready::bill_rule::{BillRule, BillVerb, Bound};
use crate::work::{Calc, Phase, Term, Work};

pub(crate) fn apply(
    context: Context<'_, '_>,
    rules: &[RuleId],
    draft: &mut Draft,
    work: &mut Work,
) -> Result<(), (RuleId, Stop)> {
    for (filtered, kind) in
        [(true, Kind::Maximum), (true, Kind::Minimum), (false, Kind::Maximum), (false, Kind::Minimum)]
    {
        let bills = &context.state.rulebook.bills;
        let all: Vec<RuleId> =
            rules.iter().copied().filter(|id| bound(&bills[*id as usize], kind).is_some()).collect();
        for id in &all {
            let Some(bound) = bound(&bills[*id as usize], kind) else { continue };
            if bound.of.is_some() == filtered && wins_group(bills, *id, &all, true) {
                hold(context, *id, bound, kind, draft, work).map_err(|why| (*id, why))?;
            }
        }
    }
    Ok(())
}

fn bound(rule: &BillRule, kind: Kind) -> Option<&Bound> {
    match (&rule.verb, kind) {
        (BillVerb::Maximum(bound), Kind::Maximum) | (BillVerb::Minimum(bound), Kind::Minimum) => Some(bound),
        _ => None,
    }
}

/// True if nobody of the same group beats it. `unnamed`: rules without a group are one group.
pub(super) fn wins_group(bills: &[BillRule], id: RuleId, all: &[RuleId], unnamed: bool) -> bool {
    let own = &bills[id as usize].common;
    if own.group.is_none() && !unnamed {
        return true;
    }
    let same =
        all.iter().map(|other| &bills[*other as usize].common).filter(|other| other.group == own.group);
    same.into_iter().all(|other| !beats(other, own))
}

fn hold(
    context: Context<'_, '_>,
    id: RuleId,
    bound: &Bound,
    kind: Kind,
    draft: &mut Draft,
    work: &mut Work,
) -> Result<(), Stop> {
    let state = context.state;
    let rule = &state.rulebook.bills[id as usize];
    let sum = match bound.of {
        Some(filter) => draft.usage_of(context, filter)?.unwrap_or(Exact::ZERO),
        None => draft.sum_of_month(context),
    };
    work.by(&rule.common.id, &rule.common.reason);
    work.step(Phase::Bounds, || (kind.word().to_owned(), Calc::Given, Some(bound.amount.clone())));
    work.is_money(rule.currency);
    let rate = currency::rate(state, state.month, rule.currency, draft.billed())?;
    let mut amount = currency::convert(bound.amount.clone(), &rate, rule.currency, draft.currency, work);
    if bound.prorate {
        work.by(&rule.common.id, &rule.common.reason);
        amount = prorate::by_customer(state, draft.payer, state.month, amount, work);
    }
    let holds = if kind == Kind::Maximum { sum <= amount } else { sum >= amount };
    if holds {
        work.take();
        return Ok(());
    }
    let difference = amount.minus(&sum);
    work.by(&rule.common.id, &rule.common.reason);
    work.step(Phase::Bounds, || {
        let calc = Calc::Sum(vec![Term::product(&[&amount]), Term::product(&[&sum.negated()])]);
        (format!("{} {amount}, without it {sum}", kind.word()), calc, Some(difference.clone()))
    });
    let mut line = DraftLine::of_bill(state, kind, id, difference);
    round::bill_line(state, draft, &mut line, work)?;
    line.steps = work.take();
    if !line.exact.is_zero() {
        draft.lines.push(line);
    }
    Ok(())
}
