//! What is kept of a rated month when its bills are written and let go: small rows for the manifest and the table.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal};
use ratebook_rating::{Counts, Held, Rulebook, Warning};

use crate::files::Published;
use crate::store::BillHead;

/// A month, rated, its files at their places.
pub(crate) struct RatedMonth<'r> {
    /// What is known of it.
    pub rows: Rows<'r>,
    /// The tables: bills, their lines, the fates of the other lines of usage.
    pub tables: [Published; 3],
    /// `totals.json`.
    pub totals: Published,
}

/// What is known of a rated month without its bills. It grows with the customers, a small row each, and with the
/// rules; never with the lines.
pub(crate) struct Rows<'r> {
    /// A row for each bill, by customer.
    pub bills: Vec<BillHead>,
    /// What SKUs come to, by SKU (the name of a line without one) and currency.
    pub skus: BTreeMap<(String, Currency), SkuRow>,
    /// The lines that wait, by why.
    pub held: BTreeMap<HeldWhy<'r>, HeldLines>,
    /// The lines that rules dropped: by rule, how many and its reason.
    pub dropped: BTreeMap<&'r str, (u64, &'r str)>,
    /// How many lines there were, and what became of them.
    pub counts: Counts,
    /// What is worth a look.
    pub warnings: Vec<Warning>,
}

/// Why lines wait.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HeldWhy<'r> {
    /// `rule`, or the problem.
    pub code: &'static str,
    /// The rule that holds them, or that the problem is about.
    pub rule: Option<&'r str>,
    /// The rule's reason. That of a problem names a line's own facts and is left out.
    pub reason: Cow<'r, str>,
}

/// The lines that wait for one reason.
#[derive(Debug, Default)]
pub(crate) struct HeldLines {
    /// How many.
    pub count: u64,
    /// The first of them, by number, each with whose bill it waits for.
    pub examples: Vec<(u64, Option<String>)>,
}

/// The most examples of one kind that are kept.
const EXAMPLES: usize = 3;

impl<'r> HeldWhy<'r> {
    /// Why a line waits.
    pub(super) fn of(held: &Held<'r>) -> HeldWhy<'r> {
        let reason = if held.code == "rule" { held.reason.clone() } else { Cow::Borrowed("") };
        HeldWhy { code: held.code, rule: held.rule, reason }
    }
}

impl HeldLines {
    /// Notes a line; they come by number.
    pub(super) fn push(&mut self, held: Held<'_>) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push((held.line, held.customer.map(Cow::into_owned)));
        }
    }
}

impl Rows<'_> {
    /// Says of each warning about rules where they stand, and which name in them was probably misspelt.
    pub(crate) fn place_warnings(&mut self, rulebook: &Rulebook, vendors: &BTreeMap<String, String>) {
        let undeclared = rulebook.undeclared(vendors);
        for warning in &mut self.warnings {
            if warning.code == "W-UNUSED-RULE" {
                *warning = rulebook.placed(warning.clone(), &undeclared);
            }
        }
    }
}

/// What a SKU comes to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SkuRow {
    /// The sum of its lines.
    pub amount: Decimal,
    /// How many bills have it.
    pub bills: u64,
}
