//! placeholder

use std::process::ExitCode;

mod fetch;
mod plugins;

fn main() -> ExitCode {
    // Before anything else: a worker has no terminal, no configuration and no signal handling of its own.
    if std::env::args_os().nth(1).is_some_and(|first| first == plugins::WORKER_COMMAND) {
        return plugins::worker_main();
    }
    ExitCode::SUCCESS
}
