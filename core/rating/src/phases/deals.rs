//! Phases 8 and 9 for whatever is charged as one: a line, a pool, the shares of a pool that stand on one bill.

use super::currency::Billed;
use super::sell::Sold;
use super::stop::Stop;
use super::{discount, limit};
use crate::exact::Exact;
use crate::plan::{Plan, RuleId};
use crate::state::State;
use crate::texts::TextId;
use crate::work::Work;

/// An amount after discounts and limits.
#[derive(Default)]
pub(crate) struct Dealt {
    pub(crate) amount: Exact,
    /// The limit, if it changed the amount.
    pub(crate) limited: Option<RuleId>,
    /// Discounts that had nothing to take.
    pub(crate) idle: Vec<RuleId>,
    /// The amount before all of them, and after each that acted.
    pub(crate) list: Exact,
    pub(crate) after: Vec<(TextId, Exact)>,
}

/// `is_used`: something is charged, so that limits apply.
pub(super) fn apply(
    state: &State<'_>,
    plan: &Plan,
    sold: Sold,
    into: Billed,
    is_used: bool,
    work: &mut Work,
) -> Result<Dealt, Stop> {
    let list = sold.amount.clone();
    let (idle, after) = (Vec::new(), Vec::new());
    let mut dealt = Dealt { amount: sold.amount, limited: None, idle, list, after };
    if plan.price.is_err() {
        return Ok(dealt);
    }
    if !sold.discounted {
        dealt.amount = discount::percentages(state, &plan.discounts, dealt.amount, &mut dealt.after, work);
    }
    let Dealt { amount, idle, after, .. } = &mut dealt;
    let left = std::mem::take(amount);
    *amount = discount::amounts(state, &plan.discounts, left, into, plan.month, (idle, after), work)?;
    if let Some(rule) = plan.limit
        && is_used
    {
        (dealt.amount, dealt.limited) = limit::apply(state, rule, dealt.amount, into, plan.month, work)?;
        if dealt.limited.is_some() {
            dealt.after.push((state.rulebook.rules[rule as usize].id, dealt.amount.clone()));
        }
    }
    Ok(dealt)
}
