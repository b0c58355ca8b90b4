//! Phases 4 to 10, for one priced item after the other.

use ratebook_line::Month;

use super::context::Context;
use super::deals;
use super::draft::{Draft, DraftLine};
use super::stop::Stop;
use super::subject::Subject;
use super::told::Told;
use super::{charge, prorate, quantity, round, sell};
use crate::exact::Exact;
use crate::rules::checked::settings::RoundAt;
use crate::state::State;
use crate::work::Work;

/// Phases 4 to 10 for one priced item: a line, a pool, an unused commitment.
pub(super) fn usage_line(
    context: Context<'_, '_>,
    draft: &Draft,
    subject: Subject,
    work: &mut Work,
) -> Result<DraftLine, Stop> {
    let state = context.state;
    let plan = context.plan(subject);
    let price = plan.price.ok().and_then(|priced| state.rulebook.rules[priced.rule as usize].price());
    if let Subject::Pool(pool) = subject {
        context.check_whole(pool)?;
    }
    quantity::explain(context, subject, work);
    let charged = charge::charge(context, subject, work)?;
    let mut sold = sell::sell(state, plan, &charged, draft.billed(), work)?;
    let mut days = None;
    if price.is_some_and(|price| price.prorate) {
        (sold.amount, days) = prorated(context, draft, subject, sold.amount, work)?;
    }
    let unit_price = sold.unit_price.take();
    let parts = std::mem::take(&mut sold.parts);
    let mut dealt = deals::apply(state, plan, sold, draft.billed(), charged.is_used(), work)?;
    let (list, after) = (std::mem::take(&mut dealt.list), std::mem::take(&mut dealt.after));
    let mut line = DraftLine::usage(context, subject, dealt);
    line.told = Told { included: charged.included(), days, parts, list, after }.some();
    line.quantity = charged.quantity.map(|quantity| round::shown(&quantity)).transpose()?;
    line.unit_price = unit_price.map(|unit_price| round::shown(&unit_price)).transpose()?;
    if state.rulebook.settings.round_at == RoundAt::Line {
        round::line(state, draft, &mut line, work)?;
    }
    line.steps = work.take();
    Ok(line)
}

fn prorated(
    context: Context<'_, '_>,
    draft: &Draft,
    subject: Subject,
    amount: Exact,
    work: &mut Work,
) -> Result<(Exact, Option<(u32, u32)>), Stop> {
    let (state, month) = (context.state, context.plan(subject).month);
    let days = match subject {
        Subject::Line(item) | Subject::Share { item, .. } => days_of_item(state, draft.payer, item),
        Subject::Commitment(index) => {
            prorate::days_of_user(state, draft.payer, context.commitments[index as usize].customer, month)
        }
        Subject::Pool(pool) => {
            let parts = parts_of(state, draft.payer, &context.pools.all[pool as usize].members)?;
            let days = days_of_all(&parts, month);
            return Ok((prorate::by_parts(amount, &parts, month, work), days));
        }
    };
    let told = (days != month.days()).then(|| (days, month.days()));
    Ok((prorate::by_days(amount, days, month, work), told))
}

/// The days that are charged, where they are those of all and not the whole month.
pub(super) fn days_of_all(parts: &[(Exact, u32)], month: Month) -> Option<(u32, u32)> {
    let (_, first) = parts.first()?;
    let same = parts.iter().all(|(_, days)| days == first);
    (same && *first != month.days()).then(|| (*first, month.days()))
}

/// The quantities of lines, and the days on which whoever used them was a customer.
pub(super) fn parts_of(state: &State<'_>, payer: u32, items: &[u32]) -> Result<Vec<(Exact, u32)>, Stop> {
    let part = |index: &u32| {
        let quantity = state.quantity(&state.items[*index as usize])?;
        Ok((quantity.unwrap_or(Exact::ZERO), days_of_item(state, payer, *index)))
    };
    items.iter().map(part).collect()
}

pub(super) fn days_of_item(state: &State<'_>, payer: u32, index: u32) -> u32 {
    let item = &state.items[index as usize];
    prorate::days_of_user(state, payer, state.who(item).who.customer, state.plan(item).month)
}
