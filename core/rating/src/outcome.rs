//! What became of lines, and what they cost us.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::AddAssign;

use ratebook_line::{Currency, Decimal};

/// What the vendors charge us for the lines on a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorCost {
    /// The sum of the lines' total costs as the vendors say them, currency by currency.
    pub by_currency: BTreeMap<Currency, Decimal>,
    /// What we pay by rules of ours for lines whose cost no vendor says, currency by currency.
    pub ours: BTreeMap<Currency, Decimal>,
    /// All of both in the bill's currency, if the rates of the usage months are known.
    pub in_bill_currency: Option<Decimal>,
    /// Lines whose cost neither the vendor nor a rule says.
    pub lines_unknown: u64,
}

/// How many lines there were, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Dropped by a rule.
    pub dropped: u64,
    /// Held by a rule or a problem.
    pub held: u64,
    /// All.
    pub lines: u64,
    /// On a bill.
    pub priced: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Counts) {
        self.dropped += more.dropped;
        self.held += more.held;
        self.lines += more.lines;
        self.priced += more.priced;
    }
}

/// A line that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    /// The input line.
    pub line: u64,
    /// [`Held::BY_RULE`] if a rule holds it, else the problem's [`crate::LineCode::word`]: `no-price`.
    pub code: &'static str,
    /// The rule that holds it, or that the problem is about.
    pub rule: Option<&'a str>,
    /// Why.
    pub reason: Cow<'a, str>,
    /// Whose bill it waits for.
    pub customer: Option<Cow<'a, str>>,
}

impl Held<'_> {
    /// The code of a line that waits because a rule says so. No problem is called so.
    pub const BY_RULE: &'static str = "rule";

    /// True if the line waits because it cannot be priced, not because a rule holds it.
    #[must_use]
    pub fn is_problem(&self) -> bool {
        self.code != Held::BY_RULE
    }
}

/// A line that a rule dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped<'a> {
    /// The input line.
    pub line: u64,
    /// The rule.
    pub rule: &'a str,
    /// The rule's reason.
    pub reason: &'a str,
}

/// What became of an input line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is on a bill: which one of [`crate::Rated::bills`], which of its lines.
    Priced {
        /// Index of the bill.
        bill: usize,
        /// Index of the line on it.
        line: usize,
    },
    /// It waits: which one of [`crate::Rated::held`].
    Held(usize),
    /// It is dropped: which one of [`crate::Rated::dropped`].
    Dropped(usize),
}
