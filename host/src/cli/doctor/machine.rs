//! What `doctor` looks at on the machine: who may read and write, room on the disk, locks, the clock.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

use super::finding::Finding;
use crate::config::{FILE, Workspace};
use crate::disk;

/// Less room than this is worth a look.
const LITTLE_ROOM: u64 = 1 << 30;

/// Who may change what bills are made by, and who may read what they hold.
#[cfg(unix)]
pub(super) fn permissions(workspace: &Workspace) -> Vec<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let root = &workspace.root;
    let mut findings = Vec::new();
    for name in [FILE, workspace.rules.as_str(), "plugins", "plugins.lock", "runs"] {
        let path = root.join(name);
        let Ok(found) = fs::metadata(&path) else { continue };
        let (mode, shown) = (found.permissions().mode(), path.display());
        if mode & 0o022 != 0 {
            let text = format!("{shown} can be written by others than its owner");
            findings.push(Finding::wrong("permission", text, Some(format!("Run: chmod go-w {shown}"))));
        } else if name == "runs" && mode & 0o044 != 0 {
            let text = format!("{shown} can be read by others than its owner");
            findings.push(Finding::look("permission", text, format!("Run: chmod go-r {shown}")));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::good(
            "permission",
            "only the owner may write configuration, rules, plugins and runs",
        ));
    }
    findings
}

/// Other systems say it in their own way.
#[cfg(not(unix))]
pub(super) fn permissions(_: &Workspace) -> Vec<Finding> {
    Vec::new()
}

/// Whether files can be written, locked and synced where runs are, and how much room there is.
pub(super) fn disk(root: &Path) -> Vec<Finding> {
    let runs = root.join("runs");
    let folder = if runs.is_dir() { runs } else { root.to_owned() };
    let shown = folder.display().to_string();
    let mut findings = Vec::new();
    match written(&folder) {
        Ok(true) => {
            findings.push(Finding::good("disk", format!("{shown} can be written, synced and locked")));
        }
        Ok(false) => findings.push(Finding::look(
            "disk",
            format!("the file system of {shown} does not lock: two runs at once would not notice each other"),
            "Keep the workspace on a local disk, or see to it that one run is started at a time.",
        )),
        Err(error) => {
            findings.push(Finding::wrong("disk", format!("{shown} cannot be written: {error}"), None));
        }
    }
    findings.extend(room(&folder, &shown));
    findings
}

/// Writes a file, and locks it twice: the second must be refused.
fn written(folder: &Path) -> io::Result<bool> {
    let mut file = tempfile::Builder::new().prefix(".doctor-").tempfile_in(folder)?;
    file.write_all(b"doctor")?;
    file.as_file().sync_all()?;
    file.as_file().lock()?;
    match File::open(file.path())?.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(true),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(false),
    }
}

fn room(folder: &Path, shown: &str) -> Option<Finding> {
    let free = disk::free(&File::open(folder).ok()?)?;
    let megabytes = free >> 20;
    Some(if free < LITTLE_ROOM {
        Finding::look(
            "disk",
            format!("{megabytes} MiB are left on the disk of {shown}"),
            "Make room before a large month.",
        )
    } else {
        Finding::good("disk", format!("{} GiB are left", megabytes >> 10))
    })
}

/// A clock that is far off asks vendors for the wrong month, and takes good certificates for bad ones.
pub(super) fn clock() -> Vec<Finding> {
    let now = jiff::Timestamp::now();
    let built = std::env::current_exe().and_then(fs::metadata).and_then(|file| file.modified());
    let text = format!("{} UTC", now.strftime("%Y-%m-%d %H:%M:%S"));
    if built.is_ok_and(|built| built > SystemTime::now()) {
        let text = format!("it says {text}, which is before this ratebook was put here");
        return vec![Finding::wrong("clock", text, Some("Set the clock.".to_owned()))];
    }
    vec![Finding::good("clock", text)]
}
