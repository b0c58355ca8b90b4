//! Phase 15: the total. Rounded at the bill, it is rounded once and spread over the lines by largest
//! remainder; either way the lines add up to it.

use ratebook_line::Decimal;

use super::draft::Draft;
use super::{Stop, round};
use crate::rules::checked::settings::RoundAt;
use crate::state::State;

pub(crate) fn apply(state: &State<'_>, draft: &mut Draft) -> Result<(), Stop> {
    match state.rulebook.settings.round_at {
        RoundAt::Line => {
            let mut total = Decimal::ZERO;
            for line in &draft.lines {
                total = total.checked_add(line.amount)?;
            }
            draft.total = total;
        }
        RoundAt::Bill => {
            let lines: Vec<usize> = (0..draft.lines.len()).collect();
            draft.total = round::together(state, draft, &lines)?;
        }
    }
    Ok(())
}
