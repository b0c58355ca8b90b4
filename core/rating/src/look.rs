//! Whether a line is fit for its price where that hangs on its numbers: what is expected, and corrections.

use ratebook_line::{Decimal, NumberField};

use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::needs::Numbers;
use crate::plan::Plan;
use crate::price::Input;
use crate::rules::checked::price::Take;
use crate::rules::ready::Rulebook;
use crate::rules::ready::rule::Price;

/// The problem of a line that brings all that its price needs.
pub(crate) fn look(
    rulebook: &Rulebook,
    plan: &Plan,
    line: &impl Numbers,
    quantity: Option<Decimal>,
) -> Option<LineCode> {
    let priced = plan.price.ok()?;
    let price = rulebook.rules[priced.rule as usize].price()?;
    let model = &rulebook.models[priced.model as usize];
    let deals = plan.limit.is_some() || price.included.is_some();
    let by_amount = deals || price.unit_price.is_bounded() || model.is_on_entitled();
    if !by_amount && price.expect.is_none() && !quantity.is_some_and(Decimal::is_negative) {
        return None;
    }
    // What cannot be converted exactly is told when the line is priced.
    let converted = |number: Decimal| plan.converted(number).ok();
    let quantity = quantity.and_then(converted);
    let negative = quantity.as_ref().is_some_and(Exact::is_negative);
    if price.pool.is_some() {
        let peak = price.take == Take::Max && negative;
        return peak.then_some(LineCode::NegativeQuantity);
    }
    if let (Some(expect), Some(quantity)) = (&price.expect, &quantity)
        && !expect.allows(quantity)
    {
        return Some(LineCode::UnexpectedQuantity);
    }
    if negative && (deals || !model.is_linear()) {
        return Some(LineCode::NegativeQuantity);
    }
    if !by_amount {
        return None;
    }
    let input = Input {
        quantity,
        entitled: line.number(NumberField::Entitled).and_then(converted),
        total_cost: line.number(NumberField::TotalCost),
        unit_price: line.number(NumberField::UnitPrice),
        vendor_currency: line.currency(),
        level: None,
    };
    match model.charge(&input, &mut crate::work::Work::off()) {
        Err(code) => Some(code),
        Ok(charge) if deals && charge.amount.is_negative() => Some(LineCode::NegativeQuantity),
        Ok(charge) if is_paid_back(price, &charge.amount, input.quantity.as_ref()) => {
            Some(LineCode::NegativeQuantity)
        }
        Ok(_) => None,
    }
}

/// True if a unit would be paid for to whoever uses it, where its price is to stay within bounds.
fn is_paid_back(price: &Price, amount: &Exact, quantity: Option<&Exact>) -> bool {
    let negative = quantity.is_some_and(Exact::is_negative);
    price.unit_price.is_bounded() && !amount.is_zero() && amount.is_negative() != negative
}
