//! Rules tested against recorded months and cases written by hand, before anybody is billed.
//!
//! A recorded month is `tests/<month>/` of a workspace: `lines/<source>.jsonl`, the lines of its run; one snapshot
//! `bills/<customer>.snap` for each bill that is expected; `month.snap` for what no bill says. A case written by hand is
//! `tests/cases/<name>/`: `case.toml`, lines, and rules of its own if it has any. What differs is written beside what is
//! expected, as `.snap.new`, until somebody accepts or rejects it.

mod anonymize;
mod bill_text;
pub(crate) mod case;
mod causes;
mod check;
mod folder;
mod month_text;
mod record;
mod review;
mod snapshots;

pub(crate) use causes::MovedBy;
pub(crate) use check::{Checked, Look, Moved, check};
pub(crate) use folder::{Recorded, Tests, kept_usage};
pub(crate) use record::record;
pub(crate) use review::{Reviewed, review};
