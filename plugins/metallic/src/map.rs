//! From Metallic's rows to lines: what the vendor's words mean for a bill.
//!
//! One line per row, the vendor's numbers as they stand; nothing is added up, derived or rounded.

mod account_usage;
mod accounts;
mod checks;
mod pages;
mod summary;

pub(crate) use account_usage::account_usage;
pub(crate) use summary::usage_summary;
