//! The phases from lines to a bill, one file each. Their order stands in [`usage`] for a priced item, in [`bill`] for a
//! customer's bill, and nowhere else.
//!
//! Phases 1 to 3 are decided by rules alone and stand in the line's [`crate::plan::Plan`].

pub(crate) mod add;
pub(crate) mod adjust;
pub(crate) mod as_one;
pub(crate) mod bill;
pub(crate) mod bill_discount;
pub(crate) mod bounds;
pub(crate) mod charge;
pub(crate) mod commitment;
pub(crate) mod context;
mod corrections;
pub(crate) mod credit;
pub(crate) mod currency;
pub(crate) mod deals;
pub(crate) mod discount;
pub(crate) mod draft;
pub(crate) mod entity;
pub(crate) mod limit;
pub(crate) mod plain;
pub(crate) mod pool;
pub(crate) mod prorate;
pub(crate) mod quantity;
pub(crate) mod round;
mod sell;
mod shares;
pub(crate) mod shown;
pub(crate) mod stop;
pub(crate) mod subject;
mod taken;
pub(crate) mod told;
pub(crate) mod total;
pub(crate) mod usage;
pub(crate) mod wide;
pub(crate) mod wide_totals;
