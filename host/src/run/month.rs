//! Where the files of a month are, and who may write them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use ratebook_line::Month;

use crate::disk;
use crate::failure::{Exit, Failure};
use crate::files::{Draft, Published};

/// The folder of a month: `runs/2026-03/`.
#[derive(Clone, Debug)]
pub(crate) struct MonthFolder {
    /// The month.
    pub month: Month,
    workspace: PathBuf,
    folder: PathBuf,
}

impl MonthFolder {
    /// The folder of a month in a workspace; it need not exist.
    pub(crate) fn new(workspace: &Path, month: Month) -> MonthFolder {
        let folder = workspace.join("runs").join(month.to_string());
        MonthFolder { month, workspace: workspace.to_owned(), folder }
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// A source's payloads, as they came.
    pub(crate) fn payloads(&self, source: &str) -> PathBuf {
        self.folder.join("payloads").join(source)
    }

    /// A source's recorded payloads, for `--offline`.
    pub(crate) fn recordings(&self, source: &str) -> PathBuf {
        self.workspace.join("recordings").join(self.month.to_string()).join(source)
    }

    /// A source's billable lines.
    pub(crate) fn lines(&self, source: &str) -> PathBuf {
        self.folder.join("lines").join(format!("{source}.jsonl"))
    }

    /// A source's skipped records.
    pub(crate) fn skipped(&self, source: &str) -> PathBuf {
        self.folder.join("skipped").join(format!("{source}.jsonl"))
    }

    /// What became of each line.
    pub(crate) fn priced(&self) -> PathBuf {
        self.folder.join("priced.jsonl")
    }

    /// The bill document.
    pub(crate) fn bills(&self) -> PathBuf {
        self.folder.join("bills.json")
    }

    /// What names everything else; written last.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.folder.join("manifest.json")
    }

    /// A rules file that the month was rated with; its path is relative and has no `..`, or nothing would have loaded.
    pub(crate) fn rules(&self, name: &str) -> PathBuf {
        self.folder.join("rules").join(name)
    }

    /// The path of a file as the manifest and messages show it: from the month's folder on, with `/`.
    pub(crate) fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.folder).unwrap_or(path);
        path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    /// Puts a file of the month at its place. If that changes anything the manifest goes first: until it is
    /// written again there is no result.
    ///
    /// # Errors
    /// If it could not be written.
    pub(crate) fn publish(&self, draft: Draft) -> Result<Published, Failure> {
        draft.publish_after(|| disk::remove(&self.manifest()).map_err(Failure::from_problem))
    }

    /// Holds the month against other runs, until the lock is dropped or the process ends.
    ///
    /// # Errors
    /// If another run holds it; says which.
    pub(crate) fn lock(&self) -> Result<MonthLock, Failure> {
        disk::make_folder(&self.folder).map_err(Failure::from_problem)?;
        let path = self.folder.join(".lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(|error| Failure::storage(&path, "open", &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let message = format!("{} is in use by {}", self.folder.display(), holder.trim());
                return Err(
                    Failure::new(Exit::Busy, "E-BUSY", message).fix("Run it again when that one is done.")
                );
            }
            Err(TryLockError::Error(error)) => return Err(Failure::storage(&path, "lock", &error)),
        }
        let holder = format!(
            "pid {} since {}\n",
            std::process::id(),
            jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC")
        );
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(holder.as_bytes()))
            .map_err(|error| Failure::storage(&path, "write", &error))?;
        Ok(MonthLock { _file: file })
    }
}

/// Holds a month; see [`MonthFolder::lock`].
pub(crate) struct MonthLock {
    _file: File,
}
