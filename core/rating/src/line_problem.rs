//! Why a line cannot be priced; `unpriced` in the settings says what then.

use std::fmt;

use ratebook_line::{BillableLine, Decimal};

use crate::plan::Plan;
use crate::price::On;
use crate::rules::checked::rule::Used;
use crate::rules::ready::Rulebook;

/// A problem of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineCode {
    /// No price rule matches.
    NoPrice,
    /// The book has no price for the SKU and month.
    NoBookEntry,
    /// The price needs the vendor's cost and the line has none, or none with a currency.
    NoCost,
    /// The price needs a quantity and the line has none.
    NoQuantity,
    /// The quantity is in another unit than the price or the conversion wants.
    UnitMismatch,
    /// The price cannot be applied to a negative quantity.
    NegativeQuantity,
    /// Nobody's bill is known to be the line's.
    UnknownCustomer,
    /// A line of an earlier month under a price that is not linear.
    LateLine,
}

impl LineCode {
    /// The word people and programs see: `no-price`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            LineCode::NoPrice => "no-price",
            LineCode::NoBookEntry => "no-book-entry",
            LineCode::NoCost => "no-cost",
            LineCode::NoQuantity => "no-quantity",
            LineCode::UnitMismatch => "unit-mismatch",
            LineCode::NegativeQuantity => "negative-quantity",
            LineCode::UnknownCustomer => "unknown-customer",
            LineCode::LateLine => "late-line",
        }
    }

    /// What it means, for a person.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            LineCode::NoPrice => "no price rule matches",
            LineCode::NoBookEntry => "the price book has no price for this SKU and month",
            LineCode::NoCost => "the price needs the vendor's cost with its currency, and the line has none",
            LineCode::NoQuantity => "the price needs a quantity, and the line has none",
            LineCode::UnitMismatch => "the quantity is in another unit than the rule wants",
            LineCode::NegativeQuantity => "this price cannot be applied to a negative quantity",
            LineCode::UnknownCustomer => "no customer is known for this line",
            LineCode::LateLine => "a line of an earlier month takes a price per unit or on cost only",
        }
    }
}

impl fmt::Display for LineCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// True if all four quantities are zero or absent.
pub(crate) fn is_zero(line: &BillableLine<'_>) -> bool {
    [line.consumed_quantity, line.entitled_quantity, line.overage_quantity, line.billable_quantity]
        .iter()
        .all(|quantity| quantity.is_none_or(Decimal::is_zero))
}

/// The vendor's number that is charged, and whether it is the billable one by default.
pub(crate) fn charged_quantity(plan: &Plan, line: &BillableLine<'_>) -> (Option<Decimal>, bool) {
    match plan.used {
        None if line.billable_quantity.is_some() => (line.billable_quantity, true),
        None => (line.consumed_quantity, false),
        Some((Used::Billable, _)) => (line.billable_quantity, false),
        Some((Used::Consumed, _)) => (line.consumed_quantity, false),
        Some((Used::Entitled, _)) => (line.entitled_quantity, false),
        Some((Used::Overage, _)) => (line.overage_quantity, false),
    }
}

/// True if the vendor says what the line costs, and in which currency.
pub(crate) fn has_cost(line: &BillableLine<'_>, quantity: Option<Decimal>) -> bool {
    line.currency.is_some()
        && (line.total_cost.is_some() || (line.unit_price.is_some() && quantity.is_some()))
}

/// What the line lacks for its price.
pub(crate) fn problem(
    rulebook: &Rulebook,
    plan: &Plan,
    line: &BillableLine<'_>,
    quantity: Option<Decimal>,
) -> Option<LineCode> {
    let priced = plan.price.ok()?;
    let model = &rulebook.models[priced.model as usize];
    let pooled = rulebook.rules[priced.rule as usize].price().is_some_and(|price| price.pool.is_some());
    match model.on() {
        On::Quantity => match quantity {
            None => Some(LineCode::NoQuantity),
            Some(_) if model.is_on_entitled() && line.entitled_quantity.is_none() => {
                Some(LineCode::NoQuantity)
            }
            Some(quantity) if quantity.is_negative() && !model.is_linear() && !pooled => {
                Some(LineCode::NegativeQuantity)
            }
            Some(_) => None,
        },
        On::Cost if line.currency.is_some() && line.total_cost.is_some() => None,
        _ if line.currency.is_none() || line.unit_price.is_none() => Some(LineCode::NoCost),
        _ if quantity.is_none() => Some(LineCode::NoQuantity),
        _ => None,
    }
}
