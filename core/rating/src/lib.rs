//! Rules and billable lines to bills.
//!
//! [`load`] reads rules files through [`RuleFiles`] and finds everything that is wrong with them before any
//! line is looked at. A [`Rating`] then takes the lines of a month one by one and ends in [`Rated`]: bills,
//! what became of every line, warnings, explanations. Nothing here does I/O, and nothing is rounded but where
//! the rules reference says so.

mod adjustment;
mod bill;
mod blocks;
mod commitments;
mod coverage;
mod document;
mod edits;
mod exact;
pub mod explain;
mod finish;
mod intake;
mod item;
mod kind;
mod lay;
mod line_problem;
mod look;
mod needs;
mod outcome;
mod own_cost;
mod paid;
mod paper;
mod per_line;
mod phases;
mod plan;
mod price;
mod rated;
mod rating;
mod rules;
mod run_error;
mod runs;
mod settled;
mod state;
mod texts;
mod units;
mod warnings;
mod work;

pub use adjustment::{Adjustment, Adjusts};
pub use bill::{Bill, BillLine, BillRow};
pub use coverage::Coverage;
pub use coverage::report::{CoverageReport, EntryCoverage, RuleCoverage, RuleStatus, SkuLines, TierCoverage};
pub use document::{AdjustsDocument, DiscountDocument, DocumentWriter, LineDocument};
pub use edits::{Change, Edit, Edits, FilePlace, KeyEdit, Subject, edits};
pub use finish::{Ended, Stopped};
pub use kind::Kind;
pub use line_problem::LineCode;
pub use outcome::{Counts, Dropped, Fate, Held, VendorCost};
pub use paper::{Paper, PaperDiscount, PaperTier};
pub use phases::wide::WideTotals;
pub use rated::Rated;
pub use rating::Rating;
pub use rules::checked::settings::{BillTo, Unpriced};
pub use rules::files::{MemoryFiles, RuleFiles, path_matches};
pub use rules::load;
pub use rules::name_of::NameOf;
pub use rules::problem::{LoadCode, LoadError, Problem, Warning};
pub use rules::ready::Rulebook;
pub use rules::ready::undeclared::Undeclared;
pub use run_error::{RunCode, RunError, RunProblem};
pub use runs::Run;
pub use warnings::Noticed;
