//! A line of a bill, as its table has it.

use ratebook_line::Decimal;
use ratebook_rating::{Adjusts, Paper};

use super::column::parts;

/// A line of a bill.
#[derive(Clone, Debug)]
pub(crate) struct LineRow<'a> {
    /// `usage`, `credit`, ...
    pub kind: &'a str,
    /// The text on the bill.
    pub name: &'a str,
    /// Our SKU, or the vendor's.
    pub sku: Option<&'a str>,
    /// How much.
    pub quantity: Option<Decimal>,
    /// The unit of the quantity.
    pub unit: Option<&'a str>,
    /// Money per unit.
    pub unit_price: Option<Decimal>,
    /// The money.
    pub amount: Decimal,
    /// The tax tag.
    pub tax: &'a str,
    /// The rules that made it, U+001F between them.
    pub rules: &'a str,
    /// The lines of usage in it.
    pub sources: &'a [u64],
    /// The line of a closed month that it puts right.
    pub adjusts: Option<Adjusts>,
    /// What makes the amount, where it is not quantity x unit price.
    pub paper: Option<Paper<String>>,
}

impl<'a> LineRow<'a> {
    /// The rules that made it.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        parts(self.rules)
    }
}
