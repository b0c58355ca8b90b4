//! Phase 16: adjustments of closed months, after the total and beyond every rule.

use super::draft::{Draft, DraftLine, Rules};
use super::stop::Stop;
use crate::exact::Exact;
use crate::kind::Kind;
use crate::state::State;
use crate::work::{Calc, Phase, Term, Work};

pub(crate) fn apply(state: &State<'_>, draft: &mut Draft, work: &mut Work) -> Result<(), Stop> {
    let Some(numbers) = state.adjusted.get(&draft.payer) else { return Ok(()) };
    for number in numbers {
        let (texts, adjustment) = &state.adjustments[*number as usize];
        if adjustment.currency != draft.currency {
            return Err(Stop::Adjustment { was: adjustment.currency, is: draft.currency });
        }
        let adjusts = &adjustment.adjusts;
        let (is, was) = (Exact::from(adjusts.is), Exact::from(adjusts.was));
        let difference = is.plus(&was.negated());
        if difference != Exact::from(adjustment.amount) {
            return Err(Stop::Number);
        }
        work.step(Phase::Adjust, || {
            let line =
                adjusts.line.map_or("a line that was not there".to_owned(), |line| format!("line {line}"));
            let calc = Calc::Sum(vec![Term::product(&[&is]), Term::product(&[&was.negated()])]);
            (
                format!("{line} of {}: what it is by now, less what it was", adjusts.month),
                calc,
                Some(difference.clone()),
            )
        });
        work.is_money(draft.currency);
        draft.total = draft.total.checked_add(adjustment.amount)?;
        draft.lines.push(DraftLine {
            kind: Kind::Adjustment,
            subject: None,
            name: texts.name,
            sku: texts.sku,
            unit: None,
            tax: texts.tax,
            quantity: None,
            unit_price: None,
            exact: difference,
            amount: adjustment.amount,
            rules: Rules::Own(Vec::new()),
            share_of: None,
            adjusts: Some(*number),
            told: None,
            steps: work.take(),
        });
    }
    Ok(())
}
