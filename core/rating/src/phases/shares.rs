//! A pool whose lines stand on bills one by one: it is charged as one, then each line gets its share.
//!
//! What acts on the amount acts once: on all shares of a bill on which the same discounts and the same limit are. So
//! it makes no difference to the sum whether a pool is split.

use super::context::Context;
use super::draft::{Draft, DraftLine};
use super::sell::Sold;
use super::stop::Stop;
use super::subject::Subject;
use super::told::Told;
use super::usage::{days_of_all, parts_of};
use super::{charge, deals, prorate, quantity, round, sell};
use crate::exact::Exact;
use crate::plan::Deals;
use crate::price::Part;
use crate::rules::checked::price::Take;
use crate::rules::checked::settings::{RoundAt, mode_word};
use crate::work::{Calc, Number, Phase, Term, Work};

/// The shares of a pool on a bill, by item. `items`: its lines there.
pub(super) fn shares(
    context: Context<'_, '_>,
    draft: &mut Draft,
    pool: u32,
    items: &[u32],
    work: &mut Work,
) -> Result<Vec<(u32, DraftLine)>, Stop> {
    let state = context.state;
    let mut groups: Vec<(Deals<'_>, Vec<u32>)> = Vec::new();
    for index in items {
        let deals = state.plan(&state.items[*index as usize]).deals();
        match groups.iter_mut().find(|(other, _)| *other == deals) {
            Some((_, group)) => group.push(*index),
            None => groups.push((deals, vec![*index])),
        }
    }
    let mut shares = Vec::new();
    for (_, group) in groups {
        draft.parts += 1;
        of_group(context, draft, pool, &group, &mut shares, work)?;
    }
    Ok(shares)
}

/// The shares of lines on which the same deals are.
fn of_group(
    context: Context<'_, '_>,
    draft: &Draft,
    pool: u32,
    group: &[u32],
    shares: &mut Vec<(u32, DraftLine)>,
    work: &mut Work,
) -> Result<(), Stop> {
    let state = context.state;
    let share = |item: u32| Subject::Share { pool, item };
    let plan = context.plan(share(group[0]));
    let whole = &context.pools.all[pool as usize];
    let parts = parts_of(state, draft.payer, group)?;
    let own = sum(parts.iter().map(|(quantity, _)| quantity));
    let charged = charge::charge(context, Subject::Pool(pool), work)?;
    let mut sold = sell::sell(state, plan, &charged, draft.billed(), work)?;
    // A pool without any quantity has equal shares: only a commitment costs anything then.
    let (part, of) = if whole.sum.is_zero() {
        (count(group.len() as u64), count(whole.lines))
    } else {
        (own.clone(), whole.sum.clone())
    };
    sold.amount = part_of(&sold.amount, &part, &of, "these lines' part of the pool", work);
    let price = plan.price.ok().and_then(|priced| state.rulebook.rules[priced.rule as usize].price());
    let mut days = None;
    if price.is_some_and(|price| price.prorate) {
        sold.amount = prorate::by_parts(sold.amount, &parts, plan.month, work);
        days = days_of_all(&parts, plan.month);
    }
    let Sold { unit_price, .. } = &sold;
    let unit_price = unit_price.as_ref().map(round::shown).transpose()?;
    let mut told_parts = std::mem::take(&mut sold.parts);
    // Where the largest or the mean is taken, what is charged is not the sum of the lines' quantities.
    if told_parts.is_empty()
        && price.is_some_and(|price| price.take != Take::Sum)
        && let (Some(each), Some(quantity)) = (&sold.unit_price, &charged.chargeable)
    {
        told_parts.push(Part::of(quantity.clone(), each.clone()));
    }
    let is_used =
        own.is_positive() && charged.chargeable.as_ref().is_some_and(|quantity| !quantity.is_zero());
    let mut dealt = deals::apply(state, plan, sold, draft.billed(), is_used, work)?;
    if state.rulebook.settings.round_at == RoundAt::Line {
        let mode = state.rulebook.settings.mode;
        let rounded = Exact::from(dealt.amount.round(draft.places, mode)?);
        work.by_default();
        work.step(Phase::Round, || {
            let value = Number(dealt.amount.clone());
            let calc = Calc::Round { value, places: draft.places, mode: mode_word(mode) };
            (format!("{} {}", mode_word(mode), draft.places), calc, Some(rounded.clone()))
        });
        work.is_money(draft.currency);
        dealt.amount = rounded;
    }
    let (list, after) = (std::mem::take(&mut dealt.list), std::mem::take(&mut dealt.after));
    let told = Told { included: charged.included(), days, parts: told_parts, list, after };
    let steps = work.take();
    let (weights, of) = weights(&parts, price.is_some_and(|price| price.prorate), whole.sum.is_zero());
    let lines = count(whole.lines);
    for (index, weight) in group.iter().zip(weights) {
        quantity::explain(context, share(*index), work);
        let mut own_steps = work.take();
        own_steps.extend(steps.iter().cloned());
        let amount = part_of(&dealt.amount, &weight, &of, "share of the pool", work);
        work.is_money(draft.currency);
        own_steps.extend(work.take());
        let dealt =
            deals::Dealt { amount, limited: dealt.limited, idle: dealt.idle.clone(), ..Default::default() };
        let mut line = DraftLine::usage(context, share(*index), dealt);
        line.share_of = Some(draft.parts);
        let quantity = state.quantity(&state.items[*index as usize])?.unwrap_or(Exact::ZERO);
        let own = if whole.sum.is_zero() { [&Exact::ONE, &lines] } else { [&quantity, &whole.sum] };
        line.told = told.shared([&weight, &of], own).some();
        line.quantity = Some(round::shown(&quantity)?);
        line.unit_price = unit_price;
        line.steps = own_steps;
        shares.push((*index, line));
    }
    Ok(())
}

/// By what the lines share an amount, and its sum: by quantity and days, or equally where that comes to nothing.
fn weights(parts: &[(Exact, u32)], prorate: bool, equal: bool) -> (Vec<Exact>, Exact) {
    let days = |days: u32| if prorate { Exact::whole(days.into()) } else { Exact::ONE };
    let quantity = |quantity: &Exact| if equal { Exact::ONE } else { quantity.clone() };
    let by_days = parts.iter().map(|(own, active)| quantity(own).times(&days(*active))).collect();
    let by_quantity = parts.iter().map(|(own, _)| quantity(own)).collect();
    let equally = vec![Exact::ONE; parts.len()];
    let tried: [Vec<Exact>; 3] = [by_days, by_quantity, equally];
    let summed = tried.into_iter().map(|weights| {
        let sum = sum(weights.iter());
        (weights, sum)
    });
    summed.into_iter().find(|(_, sum)| !sum.is_zero()).unwrap_or_default()
}

fn part_of(amount: &Exact, part: &Exact, of: &Exact, note: &str, work: &mut Work) -> Exact {
    if part == of {
        return amount.clone();
    }
    let result = amount.times(part).over(of).unwrap_or(Exact::ZERO);
    work.step(Phase::Price, || {
        let calc = Calc::Sum(vec![Term::over(&[amount, part], of)]);
        (note.to_owned(), calc, Some(result.clone()))
    });
    result
}

fn count(number: u64) -> Exact {
    Exact::whole(i64::try_from(number).unwrap_or(i64::MAX))
}

fn sum<'e>(values: impl Iterator<Item = &'e Exact>) -> Exact {
    values.fold(Exact::ZERO, |sum, value| sum.plus(value))
}
