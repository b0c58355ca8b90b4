//! Finished months as they stand on disk: read, verified, closed. Owns what a closed month is; changes no result.

mod adjust;
mod baseline;
mod bills;
mod close;
mod closed;
mod finished;
mod held;
mod standing;
mod states;
mod verify;

pub(crate) use adjust::{Adjusting, Restated, adjust, adjustments_text, is_last_to_adjust, lay_out_payloads};
pub(crate) use baseline::{accept, baseline};
pub(crate) use bills::{KeptBill, KeptLine};
pub(crate) use close::{Closing, close, freeze, never_asked};
pub(crate) use closed::{Closed, HeldAtClosing};
pub(crate) use finished::{Archive, may_change};
pub(crate) use standing::RuleSet;
pub(crate) use states::{MonthState, State, months};
pub(crate) use verify::{Findings, verify_files, verify_results};
