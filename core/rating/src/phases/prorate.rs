//! Phase 7: by the days of the month on which something was active, both ends counted.

use std::collections::BTreeMap;

use ratebook_line::Month;

use crate::exact::Exact;
use crate::rules::checked::settings::BillTo;
use crate::state::State;
use crate::texts::TextId;
use crate::work::{Calc, Phase, Term, Work};

/// By the own start and end of whoever gets the bill.
pub(crate) fn by_customer(
    state: &State<'_>,
    payer: u32,
    month: Month,
    amount: Exact,
    work: &mut Work,
) -> Exact {
    by_days(amount, days_of_payer(state, payer, month), month, work)
}

fn days_of_payer(state: &State<'_>, payer: u32, month: Month) -> u32 {
    state.party(&state.payers[payer as usize]).map_or(month.days(), |party| party.active_days(month))
}

/// The days on which whoever used something was a customer, whoever gets the bill.
pub(crate) fn days_of_user(state: &State<'_>, payer: u32, customer: TextId, month: Month) -> u32 {
    if state.rulebook.settings.bill_to == BillTo::Customer || customer.is_empty() {
        return days_of_payer(state, payer, month);
    }
    let party = state.rulebook.customers.by_id(customer);
    party.map_or(month.days(), |party| party.party.active_days(month))
}

pub(crate) fn by_days(amount: Exact, days: u32, month: Month, work: &mut Work) -> Exact {
    let of = month.days();
    if days == of {
        return amount;
    }
    let (days, of) = (Exact::whole(days.into()), Exact::whole(of.into()));
    let part = amount.times(&days).over(&of).unwrap_or(Exact::ZERO);
    work.step(Phase::Prorate, || {
        let calc = Calc::Sum(vec![Term::over(&[&amount, &days], &of)]);
        (format!("{days} of {of} days"), calc, Some(part.clone()))
    });
    part
}

/// By the days of several, each having a part of what was used; without any quantity they have equal parts.
pub(super) fn by_parts(amount: Exact, parts: &[(Exact, u32)], month: Month, work: &mut Work) -> Exact {
    let mut by_days_of: BTreeMap<u32, (Exact, i64)> = BTreeMap::new();
    for (quantity, days) in parts {
        let (sum, count) = by_days_of.entry(*days).or_default();
        (*sum, *count) = (sum.plus(quantity), *count + 1);
    }
    if let (Some((days, _)), 1) = (by_days_of.first_key_value(), by_days_of.len()) {
        return by_days(amount, *days, month, work);
    }
    let whole = by_days_of.values().fold(Exact::ZERO, |sum, (quantity, _)| sum.plus(quantity));
    let weight = |quantity: &Exact, count: i64| {
        if whole.is_zero() { Exact::whole(count) } else { quantity.clone() }
    };
    let weights: Vec<(u32, Exact)> =
        by_days_of.iter().map(|(days, (quantity, count))| (*days, weight(quantity, *count))).collect();
    let whole = weights.iter().fold(Exact::ZERO, |sum, (_, weight)| sum.plus(weight));
    let divisor = whole.times(&Exact::whole(month.days().into()));
    let mut prorated = Exact::ZERO;
    let mut terms = Vec::new();
    for (days, weight) in &weights {
        let days = Exact::whole((*days).into());
        let part = amount.times(weight).times(&days).over(&divisor).unwrap_or(Exact::ZERO);
        prorated = prorated.plus(&part);
        if work.is_on() {
            terms.push(Term::over(&[&amount, weight, &days], &divisor));
        }
    }
    work.step(Phase::Prorate, || {
        let days = weights.iter().map(|(days, weight)| format!("{weight} for {days}")).collect::<Vec<_>>();
        (format!("{} of {} days", days.join(", "), month.days()), Calc::Sum(terms), Some(prorated.clone()))
    });
    prorated
}
