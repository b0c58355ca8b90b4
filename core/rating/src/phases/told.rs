//! What a line says of its calculation while it is made; what of it stands on the bill is known when the amount is.

use ratebook_line::{Decimal, Rounding};

use super::shown::shown;
use super::stop::Stop;
use crate::exact::Exact;
use crate::paper::{Paper, PaperDiscount, PaperTier};
use crate::price::Part;
use crate::texts::TextId;

/// Everything exact, in the bill's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// How much of the quantity is not charged.
    pub(crate) included: Exact,
    /// Active days, and those of the month.
    pub(crate) days: Option<(u32, u32)>,
    pub(crate) parts: Vec<Part>,
    /// The amount before discounts.
    pub(crate) list: Exact,
    /// Each rule after that, and the amount after it.
    pub(crate) after: Vec<(TextId, Exact)>,
}

impl Told {
    /// Nothing, where nothing but a price acted.
    pub(super) fn some(mut self) -> Option<Box<Told>> {
        let mut before = &self.list;
        let mut acted = vec![true; self.after.len()];
        for ((_, after), acted) in self.after.iter().zip(&mut acted) {
            *acted = after != before;
            before = after;
        }
        let mut acted = acted.into_iter();
        self.after.retain(|_| acted.next().unwrap_or(false));
        let plain =
            self.included.is_zero() && self.days.is_none() && self.parts.is_empty() && self.after.is_empty();
        (!plain).then(|| Box::new(self))
    }

    /// What one line of several that share an amount says: `part` of `whole` of the amounts, `own` of `all` of the
    /// quantity.
    pub(super) fn shared(&self, [part, whole]: [&Exact; 2], [own, all]: [&Exact; 2]) -> Told {
        let share = |value: &Exact| value.times(part).over(whole).unwrap_or(Exact::ZERO);
        Told {
            included: self.included.times(own).over(all).unwrap_or(Exact::ZERO),
            days: self.days,
            parts: self.parts.iter().map(|part| part.shared(own, all)).collect(),
            list: share(&self.list),
            after: self.after.iter().map(|(rule, after)| (*rule, share(after))).collect(),
        }
    }

    /// What stands on the bill: nothing, if quantity x unit price is the amount.
    pub(crate) fn on_paper(
        &self,
        (quantity, unit_price, amount): (Option<Decimal>, Option<Decimal>, Decimal),
        places: u32,
        mode: Rounding,
    ) -> Result<Option<Paper<u32>>, Stop> {
        if let (Some(quantity), Some(unit_price)) = (quantity, unit_price)
            && Exact::from(quantity).times(&unit_price.into()).round(places, mode)? == amount
        {
            return Ok(None);
        }
        // What is rounded together with others may be a unit off: the list price then goes with the amount.
        let list = if self.after.is_empty() { amount } else { self.list.round(places, mode)? };
        let mut left = list;
        let mut discounts = Vec::with_capacity(self.after.len());
        for (index, (rule, after)) in self.after.iter().enumerate() {
            let last = index + 1 == self.after.len();
            let after = if last { amount } else { after.round(places, mode)? };
            discounts.push(PaperDiscount { rule: rule.0, amount: after.checked_sub(left)? });
            left = after;
        }
        let tier = |part: &Part| {
            let price = |price: &Option<Exact>| price.as_ref().map(shown).transpose();
            Ok(PaperTier {
                each: price(&part.each)?,
                flat: price(&part.flat)?,
                quantity: shown(&part.quantity)?,
                size: price(&part.size)?,
            })
        };
        Ok(Some(Paper {
            included: Some(&self.included).filter(|included| !included.is_zero()).map(shown).transpose()?,
            days: self.days,
            tiers: self.parts.iter().map(tier).collect::<Result<_, Stop>>()?,
            list,
            discounts,
        }))
    }
}
