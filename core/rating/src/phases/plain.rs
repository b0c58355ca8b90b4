//! Phases 5 to 10 in one step, for the lines of which most months are made: one number of the line times one factor.
//!
//! The price, the rate and percentages off are multiplied once for each plan; where anything else acts on a line, the
//! phases themselves are run. Debug builds calculate both ways and compare.

use ratebook_line::{Currency, Decimal};

use super::context::Context;
use super::currency::{self, Billed};
use super::draft::{Draft, DraftLine, Rules};
use super::shown::{SHOWN_PLACES, shown};
use super::subject::Subject;
use super::told::Told;
use crate::exact::Exact;
use crate::kind::Kind;
use crate::plan::Plan;
use crate::price::{Factor, Of};
use crate::rules::checked::rule::Off;
use crate::rules::checked::settings::{Discounts, RoundAt};
use crate::rules::ready::rule::Verb;
use crate::state::State;
use crate::texts::TextId;

/// What is known of plans.
#[derive(Debug, Default)]
pub(crate) struct Factors {
    by_plan: Vec<Known>,
}

/// The currency of bills, and for whom, if a contract fixes rates.
type Rates = (Currency, Option<u32>);

#[derive(Clone, Debug, Default)]
enum Known {
    #[default]
    Nothing,
    /// More than one factor acts.
    General(Rates),
    Times(Rates, Of, Exact, Option<Decimal>, Option<Box<Discounted>>),
}

/// The factor before percentages off, and after each.
#[derive(Clone, Debug)]
struct Discounted {
    list: Exact,
    after: Vec<(TextId, Exact)>,
}

impl Discounted {
    fn told(&self, base: &Exact) -> Option<Box<Told>> {
        Told {
            included: Exact::ZERO,
            days: None,
            parts: Vec::new(),
            list: base.times(&self.list),
            after: self.after.iter().map(|(rule, factor)| (*rule, base.times(factor))).collect(),
        }
        .some()
    }
}

impl Factors {
    /// Puts the line of an item on a bill, if it is one number times a factor.
    pub(super) fn put(&mut self, context: Context<'_, '_>, draft: &mut Draft, index: u32) -> Option<()> {
        let state = context.state;
        let item = &state.items[index as usize];
        if self.by_plan.len() < state.plans.len() {
            self.by_plan.resize(state.plans.len(), Known::Nothing);
        }
        let plan = state.plan(item);
        let known = &mut self.by_plan[item.plan as usize];
        let rates = (draft.currency, currency::fixed_for(state, draft.payer));
        match known {
            Known::General(of) | Known::Times(of, ..) if *of == rates => {}
            _ => *known = find(state, plan, rates, draft.billed()).unwrap_or(Known::General(rates)),
        }
        let Known::Times(_, of, factor, unit_price, discounted) = known else { return None };
        let mut quantity = state.numbers.quantity(item);
        if let (Some(raw), Some(conversion)) = (quantity, &plan.conversion) {
            quantity = Some(conversion.rounded(&raw.into(), conversion.places?).ok()?);
        }
        let base = match of {
            Of::Quantity => quantity?,
            Of::Cost if item.currency == Some(draft.currency) => state.numbers.total_cost(item)?,
            Of::Cost => return None,
        };
        if quantity.is_some_and(|quantity| quantity.places() > SHOWN_PLACES) {
            return None;
        }
        let base = Exact::from(base);
        let told = discounted.as_ref().and_then(|discounted| discounted.told(&base));
        let amount = base.times(factor);
        let amount = amount.round(draft.places, state.rulebook.settings.mode).ok()?;
        draft.lines.push(DraftLine {
            kind: Kind::Usage,
            subject: Some(Subject::Line(index)),
            name: plan.label.name,
            sku: plan.label.sku.some(),
            unit: plan.unit.some(),
            tax: plan.label.tax,
            quantity,
            unit_price: *unit_price,
            exact: amount.into(),
            amount,
            rules: Rules::Plan(item.plan),
            share_of: None,
            adjusts: None,
            told,
            steps: Vec::new(),
        });
        Some(())
    }
}

/// The one factor of a plan, on bills in a currency.
fn find(state: &State<'_>, plan: &Plan, rates: Rates, into: Billed) -> Option<Known> {
    let rulebook = state.rulebook;
    let priced = plan.price.ok()?;
    let price = rulebook.rules[priced.rule as usize].price()?;
    let on_price = price.uplift.is_some() || price.unit_price.acts();
    let acts = on_price || price.pool.is_some() || price.included.is_some() || price.prorate;
    if acts || plan.conversion.as_ref().is_some_and(|found| found.places.is_none()) || plan.limit.is_some() {
        return None;
    }
    if rulebook.settings.round_at != RoundAt::Line {
        return None;
    }
    let Factor { of, times, unit_price } = rulebook.models[priced.model as usize].factor()?;
    let rate = match of {
        Of::Quantity => currency::rate(state, plan.month, priced.currency, into).ok()?,
        // Only lines in the bill's currency are taken.
        Of::Cost => Exact::ONE,
    };
    let mut factor = times.times(&rate);
    let mut left = Exact::ONE;
    let (list, mut after) = (factor.clone(), Vec::new());
    for id in &plan.discounts {
        let rule = &rulebook.rules[*id as usize];
        let Verb::Discount(Off::Percent(percent)) = rule.verb else { return None };
        left = match rulebook.settings.discounts {
            Discounts::Compound => left.times(&Exact::ONE.minus(&percent.into())),
            Discounts::Add => left.minus(&percent.into()).max(Exact::ZERO),
        };
        after.push((rule.id, list.times(&left)));
    }
    factor = factor.times(&left);
    let unit_price = unit_price.map(|price| shown(&price.times(&rate))).transpose().ok()?;
    let discounted = (!after.is_empty()).then(|| Box::new(Discounted { list, after }));
    Some(Known::Times(rates, of, factor, unit_price, discounted))
}
