//! The numbers that both sides of the format share.

use crate::duplicates::Duplicates;
use crate::problem::Problem;

pub(super) const MAGIC: &[u8; 4] = b"RBL2";

/// Kinds of columns.
pub(super) const TEXT: u8 = 0;
pub(super) const DECIMAL: u8 = 1;
pub(super) const STEPS: u8 = 2;
pub(super) const HASH: u8 = 3;

/// Forms of columns of numbers: one value for all rows (steps: one after the other), or each its own.
pub(super) const ALIKE: u8 = 0;
pub(super) const EACH: u8 = 1;

/// Digits of an absent decimal, in place of 64 bits.
pub(super) const ABSENT: i64 = i64::MIN;

/// The columns of skipped records.
pub(super) const SKIPPED_RECORD: &str = "skipped_record";
pub(super) const SKIPPED_REASON: &str = "skipped_reason";
pub(super) const SKIPPED_WHAT: &str = "skipped_what";

/// Columns of lines that are not the line's own.
pub(super) const RECORD: &str = "record";
pub(super) const FINGERPRINT: &str = "fingerprint";
pub(super) const DUPLICATES: &str = "duplicates";

/// What becomes of records that are alike, in a word; none for what is usual.
pub(super) fn word(duplicates: Duplicates) -> &'static str {
    match duplicates {
        Duplicates::Refuse => "",
        Duplicates::Keep => "keep",
        Duplicates::Drop => "drop",
    }
}

/// The most bytes of tags that a line may have: with less, what crosses at once stays far below what a frame takes.
const MOST_TAGS: usize = 16 << 20;

/// Refuses tags that no line has.
pub(crate) fn check_tags(row: u64, tags: &[&str]) -> Result<(), Problem> {
    let wrong = |what: &str| Err(Problem::data(format!("record {row}: tags: {what}")));
    if tags.iter().map(|tag| tag.len() + 1).sum::<usize>() > MOST_TAGS {
        return wrong("they have more than 16 MiB together, which no line has");
    }
    // On the way such a character stands between two tags.
    if tags.iter().any(|tag| tag.contains(ratebook_line::BETWEEN_TAGS)) {
        return wrong("a tag holds the control character U+001F");
    }
    Ok(())
}
