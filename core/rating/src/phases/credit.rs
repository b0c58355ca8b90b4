//! Phase 14: money paid before, by id; at most what is left of the bill, never on a bill of 0 or less.

use super::context::Context;
use super::draft::{Draft, DraftLine};
use super::stop::Stop;
use super::{currency, round};
use crate::exact::Exact;
use crate::kind::Kind;
use crate::plan::RuleId;
use crate::rules::checked::settings::RoundAt;
use crate::rules::ready::bill_rule::BillVerb;
use crate::work::{Calc, Number, Phase, Work};

pub(crate) fn apply(
    context: Context<'_, '_>,
    rules: &[RuleId],
    draft: &mut Draft,
    work: &mut Work,
) -> Result<(), (RuleId, Stop)> {
    let state = context.state;
    for id in rules {
        let rule = &state.rulebook.bills[*id as usize];
        let BillVerb::Credit(credit) = &rule.verb else { continue };
        let stop = |why: Stop| (*id, why);
        work.by(&rule.common.id, &rule.common.reason);
        work.step(Phase::Credit, || ("available".to_owned(), Calc::Given, Some(credit.clone())));
        work.is_money(rule.currency);
        let rate = currency::rate(state, state.month, rule.currency, draft.billed()).map_err(stop)?;
        let mut available = currency::convert(credit.clone(), &rate, rule.currency, draft.currency, work);
        if state.rulebook.settings.round_at == RoundAt::Line {
            let rounded = available.round(draft.places, state.rulebook.settings.mode);
            available = Exact::from(rounded.map_err(|error| stop(error.into()))?);
        }
        let left = draft.sum();
        if !left.is_positive() || available.is_zero() {
            work.take();
            draft.credits.push((*id, available, None));
            continue;
        }
        let used = available.clone().min(left.clone());
        let amount = used.negated();
        work.by(&rule.common.id, &rule.common.reason);
        work.step(Phase::Credit, || {
            let calc = Calc::Max(Number(available.negated()), Number(left.negated()));
            (format!("at most {left}"), calc, Some(amount.clone()))
        });
        let mut line = DraftLine::of_bill(state, Kind::Credit, *id, amount);
        line.tax = state.rulebook.no_tax;
        round::bill_line(state, draft, &mut line, work).map_err(stop)?;
        line.steps = work.take();
        draft.credits.push((*id, available, Some(draft.lines.len())));
        draft.lines.push(line);
    }
    Ok(())
}
