//! `runs/index.sqlite`: what finished months hold, for SQL and for `history`. Owns that file; the months' own files are
//! the truth, and the index is made from them again whenever it is not what they say.

mod file;
mod fill;
mod history;
mod opened;

pub(crate) use history::{AmountRow, Subject};
pub(crate) use opened::{Index, Updated};
