//! The plugins room with real libraries in real workers: every wrong thing a plugin can do ends as one clear error,
//! and no file that should not be opened is.
//!
//! The room is the library's; its workers are the binary that is released.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "plugins/files.rs"]
mod files;
#[cfg(target_os = "linux")]
#[path = "plugins/many.rs"]
mod many;
#[cfg(target_os = "linux")]
#[path = "plugins/sandbox.rs"]
mod sandbox;
#[path = "plugins/support.rs"]
mod support;
#[cfg(target_os = "linux")]
#[path = "plugins/table.rs"]
mod table;
#[path = "plugins/wrong.rs"]
mod wrong;
