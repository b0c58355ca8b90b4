//! ratebook: turns what vendors say was used into bills that can be explained to the cent.
//!
//! The binary: everything that touches the world. `cli` reads the command line, `config` a workspace, `plugins` finds
//! and runs vendor plugins, `fetch` does HTTP and archives for them, `run` works a month through its stages, `output`
//! shows results.

mod cli;
mod config;
mod disk;
mod failure;
mod fetch;
mod files;
mod output;
mod plugins;
mod run;
mod stop;
mod terminal;

use std::process::ExitCode;

fn main() -> ExitCode {
    // A worker does nothing else: no command line, no configuration.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == plugins::WORKER_COMMAND) {
        return plugins::worker_main();
    }
    cli::main()
}
