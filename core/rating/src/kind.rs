//! What a line of a bill is.

/// What a line of a bill is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What was used.
    Usage,
    /// A committed quantity of which nothing was used.
    Commitment,
    /// A fee.
    Add,
    /// A discount on the whole bill.
    Discount,
    /// What is taken off above a maximum.
    Maximum,
    /// What is missing to a minimum.
    Minimum,
    /// Money paid before.
    Credit,
    /// What a line of a closed month would be by now, less what it was.
    Adjustment,
}

impl Kind {
    /// The word in the bill document.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Usage => "usage",
            Kind::Commitment => "commitment",
            Kind::Add => "add",
            Kind::Discount => "discount",
            Kind::Maximum => "maximum",
            Kind::Minimum => "minimum",
            Kind::Credit => "credit",
            Kind::Adjustment => "adjustment",
        }
    }
}
