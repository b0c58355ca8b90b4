//! Phase 6: from the item's currency into the bill's, at the rate of the usage month.

use ratebook_line::{Currency, Decimal, Month};

use super::stop::Stop;
use crate::exact::Exact;
use crate::state::State;
use crate::work::{Calc, Phase, Term, Work};

/// The currency of a bill, and whose bill it is: somebody's contract may fix a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Billed {
    pub(crate) currency: Currency,
    pub(crate) payer: u32,
}

/// The rate of the contract, else as it is written for that month: no inverse, no crossing, no neighbouring month.
pub(crate) fn rate(state: &State<'_>, month: Month, from: Currency, to: Billed) -> Result<Exact, Stop> {
    let rate = fixed(state, from, to).or_else(|| state.rulebook.rate(month, from, to.currency));
    rate.map(Exact::from).ok_or(Stop::Rate { month, from, to: to.currency, amount: None })
}

/// The rate that a contract fixes.
pub(crate) fn fixed(state: &State<'_>, from: Currency, to: Billed) -> Option<Decimal> {
    state.party(&state.payers[to.payer as usize])?.fx.get(&(from, to.currency)).copied()
}

/// Whose rates hold, if not only those of the months.
pub(crate) fn fixed_for(state: &State<'_>, payer: u32) -> Option<u32> {
    let party = state.party(&state.payers[payer as usize])?;
    (!party.fx.is_empty()).then_some(payer)
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
