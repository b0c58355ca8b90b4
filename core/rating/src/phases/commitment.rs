//! A committed quantity of which nothing was used.

use crate::texts::TextId;

/// What is billed without a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Commitment {
    pub(crate) payer: u32,
    /// Whose commitment it is, if it is not the payer's.
    pub(crate) customer: TextId,
    /// Made as if there were a line that is all that the rule's matcher names.
    pub(crate) plan: u32,
}
