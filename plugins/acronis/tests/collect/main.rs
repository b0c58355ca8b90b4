//! What the plugin asks Acronis, against a host that is a script.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test stops at what it does not expect, and `json!` makes values"
)]

mod asking;
mod beside;
mod report;
mod support;
