//! Names that columns of exports often have, by the field of the line that they mean.

mod fields;
mod known;

use fields::{CREDITS, DATES};
use known::Name;

pub(super) use fields::FIELDS;
pub(super) use known::{Known, SURE};

/// How sure it is that a column of this name says when.
pub(super) fn says_when(column: &str) -> Option<u32> {
    DATES.fits(column)
}

/// True for a column of credits beside a cost.
pub(super) fn is_credit(column: &str) -> bool {
    CREDITS.fits(column).is_some_and(|score| score >= SURE)
}

/// The longest name of a column that is looked at: longer cells are texts.
const LONGEST: usize = 80;

/// True for a name that a header may well have.
pub(super) fn is_known(name: &str) -> bool {
    if name.is_empty() || name.len() > LONGEST || !name.contains(char::is_alphabetic) {
        return false;
    }
    let name = Name::of(name);
    FIELDS.iter().chain([&DATES]).any(|known| known.fits_name(&name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_name_is_surer_than_one_that_ends_so_or_holds_it() {
        let of = |field: &str, name: &str| {
            FIELDS
                .iter()
                .find(|known| known.field == field)
                .and_then(|known| known.fits(name))
                .unwrap_or_default()
        };
        assert!(of("tenant", "Customer ID") > of("tenant", "Customer"));
        assert!(of("tenant", "lineItem/UsageAccountId") > of("tenant", "bill/PayerAccountId"));
        assert!(of("totalCost", "UnblendedCost") > of("totalCost", "BlendedCost"));
        assert!(of("totalCost", "myCost") > of("totalCost", "pricing/publicOnDemandCost"));
        assert!(of("consumedQuantity", "UsageAmount") > of("consumedQuantity", "NormalizedUsageAmount"));
        assert_eq!(of("totalCost", "Colour"), 0);
        assert!(says_when("Start Time") > says_when("End Time"));
        assert!(is_credit("Credit1 Amount") && !is_credit("Credit1 Currency") && !is_credit("Cost"));
    }
}
