//! What the vendor charges us, as the base of a price: for the line, or per unit.

use super::model::{Charge, Input};
use super::on::On;
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::Sources;
use crate::work::{Calc, Phase, Term, Work};

/// Takes `on`.
pub(super) fn read_on(fields: &mut Fields<'_>, quantity: bool, sources: &mut Sources) -> Option<On> {
    let words: &[(&str, On)] =
        &[("cost", On::Cost), ("unit_price", On::UnitPrice), ("quantity", On::Quantity)];
    let words = if quantity { words } else { &words[..2] };
    match fields.take("on") {
        Some(node) => sources.word_of(node, LoadCode::Price, words),
        None => Some(On::Cost),
    }
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
    if on == On::UnitPrice {
        let unit_cost = unit_cost()?;
        let quantity = input.quantity()?;
        let unit_price = sold(unit_cost.clone())?;
        let amount = unit_price.times(quantity);
        work.step(Phase::Price, || {
            let note = format!("{word} on the vendor's unit price");
            (note, Calc::Sum(vec![Term::over(&[&unit_cost, factor], divisor)]), Some(unit_price.clone()))
        });
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
