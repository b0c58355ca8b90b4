//! Plugins: where their libraries are, whether they may be used, and calls to them.
//!
//! Finding reads files and runs none of them: a plugin says who it is in a plain-text section of its file. What may
//! be opened is decided by where it stands and by `plugins.lock`. A call starts the plugin in a process of its own
//! (the same binary as `ratebook plugin-worker`), which loads the library, does one task and ends, or maps
//! one payload after the other; everything the
//! plugin asks of the host comes over a pipe. `in_process` does the same without the process, for debugging.
//!
//! This room does not know what the host does for plugins: whoever calls one hands in the
//! [`HostServices`](ratebook_plugin::call::HostServices).

mod allowed;
mod child;
mod error;
mod find;
mod frames;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzed;
mod in_process;
mod inspect;
mod known;
mod limits;
mod load;
mod lock;
mod lock_file;
mod mapper;
#[cfg(target_os = "linux")]
mod needed;
mod options;
mod payload;
mod plugin;
mod process;
mod sandbox;
mod taken;
mod task;
mod worker;

pub(crate) use child::{WORKER_COMMAND, worker_main};
pub use error::{End, PluginError};
pub(crate) use find::standing;
pub use find::{Found, Place, Places, Trust, trust};
pub use known::Plugins;
pub use limits::{LEAST_MEMORY, Limit, Limits};
pub(crate) use mapper::Mapper;
pub use options::{Confinement, Options};
pub(crate) use payload::MapHost;
pub use plugin::Plugin;
pub(crate) use process::Process;
pub use sandbox::{Part, Sandbox};
