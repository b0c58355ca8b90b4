//! Between phases 5 and 7: what is put on the list price, what is done to the price of a unit, and the bill's currency.

use ratebook_line::Currency;

use super::charge::Charged;
use super::currency::Billed;
use super::stop::Stop;
use super::{currency, discount};
use crate::exact::Exact;
use crate::plan::Plan;
use crate::price::Part;
use crate::rules::checked::settings::mode_word;
use crate::rules::ready::rule::{Price, Rule};
use crate::state::State;
use crate::work::{Calc, Number, Phase, Term, Work};

/// An amount in the bill's currency.
pub(super) struct Sold {
    pub(super) amount: Exact,
    pub(super) unit_price: Option<Exact>,
    /// What the amount is the sum of, if it is more than a quantity times that.
    pub(super) parts: Vec<Part>,
    /// Percentages have been taken off the price of a unit already.
    pub(super) discounted: bool,
}

pub(super) fn sell(
    state: &State<'_>,
    plan: &Plan,
    charged: &Charged,
    into: Billed,
    work: &mut Work,
) -> Result<Sold, Stop> {
    let rate = currency::rate(state, plan.month, charged.currency, into)
        .map_err(|stop| stop.of_amount(&charged.amount))?;
    let rule = plan.price.ok().map(|priced| (priced, &state.rulebook.rules[priced.rule as usize]));
    if let Some((priced, rule)) = rule
        && let Some(price) = rule.price()
    {
        let per_unit = state.rulebook.models[priced.model as usize].is_per_unit();
        if let (true, true, Some(quantity)) = (price.unit_price.acts(), per_unit, &charged.chargeable) {
            return by_unit(state, plan, (rule, price), charged, quantity, (into.currency, &rate), work);
        }
        if let Some(uplift) = &price.uplift {
            work.by(&rule.common.id, &rule.common.reason);
            let amount = uplifted(&charged.amount, uplift, work);
            work.is_money(charged.currency);
            let unit_price =
                charged.unit_price.as_ref().map(|unit_price| unit_price.times(uplift).times(&rate));
            let amount = currency::convert(amount, &rate, charged.currency, into.currency, work);
            let parts = parts_at(charged, &uplift.times(&rate));
            return Ok(Sold { amount, unit_price, parts, discounted: false });
        }
    }
    let amount = currency::convert(charged.amount.clone(), &rate, charged.currency, into.currency, work);
    let unit_price = charged.unit_price.as_ref().map(|unit_price| unit_price.times(&rate));
    Ok(Sold { amount, unit_price, parts: parts_at(charged, &rate), discounted: false })
}

fn parts_at(charged: &Charged, factor: &Exact) -> Vec<Part> {
    charged.parts.iter().map(|part| part.priced(factor)).collect()
}

/// Quantity x price of a unit, after everything that is done to that.
fn by_unit(
    state: &State<'_>,
    plan: &Plan,
    (rule, price): (&Rule, &Price),
    charged: &Charged,
    quantity: &Exact,
    (into, rate): (Currency, &Exact),
    work: &mut Work,
) -> Result<Sold, Stop> {
    let by = |work: &mut Work| work.by(&rule.common.id, &rule.common.reason);
    by(work);
    let found = charged.amount.over(quantity).or_else(|| charged.unit_price.clone());
    // Of nothing used there is no price of a unit, and nothing to pay.
    let Some(mut unit) = found else {
        work.step(Phase::Price, || {
            let calc = Calc::Sum(vec![Term::product(&[&charged.amount, quantity])]);
            ("by the unit, and none was used".to_owned(), calc, Some(Exact::ZERO))
        });
        return Ok(Sold { amount: Exact::ZERO, unit_price: None, parts: Vec::new(), discounted: false });
    };
    work.step(Phase::Price, || {
        let given = quantity.is_zero();
        let calc =
            if given { Calc::Given } else { Calc::Sum(vec![Term::over(&[&charged.amount], quantity)]) };
        ("price of a unit".to_owned(), calc, Some(unit.clone()))
    });
    work.is_money(charged.currency);
    if let Some(uplift) = &price.uplift {
        unit = uplifted(&unit, uplift, work);
        work.is_money(charged.currency);
    }
    unit = bounded(unit, price, work);
    unit = currency::convert(unit, rate, charged.currency, into, work);
    if price.unit_price.discounted {
        unit = discount::percentages(state, &plan.discounts, unit, &mut Vec::new(), work);
    }
    by(work);
    if let Some(places) = price.unit_price.places {
        let mode = state.rulebook.settings.mode;
        let rounded = Exact::from(unit.round(places, mode)?);
        work.step(Phase::Price, || {
            let calc = Calc::Round { value: Number(unit), places, mode: mode_word(mode) };
            ("price of a unit rounded".to_owned(), calc, Some(rounded.clone()))
        });
        unit = rounded;
    }
    let amount = unit.times(quantity);
    work.step(Phase::Price, || {
        let calc = Calc::Sum(vec![Term::product(&[quantity, &unit])]);
        ("price of a unit x quantity".to_owned(), calc, Some(amount.clone()))
    });
    work.is_money(into);
    let discounted = price.unit_price.discounted;
    Ok(Sold { amount, unit_price: Some(unit), parts: Vec::new(), discounted })
}

fn uplifted(amount: &Exact, uplift: &Exact, work: &mut Work) -> Exact {
    let lifted = amount.times(uplift);
    work.step(Phase::Price, || {
        let calc = Calc::Sum(vec![Term::product(&[amount, uplift])]);
        (format!("uplift x {uplift}"), calc, Some(lifted.clone()))
    });
    lifted
}

fn bounded(unit: Exact, price: &Price, work: &mut Work) -> Exact {
    let mut unit = unit;
    if let Some(min) = price.unit_price.min.map(Exact::from)
        && unit < min
    {
        work.step(Phase::Price, || {
            let calc = Calc::Max(Number(unit.clone()), Number(min.clone()));
            ("a unit costs at least".to_owned(), calc, Some(min.clone()))
        });
        unit = min;
    }
    if let Some(max) = price.unit_price.max.map(Exact::from)
        && unit > max
    {
        work.step(Phase::Price, || {
            let calc = Calc::Min(Number(unit.clone()), Number(max.clone()));
            ("a unit costs at most".to_owned(), calc, Some(max.clone()))
        });
        unit = max;
    }
    unit
}
