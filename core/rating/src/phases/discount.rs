//! Phase 8: percentages first, then amounts.

use ratebook_line::{Currency, Month};

use super::currency;
use super::stop::Stop;
use crate::exact::Exact;
use crate::plan::RuleId;
use crate::rules::checked::rule::Off;
use crate::rules::checked::settings::Discounts;
use crate::rules::ready::rule::Verb;
use crate::state::State;
use crate::work::{Calc, Number, Phase, Term, Work};

/// `discounts`: percentages, then amounts. A percentage applies to corrections too, an amount does not.
pub(crate) fn apply(
    state: &State<'_>,
    discounts: &[RuleId],
    amount: Exact,
    into: Currency,
    month: Month,
    work: &mut Work,
) -> Result<Exact, Stop> {
    if discounts.is_empty() {
        return Ok(amount);
    }
    let mut amount = amount;
    let before = amount.clone();
    // With `add`, every percentage is of the amount before all of them, at most the whole.
    let mut left = Exact::ONE;
    for id in discounts {
        let rule = &state.rulebook.rules[*id as usize];
        let Verb::Discount(off) = rule.verb else { continue };
        work.by(&rule.common.id, &rule.common.reason);
        match off {
            Off::Percent(percent) if state.rulebook.settings.discounts == Discounts::Compound => {
                let factor = Exact::ONE.minus(&percent.into());
                let rest = amount.times(&factor);
                work.step(Phase::Discount, || {
                    let calc = Calc::Sum(vec![Term::product(&[&amount, &factor])]);
                    (format!("{amount} x (1 - {})", words(percent)), calc, Some(rest.clone()))
                });
                amount = rest;
            }
            Off::Percent(percent) => {
                left = left.minus(&percent.into()).max(Exact::ZERO);
                amount = before.times(&left);
                work.step(Phase::Discount, || {
                    let calc = Calc::Sum(vec![Term::product(&[&before, &left])]);
                    (format!("{} more, added up", words(percent)), calc, Some(amount.clone()))
                });
            }
            Off::Amount(off) if amount.is_positive() => {
                let rate = currency::rate(state, month, rule.currency, into)?;
                let off = Exact::from(off).times(&rate);
                let rest = amount.minus(&off);
                let result = rest.clone().max(Exact::ZERO);
                work.step(Phase::Discount, || {
                    let calc = Calc::Max(Number(Exact::ZERO), Number(rest));
                    (format!("{amount} - {off}"), calc, Some(result.clone()))
                });
                amount = result;
            }
            Off::Amount(_) => {}
        }
    }
    Ok(amount)
}

/// A fraction as a percentage.
pub(crate) fn words(fraction: ratebook_line::Decimal) -> String {
    format!("{}%", Exact::from(fraction).times(&Exact::whole(100)))
}
