//! What is done to the price of a unit: rounded, with or without discounts, kept above and below something.

use ratebook_line::Decimal;

use super::months::optional;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::Sources;

/// `unit_places`, `discounted`, `unit_min` and `unit_max` of a price.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnitPrice {
    /// Rounded to so many places, in the bill's currency.
    pub(crate) places: Option<u32>,
    /// Percentages are taken off before it is rounded.
    pub(crate) discounted: bool,
    /// In the item's currency.
    pub(crate) min: Option<Decimal>,
    pub(crate) max: Option<Decimal>,
}

impl UnitPrice {
    pub(super) const KEYS: [&'static str; 4] = ["unit_places", "discounted", "unit_min", "unit_max"];

    pub(super) fn read(fields: &mut Fields<'_>, sources: &mut Sources) -> Option<UnitPrice> {
        let places = fields.take("unit_places").map(|node| sources.places_of(node));
        let discounted = fields.take("discounted").map(|node| sources.bool_of(node));
        let min = fields.take("unit_min").map(|node| sources.amount_of(node));
        let max = fields.take("unit_max").map(|node| sources.amount_of(node));
        if discounted == Some(Some(true)) && places.is_none() {
            let message = "`discounted` rounds the price of a unit after discounts, and nothing says to how many places";
            sources.report_hint(
                fields.key_place("discounted"),
                LoadCode::Price,
                message,
                "add: unit_places = 2",
            );
            return None;
        }
        let unit_price = UnitPrice {
            places: optional(places)?,
            discounted: optional(discounted)?.unwrap_or(false),
            min: optional(min)?,
            max: optional(max)?,
        };
        if let (Some(min), Some(max)) = (unit_price.min, unit_price.max)
            && min > max
        {
            let message = format!("unit_max {max} lies below unit_min {min}");
            sources.report(fields.key_place("unit_max"), LoadCode::Range, message);
            return None;
        }
        Some(unit_price)
    }

    /// True if the amount is the quantity times a unit price that something was done to.
    pub(crate) fn acts(&self) -> bool {
        self.places.is_some() || self.is_bounded()
    }

    pub(crate) fn is_bounded(&self) -> bool {
        self.min.is_some() || self.max.is_some()
    }
}
