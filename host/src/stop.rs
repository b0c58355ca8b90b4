//! Stopping by signal: soon, with everything on disk whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

/// Whether the command was told to stop, and how.
#[derive(Clone, Default)]
pub(crate) struct Stop {
    flag: Arc<AtomicBool>,
    code: Arc<AtomicU8>,
}

/// How long work may take to stop by itself. Files appear whole or not at all, so ending there is safe too.
const GRACE: Duration = Duration::from_millis(1500);

impl Stop {
    /// Listens for SIGINT and SIGTERM (Ctrl-C elsewhere) on a thread of its own.
    pub(crate) fn listen() -> Stop {
        let stop = Stop::default();
        if room_for_a_runtime().is_err() {
            // A signal ends the process at once then, which is safe as well.
            return stop;
        }
        let listener = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            // Without the thread a signal ends the process at once, which is safe as well.
            let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
                runtime.block_on(listener.wait());
            });
        }
        stop
    }

    /// Set to true when the work shall stop.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }

    /// The exit code of a stopped command: 130 or 143.
    pub(crate) fn code(&self) -> Option<u8> {
        Some(self.code.load(Ordering::Relaxed)).filter(|code| *code != 0)
    }

    #[cfg(unix)]
    async fn wait(&self) {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        let (Ok(mut interrupt), Ok(mut terminate)) = signals else { return };
        let code = tokio::select! {
            _ = interrupt.recv() => 130,
            _ = terminate.recv() => 143,
        };
        self.stop(code).await;
    }

    #[cfg(not(unix))]
    async fn wait(&self) {
        if tokio::signal::ctrl_c().await.is_ok() {
            self.stop(130).await;
        }
    }

    async fn stop(&self, code: u8) {
        self.code.store(code, Ordering::Relaxed);
        self.flag.store(true, Ordering::Relaxed);
        tokio::time::sleep(GRACE).await;
        std::process::exit(i32::from(code));
    }
}

/// Tokio panics where descriptors or threads are too few for a runtime; so they are counted before one is built.
///
/// # Errors
/// Why there are not enough.
#[cfg(unix)]
pub(crate) fn room_for_a_runtime() -> std::io::Result<()> {
    let pairs: std::io::Result<Vec<_>> = (0..4).map(|_| std::os::unix::net::UnixStream::pair()).collect();
    // One that works, and one that asks for the addresses of names.
    pairs.and_then(|_| crate::threads::room_for(2))
}

#[cfg(not(unix))]
pub(crate) fn room_for_a_runtime() -> std::io::Result<()> {
    crate::threads::room_for(2)
}
