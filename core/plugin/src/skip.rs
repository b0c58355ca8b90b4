//! Why a record is no line.

use std::fmt;
use std::str::FromStr;

/// Why a record is not usage that somebody could be billed for. The list is closed: there is no "other".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// A sum over other records of the same payload: the report's root, a folder, a parent.
    Aggregate,
    /// Not usage: a count of tenants, a switch.
    Pseudo,
    /// The vendor gives no SKU, so it is information only.
    NoSku,
    /// Nothing was used.
    Zero,
    /// A trial.
    Trial,
    /// The vendor's or our own internal or proof-of-concept account.
    Internal,
    /// The source's config leaves it out.
    Excluded,
    /// It stands in the payload once more, and the source's config says that this is a mistake.
    Duplicate,
}

impl Skip {
    /// All reasons.
    pub const ALL: [Skip; 8] = [
        Skip::Aggregate,
        Skip::Pseudo,
        Skip::NoSku,
        Skip::Zero,
        Skip::Trial,
        Skip::Internal,
        Skip::Excluded,
        Skip::Duplicate,
    ];

    /// The reason in a word, as files and tables show it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Skip::Aggregate => "aggregate",
            Skip::Pseudo => "pseudo",
            Skip::NoSku => "no-sku",
            Skip::Zero => "zero",
            Skip::Trial => "trial",
            Skip::Internal => "internal",
            Skip::Excluded => "excluded",
            Skip::Duplicate => "duplicate",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Skip {
    type Err = String;
    fn from_str(word: &str) -> Result<Skip, String> {
        Skip::ALL
            .into_iter()
            .find(|skip| skip.word() == word)
            .ok_or_else(|| format!("{word:?} is not a reason for skipping"))
    }
}
