//! What is priced as one.

/// What is priced as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Line(u32),
    Pool(u32),
    /// A line's part of a pool's amount.
    Share {
        pool: u32,
        item: u32,
    },
    /// A committed quantity without any line.
    Commitment(u32),
}
