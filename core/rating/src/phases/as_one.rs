//! What lines that are charged one by one would come to if they were pooled.

use ratebook_line::Decimal;

use super::charge::{Charged, charge};
use super::context::Context;
use super::draft::Draft;
use super::pool::less_included;
use super::sell::{Sold, sell};
use super::stop::Stop;
use super::subject::Subject;
use super::usage::{days_of_item, parts_of};
use super::{deals, prorate};
use crate::exact::Exact;
use crate::price::Input;
use crate::rules::ready::rule::Included;
use crate::work::Work;

/// The amount of lines of one plan's price and deals, as one.
pub(crate) fn as_one(
    context: Context<'_, '_>,
    draft: &Draft,
    items: &[u32],
) -> Result<Option<Decimal>, Stop> {
    let state = context.state;
    let mut work = Work::off();
    let plan = state.plan(&state.items[items[0] as usize]);
    let Ok(priced) = plan.price else { return Ok(None) };
    let Some(price) = state.rulebook.rules[priced.rule as usize].price() else { return Ok(None) };
    let model = &state.rulebook.models[priced.model as usize];
    let (sold, is_used) = if model.is_linear() && price.included.is_none() {
        // Each line is in its own currency, at its own cost.
        let (mut amount, mut is_used, mut discounted) = (Exact::ZERO, false, false);
        for index in items {
            let charged = charge(context, Subject::Line(*index), &mut work)?;
            let sold = sell(state, plan, &charged, draft.billed(), &mut work)?;
            discounted |= sold.discounted;
            let days = days_of_item(state, draft.payer, *index);
            let own = if price.prorate {
                prorate::by_days(sold.amount, days, plan.month, &mut work)
            } else {
                sold.amount
            };
            amount = amount.plus(&own);
            is_used |= charged.is_used();
        }
        (Sold { amount, unit_price: None, parts: Vec::new(), discounted }, is_used)
    } else {
        let parts = parts_of(state, draft.payer, items)?;
        let sum = parts.iter().fold(Exact::ZERO, |sum, (quantity, _)| sum.plus(quantity));
        let chargeable = match &price.included {
            Some(Included::Fixed(included)) => less_included(&sum, included),
            _ => sum.clone(),
        };
        let input = Input { quantity: Some(chargeable.clone()), ..Input::default() };
        let charge = model.charge(&input, &mut work).map_err(Stop::Line)?;
        let charged = Charged {
            amount: charge.amount,
            currency: priced.currency,
            unit_price: charge.unit_price,
            quantity: Some(sum),
            chargeable: Some(chargeable),
            parts: Vec::new(),
        };
        let mut sold = sell(state, plan, &charged, draft.billed(), &mut work)?;
        if price.prorate {
            sold.amount = prorate::by_parts(sold.amount, &parts, plan.month, &mut work);
        }
        (sold, charged.is_used())
    };
    let dealt = deals::apply(state, plan, sold, draft.billed(), is_used, &mut work)?;
    Ok(Some(dealt.amount.round(draft.places, state.rulebook.settings.mode)?))
}
