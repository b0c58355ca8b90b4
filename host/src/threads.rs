//! Threads where the system may have none left: work is then done here, or refused in words, and never panics.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Work that was started, or done already.
pub(crate) enum Work<'s, T> {
    /// On a thread of its own.
    Elsewhere(ScopedJoinHandle<'s, T>),
    /// Done where it was to be started from: there was no thread for it.
    Here(T),
}

impl<T> Work<'_, T> {
    /// What came of it. A panic of it goes on here.
    pub(crate) fn join(self) -> T {
        match self {
            Work::Elsewhere(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Work::Here(done) => done,
        }
    }
}

/// Starts work on a thread of its own, or does it here if the system gives none.
pub(crate) fn start<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    work: impl Fn() -> T + Send + Sync + 's,
) -> Work<'s, T> {
    let work = Arc::new(work);
    let same = Arc::clone(&work);
    match Builder::new().spawn_scoped(scope, move || same()) {
        Ok(thread) => Work::Elsewhere(thread),
        Err(_) => Work::Here(work()),
    }
}

/// Whether the system gives so many more threads, for libraries that panic where it does not.
///
/// # Errors
/// Why it does not.
pub(crate) fn room_for(count: usize) -> io::Result<()> {
    let (hold, held) = channel::<()>();
    let held = std::sync::Mutex::new(held);
    std::thread::scope(|scope| {
        // All of them are there at the same time: they end when `hold` does.
        let hold = hold;
        let started = (0..count).try_for_each(|_| {
            let wait = || drop(held.lock().map(|held| held.recv()));
            Builder::new().stack_size(64 << 10).spawn_scoped(scope, wait).map(drop)
        });
        drop(hold);
        started.map_err(|error| told(&error))
    })
}

/// Why there is no thread or process, with what it may be.
pub(crate) fn told(error: &io::Error) -> io::Error {
    let hint = match error.kind() {
        io::ErrorKind::WouldBlock => ": no more processes or threads are allowed here (see `ulimit -u`)",
        io::ErrorKind::OutOfMemory => ": there is no memory for it (see `ulimit -v`)",
        _ => "",
    };
    io::Error::new(error.kind(), format!("{error}{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_with_a_thread_and_without() {
        let done = std::thread::scope(|scope| {
            let started: Vec<_> = (0..4).map(|number| start(scope, move || number * 2)).collect();
            let here = Work::Here(8);
            started.into_iter().chain([here]).map(Work::join).collect::<Vec<_>>()
        });
        assert_eq!(done, [0, 2, 4, 6, 8]);
        room_for(2).unwrap();
        let none = told(&io::ErrorKind::WouldBlock.into()).to_string();
        assert!(none.contains("no more processes or threads are allowed"), "{none}");
    }
}
