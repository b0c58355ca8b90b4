//! `ratebook test --watch`: again whenever a file is saved.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::{Event, EventKind, RecursiveMode, Watcher as _};

use crate::cli::context::{Context, Format};
use crate::config::{FILE, Workspace};
use crate::failure::{Failure, Failures};

/// How long after the last change the work begins: editors write a file in several steps.
const SETTLED: Duration = Duration::from_millis(50);

/// How often it is looked whether the user has had enough.
const LOOK: Duration = Duration::from_millis(200);

/// Does `work` now, and again after each change, until the program is told to stop. What is wrong with the rules is
/// said and does not end it.
///
/// # Errors
/// If files cannot be watched.
pub(super) fn watch(
    context: &Context,
    workspace: &Workspace,
    work: impl Fn(bool) -> Result<(), Failures>,
) -> Result<(), Failures> {
    if context.global.format != Format::Table {
        return Err(Failure::usage("--watch is for people: --format table").into());
    }
    let unwatchable = |error: notify::Error| {
        Failure::storage(&workspace.root, "watch", &std::io::Error::other(error.to_string()))
    };
    let (sender, changes) = channel();
    let mut watcher = notify::recommended_watcher(sender).map_err(unwatchable)?;
    // The folder that the rules are in; a run writes a lot elsewhere.
    let rules = workspace.rules.split_once('/').map_or("", |(folder, _)| folder);
    for (name, mode) in [
        (rules, RecursiveMode::Recursive),
        ("tests", RecursiveMode::Recursive),
        (FILE, RecursiveMode::NonRecursive),
    ] {
        let path = workspace.root.join(name);
        if path.exists() {
            watcher.watch(&path, mode).map_err(unwatchable)?;
        }
    }
    loop {
        let begun = Instant::now();
        if let Err(failures) = work(false) {
            context.terminal.fail(&failures);
        }
        let took = begun.elapsed();
        context.terminal.note(&format!("({} ms) waiting for a change; Ctrl-C ends", took.as_millis()));
        loop {
            if context.stop.flag().load(Ordering::Relaxed) {
                return Ok(());
            }
            match changes.recv_timeout(LOOK) {
                Ok(Ok(event)) if is_change(&event, &workspace.root) => break,
                Ok(Err(error)) => return Err(unwatchable(error).into()),
                Ok(Ok(_)) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
        while changes.recv_timeout(SETTLED).is_ok() {}
    }
}

/// True for what an edit does to a file that tests read.
fn is_change(event: &Event, workspace: &Path) -> bool {
    let is_read = |path: &Path| {
        let endings = ["toml", "csv", "json", "jsonl", "snap"];
        path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known))
            && !path.starts_with(workspace.join("runs"))
    };
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| is_read(path))
}
