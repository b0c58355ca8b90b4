//! Why a line cannot be priced; `unpriced` in the settings says what then.

use std::fmt;

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
    /// A line of an earlier month under a price, or with deals, that act on a month as a whole.
    LateLine,
    /// The quantity is not one that the price rule expects.
    UnexpectedQuantity,
}

impl LineCode {
    /// All problems.
    pub const ALL: [LineCode; 9] = [
        LineCode::NoPrice,
        LineCode::NoBookEntry,
        LineCode::NoCost,
        LineCode::NoQuantity,
        LineCode::UnitMismatch,
        LineCode::NegativeQuantity,
        LineCode::UnknownCustomer,
        LineCode::LateLine,
        LineCode::UnexpectedQuantity,
    ];

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
            LineCode::UnexpectedQuantity => "unexpected-quantity",
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
            LineCode::NegativeQuantity => {
                "a quantity or an amount below 0 cannot be priced like this by itself (pool = \"customer\" adds it to what it corrects)"
            }
            LineCode::UnknownCustomer => "no customer is known for this line",
            LineCode::LateLine => {
                "the price and the deals of an earlier month act on that month as a whole: close it and bill the line with `ratebook adjust`"
            }
            LineCode::UnexpectedQuantity => "the quantity is not one that the price rule expects",
        }
    }
}

impl fmt::Display for LineCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
