//! Phase 5: the model makes an amount of a quantity or a cost, in the item's currency.

use ratebook_line::Currency;

use super::context::Context;
use super::pool::{Pool, less_included};
use super::stop::Stop;
use super::subject::Subject;
use crate::exact::Exact;
use crate::item::Item;
use crate::line_problem::LineCode;
use crate::price::{Input, Part};
use crate::rules::checked::price::Take;
use crate::rules::ready::rule::Included;
use crate::work::{Calc, Number, Phase, Term, Work};

/// The amount of an item, before currency.
pub(crate) struct Charged {
    pub(crate) amount: Exact,
    pub(crate) currency: Currency,
    pub(crate) unit_price: Option<Exact>,
    /// As it stands on the bill: before included.
    pub(crate) quantity: Option<Exact>,
    /// What is left of it after included.
    pub(crate) chargeable: Option<Exact>,
    /// What the amount is the sum of, if it is more than that times a price.
    pub(crate) parts: Vec<Part>,
}

impl Charged {
    /// Something is left to charge after included, so that limits apply.
    pub(crate) fn is_used(&self) -> bool {
        self.chargeable.as_ref().is_some_and(Exact::is_positive)
    }

    /// How much of the quantity is included.
    pub(super) fn included(&self) -> Exact {
        let both = self.quantity.as_ref().zip(self.chargeable.as_ref());
        both.map_or(Exact::ZERO, |(quantity, chargeable)| quantity.minus(chargeable))
    }
}

pub(crate) fn charge(context: Context<'_, '_>, subject: Subject, work: &mut Work) -> Result<Charged, Stop> {
    let state = context.state;
    let rulebook = state.rulebook;
    let plan = context.plan(subject);
    let Ok(priced) = plan.price else {
        let Subject::Line(item) = subject else { return Err(Stop::Line(LineCode::NoPrice)) };
        return pass_through(context, &state.items[item as usize], work);
    };
    let rule = &rulebook.rules[priced.rule as usize];
    let model = &rulebook.models[priced.model as usize];
    work.by(&rule.common.id, &rule.common.reason);
    let (input, quantity) = match subject {
        Subject::Line(item) => {
            let item = &state.items[item as usize];
            let quantity = state.quantity(item)?;
            let mut chargeable = quantity.clone();
            if let (Some(Included::Fixed(included)), Some(sum)) =
                (rule.price().and_then(|price| price.included.as_ref()), &quantity)
            {
                let left = less_included(sum, included);
                explain_included(sum, included, &left, work);
                chargeable = Some(left);
            }
            let on_entitled = model.is_on_entitled();
            let input = Input {
                quantity: chargeable,
                entitled: if on_entitled { state.entitled(item)? } else { None },
                total_cost: state.numbers.total_cost(item),
                unit_price: if on_entitled { None } else { state.numbers.second(item) },
                level: None,
                vendor_currency: item.currency,
            };
            (input, quantity)
        }
        Subject::Pool(pool) | Subject::Share { pool, .. } => {
            explain_pool(context, pool, work);
            let pool = &context.pools.all[pool as usize];
            let input = Input {
                quantity: Some(pool.chargeable.clone()),
                entitled: pool.entitled.clone(),
                level: pool.level.clone(),
                ..Input::default()
            };
            (input, Some(pool.quantity.clone()))
        }
        Subject::Commitment(_) => {
            let input = Input { quantity: Some(Exact::ZERO), ..Input::default() };
            (input, Some(Exact::ZERO))
        }
    };
    let charge = model.charge(&input, work).map_err(Stop::Line)?;
    let currency = charge.vendor_currency.unwrap_or(priced.currency);
    work.is_money(currency);
    Ok(Charged {
        amount: charge.amount,
        currency,
        unit_price: charge.unit_price,
        quantity,
        parts: model.parts(&input),
        chargeable: input.quantity,
    })
}

/// A line without a price, billed at what the vendor charges.
fn pass_through(context: Context<'_, '_>, item: &Item, work: &mut Work) -> Result<Charged, Stop> {
    let quantity = context.state.quantity(item)?;
    let currency = item.currency.ok_or(Stop::Line(LineCode::NoCost))?;
    work.by("(pass_through)", "No price: the vendor's cost as it is");
    let numbers = &context.state.numbers;
    let amount = match (numbers.total_cost(item), numbers.second(item), &quantity) {
        (Some(cost), ..) => {
            let cost = Exact::from(cost);
            work.step(Phase::Price, || ("the vendor's cost".to_owned(), Calc::Given, Some(cost.clone())));
            cost
        }
        (None, Some(unit_price), Some(quantity)) => {
            let unit_price = Exact::from(unit_price);
            let amount = unit_price.times(quantity);
            work.step(Phase::Price, || {
                let calc = Calc::Sum(vec![Term::product(&[quantity, &unit_price])]);
                ("the vendor's unit price x quantity".to_owned(), calc, Some(amount.clone()))
            });
            amount
        }
        _ => return Err(Stop::Line(LineCode::NoCost)),
    };
    work.is_money(currency);
    Ok(Charged { amount, currency, unit_price: None, quantity, chargeable: None, parts: Vec::new() })
}

fn explain_pool(context: Context<'_, '_>, pool: u32, work: &mut Work) {
    if !work.is_on() {
        return;
    }
    let state = context.state;
    let pool = &context.pools.all[pool as usize];
    // Lines of other bills are in the sum of a wide pool: they are told on none, and known to none when rated in parts.
    let own = !pool.key.entity.scope.is_wide(state.rulebook.settings.bill_to);
    work.step(Phase::Pool, || {
        let quantities = pool.members.iter().filter_map(|item| {
            state
                .quantity(&state.items[*item as usize])
                .ok()
                .flatten()
                .map(|quantity| Term::product(&[&quantity]))
        });
        let calc = if own { Calc::Sum(quantities.collect()) } else { Calc::Given };
        let note = format!("{} lines over {}", pool.lines, pool.key.entity.scope.word());
        (note, calc, Some(pool.sum.clone()))
    });
    explain_taken(context, pool, work);
    if let Some(counted) = &pool.counted {
        let rule = &state.rulebook.rules[pool.key.rule as usize];
        if let Some(Included::Per { each, .. }) = rule.price().and_then(|price| price.included.as_ref()) {
            let zero = Exact::ZERO;
            let product = each.times(counted);
            work.step(Phase::Pool, || {
                let calc = Calc::Sum(vec![Term::product(&[counted, each])]);
                ("units counted x included".to_owned(), calc, Some(product.clone()))
            });
            if product.is_negative() {
                work.step(Phase::Pool, || {
                    let calc = Calc::Max(Number(zero.clone()), Number(product.clone()));
                    ("nothing included".to_owned(), calc, Some(zero.clone()))
                });
            }
        }
    }
    if !pool.included.is_zero() {
        explain_included(&pool.quantity, &pool.included, &pool.chargeable, work);
    }
}

fn explain_taken(context: Context<'_, '_>, pool: &Pool, work: &mut Work) {
    let price = context.state.rulebook.rules[pool.key.rule as usize].price();
    let lines = Exact::whole(i64::try_from(pool.lines).unwrap_or(i64::MAX));
    let (note, calc) = match price.map(|price| price.take) {
        Some(Take::Max) => ("the largest of them", Calc::Given),
        Some(Take::Average) => ("the mean of them", Calc::Sum(vec![Term::over(&[&pool.sum], &lines)])),
        Some(Take::Sum) | None => return,
    };
    work.step(Phase::Pool, || (note.to_owned(), calc, Some(pool.quantity.clone())));
}

fn explain_included(sum: &Exact, included: &Exact, left: &Exact, work: &mut Work) {
    if !sum.is_positive() {
        return;
    }
    work.step(Phase::Pool, || {
        let calc = Calc::Max(Number(Exact::ZERO), Number(sum.minus(included)));
        (format!("included: {sum} - {included}"), calc, Some(left.clone()))
    });
}
