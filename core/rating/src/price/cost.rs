//! What the vendor charges us, as the base of a price: for the line, or per unit.

use super::model::{Charge, Input};
use super::on::On;
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::checked::settings::mode_word;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::Sources;
use crate::work::{Calc, Phase, Term, Work};

/// Takes `on` and `unit_places`.
pub(super) fn read_on(fields: &mut Fields<'_>, quantity: bool, sources: &mut Sources) -> Option<On> {
    let words: &[(&str, On)] =
        &[("cost", On::Cost), ("unit_price", On::UnitPrice(None)), ("quantity", On::Quantity)];
    let words = if quantity { words } else { &words[..2] };
    let on = match fields.take("on") {
        Some(node) => sources.word_of(node, LoadCode::Price, words)?,
        None => On::Cost,
    };
    let Some(node) = fields.take("unit_places") else { return Some(on) };
    let places = sources.places_of(node)?;
    if !matches!(on, On::UnitPrice(_)) {
        let place = fields.key_place("unit_places");
        let hint = "add: on = \"unit_price\"";
        sources.report_hint(
            place,
            LoadCode::Price,
            "`unit_places` rounds a unit price, this price has none",
            hint,
        );
        return None;
    }
    Some(On::UnitPrice(Some(places)))
}

/// Cost x factor / divisor.
pub(super) fn charge(
    on: On,
    factor: &Exact,
    divisor: &Exact,
    word: &str,
    input: &Input,
    work: &mut Work,
) -> Result<Charge, LineCode> {
    let vendor_currency = Some(input.vendor_currency.ok_or(LineCode::NoCost)?);
    let unit_cost = || input.unit_price.map(Exact::from).ok_or(LineCode::NoCost);
    let sold = |base: Exact| base.times(factor).over(divisor).ok_or(LineCode::NoCost);
    if let On::UnitPrice(places) = on {
        let unit_cost = unit_cost()?;
        let quantity = input.quantity()?;
        let exact = sold(unit_cost.clone())?;
        let rounded = places.map(|places| exact.round(places, input.mode).map(Exact::from));
        // A unit price too long to be rounded stays as it is; the amount then says that it cannot be printed.
        let unit_price = rounded.and_then(Result::ok).unwrap_or_else(|| exact.clone());
        let amount = unit_price.times(quantity);
        work.step(Phase::Price, || {
            let note = format!("{word} on the vendor's unit price");
            (note, Calc::Sum(vec![Term::over(&[&unit_cost, factor], divisor)]), Some(exact.clone()))
        });
        if let Some(places) = places {
            let value = crate::work::Number(exact.clone());
            work.step(Phase::Price, || {
                let calc = Calc::Round { value, places, mode: mode_word(input.mode) };
                ("unit price rounded".to_owned(), calc, Some(unit_price.clone()))
            });
        }
        work.step(Phase::Price, || {
            let calc = Calc::Sum(vec![Term::product(&[quantity, &unit_price])]);
            ("unit price x quantity".to_owned(), calc, Some(amount.clone()))
        });
        return Ok(Charge { amount, unit_price: Some(unit_price), vendor_currency });
    }
    let base = match input.total_cost {
        Some(cost) => cost.into(),
        None => unit_cost()?.times(input.quantity()?),
    };
    let amount = sold(base.clone())?;
    work.step(Phase::Price, || {
        let note = format!("{word} on the vendor's cost");
        (note, Calc::Sum(vec![Term::over(&[&base, factor], divisor)]), Some(amount.clone()))
    });
    Ok(Charge { amount, unit_price: None, vendor_currency })
}
