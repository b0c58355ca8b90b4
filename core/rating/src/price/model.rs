//! What every price model has in common: what it is applied to, what it makes of it, how it is read.

use ratebook_line::{Currency, Decimal};

use super::on::On;
use super::part::Part;
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::written::{Node, Sources};
use crate::work::Work;

/// What a model is applied to: one line, or the sum of a pool.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    /// The chargeable quantity: after pool and included.
    pub(crate) quantity: Option<Exact>,
    pub(crate) entitled: Option<Exact>,
    /// What chooses the tier, where it is not the quantity.
    pub(crate) level: Option<Exact>,
    pub(crate) total_cost: Option<Decimal>,
    pub(crate) unit_price: Option<Decimal>,
    pub(crate) vendor_currency: Option<Currency>,
}

impl Input {
    pub(super) fn quantity(&self) -> Result<&Exact, LineCode> {
        self.quantity.as_ref().ok_or(LineCode::NoQuantity)
    }

    /// The quantity, for models that have no meaning below 0.
    pub(super) fn quantity_not_negative(&self) -> Result<&Exact, LineCode> {
        let quantity = self.quantity()?;
        if quantity.is_negative() { Err(LineCode::NegativeQuantity) } else { Ok(quantity) }
    }
}

/// What a model makes of it.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    pub(crate) amount: Exact,
    /// Money per unit, where the model has one for all units.
    pub(crate) unit_price: Option<Exact>,
    /// The vendor's currency, for models on cost; else it is the rule's or the book's.
    pub(crate) vendor_currency: Option<Currency>,
}

impl Charge {
    pub(super) fn of(amount: Exact) -> Charge {
        Charge { amount, unit_price: None, vendor_currency: None }
    }
}

/// A number of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// The chargeable quantity.
    Quantity,
    /// The vendor's total cost.
    Cost,
}

/// An amount that is one number of a line times a factor.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    pub(crate) of: Of,
    pub(crate) times: Exact,
    pub(crate) unit_price: Option<Exact>,
}

/// A way of charging.
pub(crate) trait PriceModel: Sized {
    /// True if half the quantity is half the amount, so that corrections mirror and late lines are fine.
    const LINEAR: bool;
    /// True if it may stand in a price book.
    const IN_BOOK: bool = true;

    /// Reads the model's value; keys beside it that belong to it are taken from `fields`.
    fn read(node: &Node, fields: &mut Fields<'_>, sources: &mut Sources) -> Option<Self>;

    /// The amount for an input, exact.
    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode>;

    /// What it starts from. Pools and included units mean nothing to prices on the vendor's cost.
    fn on(&self) -> On {
        On::Quantity
    }

    /// The factor, if the amount is one number of the line times it, whatever the number.
    fn factor(&self) -> Option<Factor> {
        None
    }

    /// What the amount is the sum of, where it is more than the quantity times one price.
    fn parts(&self, _: &Input) -> Vec<Part> {
        Vec::new()
    }

    /// The names of its parts that usage may never reach, if it has such: `up_to 100`.
    fn bands(&self) -> Vec<String> {
        Vec::new()
    }

    /// Which of its bands an input reaches.
    fn reached(&self, _: &Input) -> Vec<usize> {
        Vec::new()
    }
}
