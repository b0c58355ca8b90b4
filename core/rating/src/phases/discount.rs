//! Phase 8: percentages first, then amounts.

use ratebook_line::Month;

use super::currency::{self, Billed};
use super::stop::Stop;
use crate::exact::Exact;
use crate::plan::RuleId;
use crate::rules::checked::rule::Off;
use crate::rules::checked::settings::Discounts;
use crate::rules::ready::rule::Verb;
use crate::state::State;
use crate::texts::TextId;
use crate::work::{Calc, Number, Phase, Term, Work};

/// Percentages, which apply to corrections too. Each goes to `after` with the amount after it.
pub(crate) fn percentages(
    state: &State<'_>,
    discounts: &[RuleId],
    amount: Exact,
    after: &mut Vec<(TextId, Exact)>,
    work: &mut Work,
) -> Exact {
    let mut amount = amount;
    let before = if discounts.is_empty() { Exact::ZERO } else { amount.clone() };
    // With `add`, every percentage is of the amount before all of them, at most the whole.
    let mut left = Exact::ONE;
    for id in discounts {
        let rule = &state.rulebook.rules[*id as usize];
        let Verb::Discount(Off::Percent(percent)) = rule.verb else { continue };
        work.by(&rule.common.id, &rule.common.reason);
        if state.rulebook.settings.discounts == Discounts::Compound {
            let factor = Exact::ONE.minus(&percent.into());
            let rest = amount.times(&factor);
            work.step(Phase::Discount, || {
                let calc = Calc::Sum(vec![Term::product(&[&amount, &factor])]);
                (format!("{amount} x (1 - {})", words(percent)), calc, Some(rest.clone()))
            });
            amount = rest;
        } else {
            left = left.minus(&percent.into()).max(Exact::ZERO);
            amount = before.times(&left);
            work.step(Phase::Discount, || {
                let calc = Calc::Sum(vec![Term::product(&[&before, &left])]);
                (format!("{} more, added up", words(percent)), calc, Some(amount.clone()))
            });
        }
        after.push((rule.id, amount.clone()));
    }
    amount
}

/// Amounts, each off what is left as long as something is; those that had nothing to take are added to `idle`, the
/// others to `after` with the amount after them.
pub(crate) fn amounts(
    state: &State<'_>,
    discounts: &[RuleId],
    amount: Exact,
    into: Billed,
    month: Month,
    (idle, after): (&mut Vec<RuleId>, &mut Vec<(TextId, Exact)>),
    work: &mut Work,
) -> Result<Exact, Stop> {
    let mut amount = amount;
    for id in discounts {
        let rule = &state.rulebook.rules[*id as usize];
        let Verb::Discount(Off::Amount(off)) = rule.verb else { continue };
        if !amount.is_positive() || off.is_zero() {
            idle.push(*id);
            continue;
        }
        work.by(&rule.common.id, &rule.common.reason);
        let rate = currency::rate(state, month, rule.currency, into)?;
        let off = Exact::from(off).times(&rate);
        let rest = amount.minus(&off);
        let result = rest.clone().max(Exact::ZERO);
        work.step(Phase::Discount, || {
            let calc = Calc::Max(Number(Exact::ZERO), Number(rest));
            (format!("{amount} - {off}"), calc, Some(result.clone()))
        });
        amount = result;
        after.push((rule.id, amount.clone()));
    }
    Ok(amount)
}

/// A fraction as a percentage.
pub(crate) fn words(fraction: ratebook_line::Decimal) -> String {
    format!("{}%", Exact::from(fraction).times(&Exact::whole(100)))
}
