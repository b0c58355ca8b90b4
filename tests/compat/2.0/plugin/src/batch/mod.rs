//! How lines and skipped records cross: a block of at most 65,536 of both as named columns, the same bytes in memory and on
//! the pipe.
//!
//! Little-endian: `RBL2`, lines (u32), skipped records (u32), columns (u32); then per column its kind (u8: 0 text, 1
//! decimal, 2 steps, 3 hash), the length of its name (u8) and the name, the length of its data (u32) and the data. Columns
//! whose names begin with `skipped_` have a row for each skipped record, the others one for each line.
//!
//! - Text: how many distinct texts (u32), an end offset (u32) for each, the texts, then how many bytes a row's number of its
//!   text has (u8: 1, 2, 4; 0 for one u32 for all rows) and the numbers. Number 0 is no text.
//! - Decimal: 0, places (u8) and digits (i128) of the value of all rows; or 1, places (u8), digits (i64) for each row with
//!   `i64::MIN` for none, and those that do not fit: how many (u32), and row (u32), places (u8), digits (i128) of each.
//! - Steps: 0 and the first number (u64), if each is one more than that before; or 1 and the difference to the number before
//!   for each row, zigzag, seven bits a byte, the low ones first.
//! - Hash: 128 bits per row; 0 for none.
//!
//! A column in which every row is absent is left out, so a new column costs old plugins nothing. An old host refuses a
//! column that it does not know, for it would lose what is in it; a host may say which it knows beyond these where it opens
//! a plugin.

mod block;
mod encode;
mod layout;
mod read;
mod write;

use std::str::Utf8Error;

pub use block::{PluginBlock, SkippedRecords, claimed, read_block};
pub(crate) use layout::check_tags;
pub(crate) use write::BlockBatch;

/// Why bytes are not a batch: a bug in the plugin, or on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchError(pub String);

impl std::fmt::Display for BatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a batch of lines is broken: {}", self.0)
    }
}

impl std::error::Error for BatchError {}

impl From<Utf8Error> for BatchError {
    fn from(error: Utf8Error) -> BatchError {
        BatchError(format!("a text in it is not UTF-8 ({error})"))
    }
}
