//! Phase 10, and how numbers are brought to their places: one by one, or several so that their sum is right.

use hashbrown::HashMap;
use ratebook_line::{Decimal, NumberError, Rounding};

use super::context::Context;
use super::draft::{Draft, DraftLine};
pub(crate) use super::shown::shown;
use super::stop::Stop;
use crate::exact::Exact;
use crate::rules::checked::settings::{RoundAt, mode_word};
use crate::state::State;
use crate::work::{Calc, Number, Phase, Step, Work};

/// Rounds a line on its own; everything after goes on with the rounded amount.
pub(crate) fn line(
    state: &State<'_>,
    draft: &Draft,
    line: &mut DraftLine,
    work: &mut Work,
) -> Result<(), Stop> {
    let mode = state.rulebook.settings.mode;
    line.amount = line.exact.round(draft.places, mode)?;
    let rounded = Exact::from(line.amount);
    work.by_default();
    work.step(Phase::Round, || {
        let calc =
            Calc::Round { value: Number(line.exact.clone()), places: draft.places, mode: mode_word(mode) };
        (format!("{} {}", mode_word(mode), draft.places), calc, Some(rounded.clone()))
    });
    work.is_money(draft.currency);
    line.exact = rounded;
    Ok(())
}

/// Rounds a line that a bill rule made, if lines are rounded.
pub(crate) fn bill_line(
    state: &State<'_>,
    draft: &Draft,
    made: &mut DraftLine,
    work: &mut Work,
) -> Result<(), Stop> {
    if state.rulebook.settings.round_at == RoundAt::Line {
        line(state, draft, made, work)?;
    }
    Ok(())
}

/// The shares of a split pool that stand on this bill: their rounded sum, spread by largest remainder.
pub(crate) fn shares(context: Context<'_, '_>, draft: &mut Draft) -> Result<(), Stop> {
    if draft.parts == 0 || context.state.rulebook.settings.round_at != RoundAt::Line {
        return Ok(());
    }
    // In the order in which the bill has them: pools are numbered as a session meets them, which hangs on what else is
    // in the session.
    let mut by_pool: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<u32, usize> = HashMap::new();
    for (index, line) in draft.lines.iter().enumerate() {
        let Some(pool) = line.share_of else { continue };
        let place = *places.entry(pool).or_insert(by_pool.len());
        if place == by_pool.len() {
            by_pool.push(Vec::new());
        }
        by_pool[place].push(index);
    }
    for lines in by_pool {
        together(context.state, draft, &lines)?;
    }
    Ok(())
}

/// Rounds several lines of a bill so that they add up to their rounded sum, which is returned.
pub(crate) fn together(state: &State<'_>, draft: &mut Draft, lines: &[usize]) -> Result<Decimal, Stop> {
    let mode = state.rulebook.settings.mode;
    let places = draft.places;
    let values: Vec<Exact> = lines.iter().map(|line| draft.lines[*line].exact.clone()).collect();
    let (total, amounts) = largest_remainder(&values, places, mode)?;
    let group = draft.remainders.len();
    for (index, (line, amount)) in lines.iter().zip(amounts).enumerate() {
        let line = &mut draft.lines[*line];
        line.amount = amount;
        line.exact = amount.into();
        if !line.steps.is_empty() {
            line.steps.push(Step {
                phase: Phase::Round,
                rule: None,
                reason: None,
                note: format!("{} {places}, together with others", mode_word(mode)),
                calc: Calc::Remainder { group, index },
                result: Some(Number(line.exact.clone())),
                currency: Some(draft.currency),
            });
        }
    }
    draft.remainders.push(values);
    Ok(total)
}

/// Floors every value to the unit, then gives one unit each to the largest fractions until the sum is the
/// rounded total; of equal fractions the earlier first.
pub(crate) fn largest_remainder(
    values: &[Exact],
    places: u32,
    mode: Rounding,
) -> Result<(Decimal, Vec<Decimal>), NumberError> {
    let sum = values.iter().fold(Exact::ZERO, |sum, value| sum.plus(value));
    let total = sum.round(places, mode)?;
    let mut amounts = values.iter().map(|value| value.floor(places)).collect::<Result<Vec<_>, _>>()?;
    let unit = Decimal::new(1, places)?;
    let mut missing = total;
    for amount in &amounts {
        missing = missing.checked_sub(*amount)?;
    }
    let mut order: Vec<(Exact, usize)> =
        values.iter().zip(&amounts).map(|(value, floor)| value.minus(&(*floor).into())).zip(0..).collect();
    order.sort_by(|(a, i), (b, j)| b.cmp(a).then(i.cmp(j)));
    for (_, index) in order {
        if missing.is_zero() {
            break;
        }
        amounts[index] = amounts[index].checked_add(unit)?;
        missing = missing.checked_sub(unit)?;
    }
    Ok((total, amounts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(text: &str) -> Exact {
        text.parse::<Decimal>().unwrap().into()
    }

    #[test]
    fn ties_go_to_the_earlier_line() {
        let thirds = vec![Exact::ONE.over(&Exact::whole(3)).unwrap(); 3];
        let (total, amounts) = largest_remainder(&thirds, 2, Rounding::HalfUp).unwrap();
        assert_eq!(total.to_string(), "1");
        assert_eq!(amounts.iter().map(ToString::to_string).collect::<Vec<_>>(), ["0.34", "0.33", "0.33"]);
        let (total, amounts) =
            largest_remainder(&[exact("-5.0005"), exact("50.005")], 2, Rounding::HalfUp).unwrap();
        assert_eq!(total.to_string(), "45");
        assert_eq!(amounts.iter().map(ToString::to_string).collect::<Vec<_>>(), ["-5", "50"]);
    }

    proptest! {
        #[test]
        fn amounts_sum_to_the_rounded_total_and_move_less_than_a_unit(
            values in prop::collection::vec((-100_000_i64..100_000, 1_i64..999), 1..20),
            places in 0_u32..4,
            mode in prop::sample::select(vec![Rounding::HalfUp, Rounding::HalfEven, Rounding::Up, Rounding::Down]),
        ) {
            let values: Vec<Exact> =
                values.iter().map(|(n, d)| Exact::whole(*n).over(&Exact::whole(*d)).unwrap()).collect();
            let (total, amounts) = largest_remainder(&values, places, mode).unwrap();
            let sum = amounts.iter().fold(Exact::ZERO, |sum, amount| sum.plus(&(*amount).into()));
            prop_assert_eq!(sum, Exact::from(total));
            let unit = Exact::from(Decimal::new(1, places).unwrap());
            for (value, amount) in values.iter().zip(amounts) {
                let off = Exact::from(amount).minus(value);
                prop_assert!(off.negated() < unit && off < unit.plus(&Exact::ZERO) || off.is_zero());
            }
        }
    }
}
