//! Phase 7: by the days of the month on which something was active, both ends counted.

use ratebook_line::Month;

use crate::exact::Exact;
use crate::state::State;
use crate::work::{Calc, Phase, Term, Work};

/// By the customer's own start and end.
pub(crate) fn by_customer(
    state: &State<'_>,
    payer: u32,
    month: Month,
    amount: Exact,
    work: &mut Work,
) -> Exact {
    let days =
        state.party(&state.payers[payer as usize]).map_or(month.days(), |party| party.active_days(month));
    by_days(amount, days, month, work)
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
