//! What stands on a line of a bill where quantity x unit price is not its amount, so that a reader can follow.
//!
//! [`Paper::list`] and what [`Paper::discounts`] say always add up to the line's amount.

use ratebook_line::Decimal;
use serde::Serialize;

/// What makes an amount of a quantity, beside the unit price. `R` is how rules are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper<R> {
    /// How much of the quantity is included, and not charged.
    pub included: Option<Decimal>,
    /// Active days, and the days of the month, where only those are charged.
    pub days: Option<(u32, u32)>,
    /// What was charged in parts: tiers, packages, a commitment.
    pub tiers: Vec<PaperTier>,
    /// The amount before discounts, rounded as the bill is.
    pub list: Decimal,
    /// What each rule took off (or, a limit, put on) after that, in their order.
    pub discounts: Vec<PaperDiscount<R>>,
}

/// So many units at one price, in the bill's currency; at most 10 decimal places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaperTier {
    /// The price of each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<Decimal>,
    /// What is paid once, however many there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat: Option<Decimal>,
    /// How many units; of packages, how many of these.
    pub quantity: Decimal,
    /// How many units are in a package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Decimal>,
}

/// What a rule did to an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperDiscount<R> {
    /// The rule.
    pub rule: R,
    /// What it added; negative if it took something off.
    pub amount: Decimal,
}

impl<R> Paper<R> {
    /// The same with rules named otherwise.
    pub fn map<'p, S>(&'p self, name: impl Fn(&'p R) -> S) -> Paper<S> {
        let named = |discount: &'p PaperDiscount<R>| PaperDiscount {
            rule: name(&discount.rule),
            amount: discount.amount,
        };
        Paper {
            included: self.included,
            days: self.days,
            tiers: self.tiers.clone(),
            list: self.list,
            discounts: self.discounts.iter().map(named).collect(),
        }
    }
}
