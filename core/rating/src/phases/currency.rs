//! Phase 6: from the item's currency into the bill's, at the rate of the usage month.

use ratebook_line::{Currency, Month};

use super::stop::Stop;
use crate::exact::Exact;
use crate::state::State;
use crate::work::{Calc, Phase, Term, Work};

/// The rate as it is written for that month: no inverse, no crossing, no neighbouring month.
pub(crate) fn rate(state: &State<'_>, month: Month, from: Currency, to: Currency) -> Result<Exact, Stop> {
    let found = state.rulebook.rate(month, from, to).map(Exact::from);
    found.ok_or(Stop::Rate { month, from, to, amount: None })
}

pub(crate) fn convert(amount: Exact, rate: &Exact, from: Currency, to: Currency, work: &mut Work) -> Exact {
    if from == to {
        return amount;
    }
    let converted = amount.times(rate);
    work.by_default();
    work.step(Phase::Currency, || {
        let calc = Calc::Sum(vec![Term::product(&[&amount, rate])]);
        (format!("{from} to {to}"), calc, Some(converted.clone()))
    });
    work.is_money(to);
    converted
}
