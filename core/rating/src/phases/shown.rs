//! Quantities and unit prices as they are shown.

use ratebook_line::{Decimal, NumberError, Rounding};

use crate::exact::Exact;

/// Decimal places of quantities and unit prices on bills.
pub(super) const SHOWN_PLACES: u32 = 10;

/// A quantity or a unit price as it is shown.
pub(crate) fn shown(value: &Exact) -> Result<Decimal, NumberError> {
    value.round(SHOWN_PLACES, Rounding::HalfUp)
}
