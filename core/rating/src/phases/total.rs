//! Phase 15: the total. Rounded at the bill, it is rounded once and spread over the lines by largest
//! remainder; either way the lines add up to it.

use super::draft::{Draft, DraftLine};
use super::round;
use super::stop::Stop;
use crate::exact::Exact;
use crate::rules::checked::settings::RoundAt;
use crate::state::State;

pub(crate) fn apply(state: &State<'_>, draft: &mut Draft) -> Result<(), Stop> {
    match state.rulebook.settings.round_at {
        RoundAt::Line => {
            let add = |total: Exact, line: &DraftLine| total.plus(&line.amount.into());
            let total = draft.lines.iter().fold(Exact::ZERO, add);
            draft.total = total.to_decimal().ok_or(Stop::Number)?;
        }
        RoundAt::Bill => {
            let lines: Vec<usize> = (0..draft.lines.len()).collect();
            draft.total = round::together(state, draft, &lines)?;
        }
    }
    Ok(())
}
