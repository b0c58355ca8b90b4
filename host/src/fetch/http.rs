//! The HTTP client.

use ratebook_plugin::{Problem, ProblemKind};

/// Starts what requests run on: one thread is enough for all sources, since they mostly wait.
///
/// # Errors
/// If the threads cannot be started.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("ratebook-http")
        .enable_all()
        .build()
        .map_err(|error| Problem::new(ProblemKind::Storage, format!("cannot start a thread: {error}")))
}
