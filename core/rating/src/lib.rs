//! Rules and billable lines to bills.

mod rules {
    pub mod files;
    pub(crate) mod glob;
    pub mod problem;
}
mod run_error;

pub use rules::files::{MemoryFiles, RuleFiles, path_matches};
pub use rules::problem::{LoadCode, LoadError, Problem, Warning};
pub use run_error::{RunCode, RunError, RunProblem};
