//! The rating room from outside: worked cases, refused rules, explanations, properties.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test reads its own files and fails by panicking"
)]

mod alike;
mod blocks;
mod cases;
mod costs;
mod explain;
mod invalid;
mod names;
mod properties;
mod support;
mod vendor_cost;
mod warnings;
