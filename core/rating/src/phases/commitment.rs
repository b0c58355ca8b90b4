//! A committed quantity of which nothing was used.

/// What is billed without a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Commitment {
    pub(crate) payer: u32,
    /// Made as if there were a line that is all that the rule's matcher names.
    pub(crate) plan: u32,
}
