//! Phase 12: discounts on the whole bill. Percentages by id, each on what is left, then amounts by id.

use super::context::Context;
use super::draft::{Draft, DraftLine};
use super::stop::Stop;
use super::{bounds, currency, discount, round};
use crate::exact::Exact;
use crate::kind::Kind;
use crate::plan::RuleId;
use crate::rules::checked::rule::Off;
use crate::rules::checked::settings::Discounts;
use crate::rules::ready::bill_rule::BillVerb;
use crate::work::{Calc, Number, Phase, Term, Work};

pub(crate) fn apply(
    context: Context<'_, '_>,
    rules: &[RuleId],
    draft: &mut Draft,
    work: &mut Work,
) -> Result<(), (RuleId, Stop)> {
    let bills = &context.state.rulebook.bills;
    let off = |id: RuleId| match bills[id as usize].verb {
        BillVerb::Discount(off) => Some(off),
        _ => None,
    };
    let all: Vec<RuleId> = rules.iter().copied().filter(|id| off(*id).is_some()).collect();
    let mut discounts: Vec<RuleId> =
        all.iter().copied().filter(|id| bounds::wins_group(bills, *id, &all, false)).collect();
    discounts.sort_by_key(|id| (matches!(off(*id), Some(Off::Amount(_))), *id));
    if discounts.is_empty() {
        return Ok(());
    }
    let subtotal = draft.sum();
    let mut left = subtotal.clone();
    let mut taken = Exact::ZERO;
    for id in discounts {
        let Some(off) = off(id) else { continue };
        let stop = |why: Stop| (id, why);
        let rule = &bills[id as usize];
        work.by(&rule.common.id, &rule.common.reason);
        let amount = match off {
            Off::Percent(percent) => {
                let mut percent_left = Exact::from(percent);
                let base = if context.state.rulebook.settings.discounts == Discounts::Add {
                    // Together at most the whole.
                    percent_left = percent_left.min(Exact::ONE.minus(&taken));
                    taken = taken.plus(&percent_left);
                    &subtotal
                } else {
                    &left
                };
                let factor = percent_left.negated();
                let amount = base.times(&factor);
                work.step(Phase::Discount, || {
                    let calc = Calc::Sum(vec![Term::product(&[base, &factor])]);
                    (format!("{} of {base}", discount::words(percent)), calc, Some(amount.clone()))
                });
                at_most(&left, amount, work)
            }
            Off::Amount(off) => {
                if !left.is_positive() {
                    continue;
                }
                let rate = currency::rate(context.state, context.state.month, rule.currency, draft.billed())
                    .map_err(stop)?;
                let off = Exact::from(off).times(&rate);
                let amount = off.min(left.clone()).negated();
                work.step(Phase::Discount, || ("amount".to_owned(), Calc::Given, Some(amount.clone())));
                amount
            }
        };
        if amount.is_zero() {
            work.take();
            continue;
        }
        let mut line = DraftLine::of_bill(context.state, Kind::Discount, id, amount);
        round::bill_line(context.state, draft, &mut line, work).map_err(stop)?;
        line.steps = work.take();
        left = left.plus(&line.exact);
        draft.lines.push(line);
    }
    Ok(())
}

/// A discount as long as something is left of the bill: of several that are rounded one by one, the last must not turn it.
fn at_most(left: &Exact, amount: Exact, work: &mut Work) -> Exact {
    let all = left.negated();
    let (turns, calc) = match left.is_positive() {
        true => (amount < all, Calc::Max(Number(amount.clone()), Number(all.clone()))),
        false => (amount > all, Calc::Min(Number(amount.clone()), Number(all.clone()))),
    };
    if !turns {
        return amount;
    }
    work.step(Phase::Discount, || (format!("at most {left}"), calc, Some(all.clone())));
    all
}
