//! Phases 4 to 10, for one priced item after the other.

use super::context::Context;
use super::draft::{Draft, DraftLine};
use super::stop::Stop;
use super::subject::Subject;
use super::{charge, currency, discount, limit, prorate, quantity, round};
use crate::rules::checked::settings::RoundAt;
use crate::work::Work;

/// Phases 4 to 10 for one priced item: a line, a pool, a line's share of a pool, an unused commitment.
pub(super) fn usage_line(
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
