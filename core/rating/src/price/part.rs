//! What an amount is the sum of, for people who recalculate it: so many units at one price.

use crate::exact::Exact;

/// So many units at one price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// How many units; of packages, how many of these.
    pub(crate) quantity: Exact,
    /// The price of each.
    pub(crate) each: Option<Exact>,
    /// What is paid once, however many there are.
    pub(crate) flat: Option<Exact>,
    /// How many units are in a package.
    pub(crate) size: Option<Exact>,
}

impl Part {
    /// So many units at a price of each.
    pub(crate) fn of(quantity: Exact, each: Exact) -> Part {
        Part { quantity, each: Some(each), flat: None, size: None }
    }

    /// The same at other prices: in another currency, or lifted.
    pub(crate) fn priced(&self, factor: &Exact) -> Part {
        let times = |price: &Exact| price.times(factor);
        Part { each: self.each.as_ref().map(times), flat: self.flat.as_ref().map(times), ..self.clone() }
    }

    /// The share of it that one line of several has.
    pub(crate) fn shared(&self, part: &Exact, whole: &Exact) -> Part {
        let share = |value: &Exact| value.times(part).over(whole).unwrap_or(Exact::ZERO);
        Part { quantity: share(&self.quantity), flat: self.flat.as_ref().map(share), ..self.clone() }
    }
}
