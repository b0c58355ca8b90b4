//! Where the files of a month are, and who may write them.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Component, Path, PathBuf};

use ratebook_line::Month;

use crate::disk;
use crate::failure::{Exit, Failure};
use crate::files::{Draft, Published};
use crate::folders;

const MANIFEST: &str = "manifest.json";

/// The folder of a month: `runs/2026-03/`.
#[derive(Clone, Debug)]
pub(crate) struct MonthFolder {
    /// The month.
    pub month: Month,
    workspace: PathBuf,
    folder: PathBuf,
    /// Where the payloads are.
    payloads: PathBuf,
    /// The manifest that names them.
    names_payloads: PathBuf,
    /// Where the adjustments of closed months are.
    adjustments: PathBuf,
    /// True if the usage of some source is missing: results are then named so.
    partial: bool,
}

impl MonthFolder {
    /// The folder of a month in a workspace; it need not exist.
    pub(crate) fn new(workspace: &Path, month: Month) -> MonthFolder {
        let folder = workspace.join("runs").join(month.to_string());
        MonthFolder {
            month,
            workspace: workspace.to_owned(),
            payloads: folder.join("payloads"),
            names_payloads: folder.join(MANIFEST),
            adjustments: folder.join("adjustments"),
            folder,
            partial: false,
        }
    }

    /// Another month of the same workspace.
    pub(crate) fn of(&self, month: Month) -> MonthFolder {
        MonthFolder::new(&self.workspace, month)
    }

    /// A month of the same workspace that is wholly elsewhere.
    pub(crate) fn moved_to(self, folder: &Path) -> MonthFolder {
        MonthFolder {
            payloads: folder.join("payloads"),
            names_payloads: folder.join(MANIFEST),
            adjustments: folder.join("adjustments"),
            folder: folder.to_owned(),
            ..self
        }
    }

    /// The same month made once more elsewhere, from the same payloads.
    pub(crate) fn again_in(&self, folder: &Path) -> MonthFolder {
        MonthFolder { folder: folder.to_owned(), ..self.clone() }
    }

    /// What a closed month is by now, in the folder of the open month (this one) that it is put right in: payloads, lines
    /// and what became of skipped records, as in a month's own folder.
    pub(crate) fn restated(&self, closed: Month) -> MonthFolder {
        let folder = self.adjustments.join(closed.to_string());
        MonthFolder {
            month: closed,
            workspace: self.workspace.clone(),
            payloads: folder.join("payloads"),
            names_payloads: self.manifest(),
            adjustments: folder.join("adjustments"),
            partial: false,
            folder,
        }
    }

    /// Where closed months are put right in this one.
    pub(crate) fn adjustments(&self) -> &Path {
        &self.adjustments
    }

    /// The closed months that are put right in this one.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub(crate) fn adjusted_months(&self) -> Result<Vec<Month>, Failure> {
        folders::months_in(&self.adjustments)
    }

    /// The adjustments of a closed month that are put on this month's bills.
    pub(crate) fn adjustments_of(&self, closed: Month) -> PathBuf {
        self.adjustments.join(closed.to_string()).join("adjustments.jsonl")
    }

    /// Where adjustments stand until they are whole.
    pub(crate) fn adjusting(&self) -> PathBuf {
        self.folder.join(".adjusting")
    }

    /// By which rules the adjustments in this folder were decided.
    pub(crate) fn decided(&self) -> PathBuf {
        self.folder.join("decided.json")
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// A source's payloads, as they came.
    pub(crate) fn payloads(&self, source: &str) -> PathBuf {
        self.payloads.join(source)
    }

    /// A source's recorded payloads, for `--offline`.
    pub(crate) fn recordings(&self, source: &str) -> PathBuf {
        self.workspace.join("recordings").join(self.month.to_string()).join(source)
    }

    /// A source's billable lines.
    pub(crate) fn lines(&self, source: &str) -> PathBuf {
        self.folder.join("lines").join(format!("{source}.parquet"))
    }

    /// What a source's payloads hold.
    pub(crate) fn contents(&self, source: &str) -> PathBuf {
        self.folder.join("contents").join(format!("{source}.json"))
    }

    /// The fingerprints of a source's records.
    pub(crate) fn fingerprints(&self, source: &str) -> PathBuf {
        self.folder.join("contents").join(format!("{source}.fingerprints"))
    }

    /// What a source's lines were made from.
    pub(super) fn mapped(&self, source: &str) -> PathBuf {
        self.folder.join("state").join("mapped").join(format!("{source}.json"))
    }

    /// A source's skipped records.
    pub(crate) fn skipped(&self, source: &str) -> PathBuf {
        self.folder.join("skipped").join(format!("{source}.parquet"))
    }

    /// The same month, with results that say by their names that usage of a source is missing in them.
    pub(crate) fn in_part(self, partial: bool) -> MonthFolder {
        MonthFolder { partial, ..self }
    }

    fn result(&self, name: &str) -> PathBuf {
        if self.partial { self.folder.join(format!("PARTIAL-{name}")) } else { self.folder.join(name) }
    }

    /// The results that were made with other sources than now: whole ones of a month in part, or a part of a whole one.
    pub(crate) fn other_results(&self) -> [PathBuf; 4] {
        let other = self.clone().in_part(!self.partial);
        let BillTables { bills, lines, fates } = other.bill_tables();
        [bills, lines, fates, other.totals()]
    }

    /// The tables of bills.
    pub(crate) fn bill_tables(&self) -> BillTables {
        BillTables {
            bills: self.result("bills.parquet"),
            lines: self.result("bill_lines.parquet"),
            fates: self.result("fates.parquet"),
        }
    }

    /// What each customer and each SKU comes to.
    pub(crate) fn totals(&self) -> PathBuf {
        self.result("totals.json")
    }

    /// What somebody has accepted of the month.
    pub(crate) fn accepted(&self) -> PathBuf {
        self.folder.join("accepted.json")
    }

    /// Who closed it, when, and which manifest.
    pub(crate) fn closed(&self) -> PathBuf {
        self.folder.join("closed.json")
    }

    /// What names everything else; written last.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.folder.join(MANIFEST)
    }

    /// The manifest that names the payloads, which goes before they change.
    pub(crate) fn names_payloads(&self) -> &Path {
        &self.names_payloads
    }

    /// A rules file that the month was rated with; its path is relative and has no `..`, or nothing would have loaded.
    pub(crate) fn rules(&self, name: &str) -> PathBuf {
        self.folder.join("rules").join(name)
    }

    /// A file by its name in the manifest. A manifest of ours holds no path that leads elsewhere; another one's is
    /// taken for a file that is missing.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        match name.split_once('/') {
            _ if !inside => self.folder.join(".no-such-file"),
            // A second slash would begin at the root of the disk.
            Some(("payloads", payload)) => self.payloads.join(payload.trim_start_matches('/')),
            Some(("adjustments", rest)) => self.adjustments.join(rest.trim_start_matches('/')),
            _ => self.folder.join(name),
        }
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

    /// True if there is anything of the month: payloads, lines, results. A lock, a draft, and how vendors were asked are
    /// nothing of it, whoever left them there.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub(crate) fn is_begun(&self) -> Result<bool, Failure> {
        if !self.folder.is_dir() {
            return Ok(self.folder.exists());
        }
        let mut files = folders::files_below(&self.folder)?.into_iter();
        Ok(files.any(|path| {
            let name = self.relative(&path);
            !name.starts_with("log/") && !name.starts_with("state/")
        }))
    }

    /// Holds the month against other runs, until the lock is dropped or the process ends; what a killed one has left half
    /// written goes. A folder in which there is nothing when the lock is dropped goes with it.
    ///
    /// # Errors
    /// If another run holds it; says which. If anything in the folder is a link.
    pub(crate) fn lock(&self) -> Result<MonthLock, Failure> {
        let runs = self.folder.parent().filter(|runs| !runs.exists()).map(Path::to_owned);
        let path = self.folder.join(".lock");
        let mut file = loop {
            folders::make(&self.folder)?;
            let file = match disk::lock_file(&path) {
                Ok(file) => file,
                // Another run has just taken the folder away, because there was nothing in it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Failure::storage(&path, "open", &error)),
            };
            match file.try_lock() {
                // Likewise: what is locked must be what stands at the path, or two runs would hold the month.
                Ok(()) if !disk::is_at(&file, &path) => {}
                Ok(()) => break file,
                Err(TryLockError::WouldBlock) => return Err(self.is_held(file)),
                Err(TryLockError::Error(error)) => return Err(Failure::storage(&path, "lock", &error)),
            }
        };
        let holder = format!(
            "pid {} since {}\n",
            std::process::id(),
            jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC")
        );
        let lock = |file: File| MonthLock { _file: file, folder: self.folder.clone(), runs };
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(holder.as_bytes()))
            .map_err(|error| Failure::storage(&path, "write", &error));
        let lock = lock(file);
        written?;
        folders::sweep(&self.folder)?;
        Ok(lock)
    }

    /// What it is to a command that another one holds the month.
    fn is_held(&self, mut file: File) -> Failure {
        let mut holder = String::new();
        let _ = file.read_to_string(&mut holder);
        let message = format!("{} is in use by {}", self.folder.display(), holder.trim());
        Failure::new(Exit::Busy, "E-BUSY", message).fix("Run it again when that one is done.")
    }
}

/// Where the tables of a month's bills are.
#[derive(Clone, Debug)]
pub(crate) struct BillTables {
    /// A row for each bill.
    pub bills: PathBuf,
    /// Their lines.
    pub lines: PathBuf,
    /// The lines of usage that are on no bill.
    pub fates: PathBuf,
}

impl BillTables {
    /// Tables in a folder.
    pub(crate) fn in_folder(folder: &Path) -> BillTables {
        BillTables {
            bills: folder.join("bills.parquet"),
            lines: folder.join("bill_lines.parquet"),
            fates: folder.join("fates.parquet"),
        }
    }
}

/// Holds a month; see [`MonthFolder::lock`].
pub(crate) struct MonthLock {
    _file: File,
    folder: PathBuf,
    /// The folder of all months, if it was not there before.
    runs: Option<PathBuf>,
}

impl Drop for MonthLock {
    fn drop(&mut self) {
        // What does not let itself be taken away is nothing of a month wherever months are looked for.
        folders::prune(&self.folder);
        if folders::holds_only(&self.folder, ".lock") {
            let _ = fs::remove_file(self.folder.join(".lock"));
            let _ = fs::remove_dir(&self.folder);
            if let Some(runs) = &self.runs {
                let _ = fs::remove_dir(runs);
            }
        }
    }
}
