//! What a line must bring for its price, wherever its numbers stand.

use ratebook_line::{BillableLine, Currency, Decimal, NumberField};

use crate::line_problem::LineCode;
use crate::plan::{Needs, Plan};
use crate::price::On;
use crate::rules::checked::rule::Used;

/// The numbers of a line: of one by itself, or of a row of a block.
pub(crate) trait Numbers {
    /// One of them.
    fn number(&self, field: NumberField) -> Option<Decimal>;
    /// The currency of the vendor's price and cost.
    fn currency(&self) -> Option<Currency>;
}

impl Numbers for BillableLine<'_> {
    fn number(&self, field: NumberField) -> Option<Decimal> {
        match field {
            NumberField::Consumed => self.consumed_quantity,
            NumberField::Entitled => self.entitled_quantity,
            NumberField::Overage => self.overage_quantity,
            NumberField::Billable => self.billable_quantity,
            NumberField::UnitPrice => self.unit_price,
            NumberField::TotalCost => self.total_cost,
        }
    }

    fn currency(&self) -> Option<Currency> {
        self.currency
    }
}

/// The columns of quantities.
pub(crate) const QUANTITIES: [NumberField; 4] =
    [NumberField::Consumed, NumberField::Entitled, NumberField::Overage, NumberField::Billable];

/// True if all four quantities are zero or absent.
pub(crate) fn is_zero(line: &impl Numbers) -> bool {
    QUANTITIES.iter().all(|field| line.number(*field).is_none_or(Decimal::is_zero))
}

/// The vendor's number that is charged, and whether it is the billable one by default.
pub(crate) fn charged_quantity(plan: &Plan, line: &impl Numbers) -> (Option<Decimal>, bool) {
    let field = match plan.used {
        None => match line.number(NumberField::Billable) {
            Some(billable) => return (Some(billable), true),
            None => NumberField::Consumed,
        },
        Some((Used::Billable, _)) => NumberField::Billable,
        Some((Used::Consumed, _)) => NumberField::Consumed,
        Some((Used::Entitled, _)) => NumberField::Entitled,
        Some((Used::Overage, _)) => NumberField::Overage,
    };
    (line.number(field), false)
}

/// True if the vendor says what the line costs, and in which currency.
pub(crate) fn has_cost(line: &impl Numbers, quantity: Option<Decimal>) -> bool {
    line.currency().is_some()
        && (line.number(NumberField::TotalCost).is_some()
            || (line.number(NumberField::UnitPrice).is_some() && quantity.is_some()))
}

/// What the line lacks for its price.
pub(crate) fn problem(needs: Needs, line: &impl Numbers, quantity: Option<Decimal>) -> Option<LineCode> {
    match needs.on {
        On::Quantity => match quantity {
            None => Some(LineCode::NoQuantity),
            Some(_) if needs.entitled && line.number(NumberField::Entitled).is_none() => {
                Some(LineCode::NoQuantity)
            }
            Some(_) => None,
        },
        _ if needs.quantity && quantity.is_none() => Some(LineCode::NoQuantity),
        On::Cost if line.currency().is_some() && line.number(NumberField::TotalCost).is_some() => None,
        _ if line.currency().is_none() || line.number(NumberField::UnitPrice).is_none() => {
            Some(LineCode::NoCost)
        }
        _ if quantity.is_none() => Some(LineCode::NoQuantity),
        _ => None,
    }
}
