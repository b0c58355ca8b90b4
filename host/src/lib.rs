//! ratebook: turns what vendors say was used into bills that can be explained to the cent.
//!
//! The program as a library, for its binary and its tests: everything that touches the world. `cli` reads the command line, `config` a workspace, `plugins` finds
//! and runs vendor plugins, `fetch` does HTTP and archives for them, `rating` makes bills of lines and rules, `run`
//! works a month through its stages, `archive` keeps finished and closed months, `index` has them for SQL, `output` shows
//! results.

mod archive;
mod certificates;
mod cli;
mod config;
mod conformance;
mod diff;
mod disk;
mod export;
mod failure;
mod fetch;
mod file_size;
mod files;
mod folders;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzed;
mod hold;
mod index;
mod inputs;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod memory;
mod output;
mod plugins;
mod publish;
mod rating;
mod run;
mod seal;
mod stop;
mod store;
pub mod tables;
mod template;
mod terminal;
mod testing;
mod threads;
mod todo;
mod unpack;

/// The room of plugins, for tests with real libraries in real workers; nothing else is to use it.
#[doc(hidden)]
pub mod for_tests {
    pub use crate::plugins::{
        Confinement, End, Found, LEAST_MEMORY, Limit, Limits, Options, Part, Place, Places, Plugin,
        PluginError, Plugins, Sandbox, Trust, trust,
    };
}

use std::process::ExitCode;

/// Runs the program: the command line's command, or a plugin's worker.
#[must_use]
pub fn main() -> ExitCode {
    file_size::tell_as_error();
    // A worker does nothing else: no command line, no configuration.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == plugins::WORKER_COMMAND) {
        return plugins::worker_main();
    }
    no_core_file();
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    memory::keep();
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let said = text.lines().skip(1).collect::<Vec<_>>().join(" ");
        let said = fetch::redactor().clean_last_words(&said);
        eprintln!("error[E-INTERNAL] a bug in ratebook {} at {place}: {said}", env!("CARGO_PKG_VERSION"));
        eprintln!("  Nothing was published. Report it with these two lines and the command.");
    }));
    std::panic::catch_unwind(cli::commands::main).unwrap_or(ExitCode::from(failure::Exit::Internal as u8))
}

/// Whatever ends this process, its memory, secrets in it, is not written to a file.
#[cfg(unix)]
fn no_core_file() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Core);
    // Where it cannot be, nothing is lost but the precaution.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum });
}

#[cfg(not(unix))]
fn no_core_file() {}
