//! The plugins room with real libraries in real workers: every wrong thing a plugin can do ends as one clear error,
//! and no file that should not be opened is.
//!
//! The room is part of a binary, so its source is included here, and what it uses of others; its workers are the binary that is released.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[expect(dead_code, reason = "the binary uses more of it")]
#[path = "../../host/src/disk.rs"]
mod disk;
#[expect(dead_code, reason = "the binary uses more of it")]
#[path = "../../host/src/failure.rs"]
mod failure;
#[expect(dead_code, reason = "the binary uses more of it")]
#[path = "../../host/src/file_size.rs"]
mod file_size;
#[expect(dead_code, reason = "the binary uses more of it")]
#[path = "../../host/src/hold.rs"]
mod hold;
#[expect(dead_code, reason = "the binary uses more of it")]
#[path = "../../host/src/inputs.rs"]
mod inputs;
#[expect(dead_code, unused_imports, reason = "the binary uses more of it")]
#[path = "../../host/src/plugins/mod.rs"]
mod plugins;
#[path = "../../host/src/threads.rs"]
mod threads;

#[path = "plugins/files.rs"]
mod files;
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
