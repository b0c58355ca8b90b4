//! A comparison that is to be shown, and what it is of.

use ratebook_line::Month;

use crate::diff::Comparison;
use crate::run::LineFacts;

/// One comparison and what it is of.
pub(crate) struct Compared {
    /// The month of the usage after.
    pub month: Month,
    /// The month of the usage before, if it is another.
    pub from_month: Option<Month>,
    /// What the two sides' rules are called.
    pub rules: [String; 2],
    /// Where the usage is from.
    pub usage: String,
    /// What moves.
    pub comparison: Comparison,
    /// Who and what the lines are about that are named.
    pub facts: LineFacts,
    /// True if a run under the rules after would stop at lines that cannot be priced.
    pub stops: bool,
    /// True if only some customers were asked for.
    pub some: bool,
    /// Limits that were passed, each in a sentence.
    pub passed: Vec<String>,
}
