//! What of a line a price is taken on.

/// What a percentage is taken of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum On {
    /// The vendor's total cost of the line, or unit price x quantity where it says none.
    Cost,
    /// The vendor's unit price x our quantity.
    UnitPrice,
    /// The quantity itself, which then is money.
    Quantity,
}
