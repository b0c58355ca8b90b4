//! Phase 11: fees, in id order.

use ratebook_line::Month;

use super::context::Context;
use super::draft::{Draft, DraftLine};
use super::stop::Stop;
use super::{currency, prorate, round};
use crate::exact::Exact;
use crate::kind::Kind;
use crate::plan::RuleId;
use crate::rules::checked::parties::days_within;
use crate::rules::ready::bill_rule::{Add, BillVerb, Fee};
use crate::state::State;
use crate::work::{Calc, Phase, Term, Work};

pub(crate) fn apply(
    context: Context<'_, '_>,
    rules: &[RuleId],
    draft: &mut Draft,
    work: &mut Work,
) -> Result<(), (RuleId, Stop)> {
    for id in rules {
        let rule = &context.state.rulebook.bills[*id as usize];
        if let BillVerb::Add(add) = &rule.verb {
            work.by(&rule.common.id, &rule.common.reason);
            if let Some(line) = fee(context, *id, add, draft, work).map_err(|why| (*id, why))? {
                draft.lines.push(line);
            }
        }
    }
    Ok(())
}

fn fee(
    context: Context<'_, '_>,
    id: RuleId,
    add: &Add,
    draft: &Draft,
    work: &mut Work,
) -> Result<Option<DraftLine>, Stop> {
    let state = context.state;
    let rule = &state.rulebook.bills[id as usize];
    let days = active_days(state, draft.payer, add, state.month);
    if days == 0 {
        return Ok(None);
    }
    let mut quantity = None;
    let mut each_price = None;
    let (amount, from) = match &add.fee {
        Fee::Amount(amount) => {
            work.step(Phase::Add, || ("amount".to_owned(), Calc::Given, Some(amount.clone())));
            (amount.clone(), rule.currency)
        }
        Fee::Per { each, filter } => {
            let counted = context.pools.counted_on_bill(state, *filter, draft.payer, state.month);
            let Some(counted) = counted.filter(|counted| !counted.is_zero()) else { return Ok(None) };
            let amount = counted.times(each);
            work.step(Phase::Add, || {
                let calc = Calc::Sum(vec![Term::product(&[counted, each])]);
                ("units counted".to_owned(), calc, Some(amount.clone()))
            });
            quantity = Some(counted.clone());
            each_price = Some(each.clone());
            (amount, rule.currency)
        }
        Fee::Percent { percent, filter } => {
            let Some(base) = draft.usage_of(context, *filter)? else { return Ok(None) };
            let percent = Exact::from(*percent);
            let amount = base.times(&percent);
            work.step(Phase::Add, || {
                let calc = Calc::Sum(vec![Term::product(&[&base, &percent])]);
                ("percent of usage".to_owned(), calc, Some(amount.clone()))
            });
            (amount, draft.currency)
        }
    };
    work.is_money(from);
    let rate =
        currency::rate(state, state.month, from, draft.billed()).map_err(|stop| stop.of_amount(&amount))?;
    let mut amount = currency::convert(amount, &rate, from, draft.currency, work);
    if add.prorate {
        work.by(&rule.common.id, &rule.common.reason);
        amount = prorate::by_days(amount, days, state.month, work);
    }
    let mut line = DraftLine::of_bill(state, Kind::Add, id, amount);
    line.sku = add.sku;
    line.tax = add.tax.unwrap_or(state.rulebook.tax);
    line.quantity = quantity.map(|quantity| round::shown(&quantity)).transpose()?;
    line.unit_price = each_price.map(|each| round::shown(&each.times(&rate))).transpose()?;
    round::bill_line(state, draft, &mut line, work)?;
    line.steps = work.take();
    Ok(Some(line))
}

/// The days on which both the customer and the fee are active.
fn active_days(state: &State<'_>, payer: u32, add: &Add, month: Month) -> u32 {
    let party = state.party(&state.payers[payer as usize]);
    let start = party.and_then(|party| party.start).max(add.start);
    let end = [party.and_then(|party| party.end), add.end].into_iter().flatten().min();
    days_within(month, start, end)
}
