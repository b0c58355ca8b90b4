//! A run that somebody stops: no wait of ours lasts longer than it takes to notice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratebook_plugin::{Problem, ProblemKind};

/// How often the flag that stops a run is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Ends when somebody stops the run.
pub(super) async fn cancelled(cancel: &AtomicBool) {
    while !cancel.load(Ordering::Relaxed) {
        tokio::time::sleep(LOOK).await;
    }
}

/// What a stopped run says.
pub(super) fn stopped() -> Problem {
    Problem::new(ProblemKind::Stopped, "the run was stopped")
}
