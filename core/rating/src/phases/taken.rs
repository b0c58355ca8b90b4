//! What is charged of the quantities of a pool's lines, and whether it can be.

use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::plan::RuleId;
use crate::rules::checked::price::Take;
use crate::rules::ready::Rulebook;

/// What is known of the quantities of a pool's lines.
pub(crate) struct Taken<'p> {
    pub(crate) sum: &'p Exact,
    pub(crate) largest: Option<&'p Exact>,
    pub(crate) lines: u64,
}

impl Taken<'_> {
    /// What is charged of them.
    pub(crate) fn quantity(&self, rulebook: &Rulebook, rule: RuleId) -> Exact {
        match rulebook.rules[rule as usize].price().map(|price| price.take) {
            Some(Take::Max) => self.largest.cloned().unwrap_or(Exact::ZERO),
            Some(Take::Average) => {
                let lines = Exact::whole(i64::try_from(self.lines).unwrap_or(i64::MAX));
                self.sum.over(&lines).unwrap_or(Exact::ZERO)
            }
            Some(Take::Sum) | None => self.sum.clone(),
        }
    }

    /// What is wrong with the pool as a whole, in all partitions alike.
    pub(crate) fn problem(
        &self,
        rulebook: &Rulebook,
        rule: RuleId,
        model: u32,
        entitled: Option<&Exact>,
    ) -> Option<LineCode> {
        let quantity = self.quantity(rulebook, rule);
        let price = rulebook.rules[rule as usize].price()?;
        if price.expect.as_ref().is_some_and(|expect| !expect.allows(&quantity)) {
            return Some(LineCode::UnexpectedQuantity);
        }
        let negative = quantity.is_negative() || entitled.is_some_and(Exact::is_negative);
        (negative && !rulebook.models[model as usize].is_linear()).then_some(LineCode::NegativeQuantity)
    }
}
