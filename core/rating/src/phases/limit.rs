//! Phase 9: the least and the most that a line may be.

use ratebook_line::Month;

use super::currency::{self, Billed};
use super::stop::Stop;
use crate::exact::Exact;
use crate::plan::RuleId;
use crate::rules::ready::rule::Verb;
use crate::state::State;
use crate::work::{Calc, Number, Phase, Work};

/// The amount, and the rule if it changed the amount. Corrections are not limited.
pub(crate) fn apply(
    state: &State<'_>,
    id: RuleId,
    amount: Exact,
    into: Billed,
    month: Month,
    work: &mut Work,
) -> Result<(Exact, Option<RuleId>), Stop> {
    let rule = &state.rulebook.rules[id as usize];
    let Verb::Limit(limit) = &rule.verb else { return Ok((amount, None)) };
    if amount.is_negative() {
        return Ok((amount, None));
    }
    work.by(&rule.common.id, &rule.common.reason);
    let rate = currency::rate(state, month, rule.currency, into)?;
    if let Some(min) = limit.min.map(|min| Exact::from(min).times(&rate))
        && amount < min
    {
        work.step(Phase::Limit, || {
            ("at least".to_owned(), Calc::Max(Number(amount), Number(min.clone())), Some(min.clone()))
        });
        return Ok((min, Some(id)));
    }
    if let Some(max) = limit.max.map(|max| Exact::from(max).times(&rate))
        && amount > max
    {
        work.step(Phase::Limit, || {
            ("at most".to_owned(), Calc::Min(Number(amount), Number(max.clone())), Some(max.clone()))
        });
        return Ok((max, Some(id)));
    }
    Ok((amount, None))
}
