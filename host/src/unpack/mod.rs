//! What a payload holds: its bytes inflated, held to limits, and a digest that packing does not change.
//!
//! The same code in ratebook, where answers come in, and in the worker, where payloads are mapped. It knows neither of them.

mod content;
mod meter;
mod unpacked;

pub(crate) use content::{ContentDigest, ContentHash};
pub(crate) use meter::{Limits, MAGIC, Meter};
pub(crate) use unpacked::{Packed, Unpacked};
