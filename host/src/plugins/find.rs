//! Where plugins are looked for, what stands there, and whether it may be used. Runs nothing of what it finds.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ratebook_plugin::manifest::Manifest;
use sha2::{Digest as _, Sha256};

use super::error::PluginError;
use super::inspect::inspect;
use super::lock::{Entry, Lock};
use super::lock_file;
use crate::inputs;

/// No plugin's file is longer than this.
const LONGEST: u64 = 512 << 20;

/// Where plugins are looked for, in this order.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The folder of the binary.
    pub beside: Option<PathBuf>,
    /// The workspace: its `plugins/` and its `plugins.lock`.
    pub workspace: Option<PathBuf>,
    /// The folders of `$RATEBOOK_PLUGIN_PATH`.
    pub path: Vec<PathBuf>,
}

impl Places {
    /// The usual places of this process.
    pub fn usual(workspace: Option<&Path>) -> Places {
        let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned));
        let path = std::env::var_os("RATEBOOK_PLUGIN_PATH").map(|path| {
            std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()).collect()
        });
        Places { beside, workspace: workspace.map(Path::to_owned), path: path.unwrap_or_default() }
    }

    fn folders(&self) -> impl Iterator<Item = (Place, PathBuf)> {
        let beside = self.beside.clone().map(|folder| (Place::Beside, folder));
        let workspace = self.workspace.as_ref().map(|folder| (Place::Workspace, folder.join("plugins")));
        let path = self.path.iter().map(|folder| (Place::Path, folder.clone()));
        beside.into_iter().chain(workspace).chain(path)
    }
}

/// One of the [`Places`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Next to the binary.
    Beside,
    /// In the workspace's `plugins/`.
    Workspace,
    /// In a folder of `$RATEBOOK_PLUGIN_PATH`.
    Path,
}

/// A file that is named like a plugin's, and what is known of it without running it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// Which of the [`Places`] it stands in.
    pub place: Place,
    /// SHA-256 of the file, in hex; empty if it could not be read.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// What its file says of it.
    pub manifest: Option<Manifest>,
    /// Whether it may be used.
    pub trust: Trust,
    /// Whether it could be loaded here at all.
    pub(super) fits: bool,
}

/// Whether a file may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// plugins.lock names exactly this file.
    Locked,
    /// It stands beside the binary and needs no entry.
    Unlocked,
    /// It is not opened.
    Refused {
        /// Why: a lower-case fragment.
        why: String,
        /// What to do about it, a sentence.
        fix: Option<String>,
    },
}

impl Found {
    /// The plugin's id, if the file says one.
    pub fn id(&self) -> Option<&str> {
        self.manifest.as_ref().map(|manifest| manifest.id.as_str())
    }

    /// Why it may not be used; `None` if it may.
    pub(super) fn unusable(&self) -> Option<PluginError> {
        let Trust::Refused { why, fix } = &self.trust else { return None };
        Some(PluginError::Unusable {
            id: self.id().unwrap_or("of this file").to_owned(),
            path: self.path.clone(),
            why: why.clone(),
            fix: fix.clone(),
        })
    }

    /// True if it may be used.
    pub fn is_usable(&self) -> bool {
        !matches!(self.trust, Trust::Refused { .. })
    }
}

/// Looks at every file that is named like a plugin's, in the order of the places.
pub(super) fn find(places: &Places) -> Result<Vec<Found>, PluginError> {
    let lock = places.workspace.as_deref().map(lock_file::read).transpose()?.unwrap_or_default();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (place, folder) in places.folders() {
        for path in candidates(&folder) {
            let real = path.canonicalize().unwrap_or_else(|_| path.clone());
            if seen.insert(real.clone()) {
                found.push(look(place, &path, &real, &lock));
            }
        }
    }
    Ok(found)
}

/// Enters a plugin's file into a workspace's `plugins.lock`, in the place of what stands there under its id.
///
/// # Errors
/// If the file is not a plugin that can be used here, or the lock cannot be written.
pub fn trust(workspace: &Path, file: &Path) -> Result<Found, PluginError> {
    // What is wrong with the lock is told before the file is looked at.
    lock_file::read(workspace)?;
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let (found, blocked) = examine(Place::Path, &real);
    match (&found.manifest, blocked) {
        (Some(manifest), None) => {
            lock_file::enter(workspace, Entry::new(manifest, found.bytes, &found.sha256))?;
        }
        (_, why) => {
            let id = found.id().unwrap_or("of this file").to_owned();
            let why = why.unwrap_or_else(|| "it has no manifest".to_owned());
            return Err(PluginError::Unusable { id, path: real, why, fix: None });
        }
    }
    Ok(Found { trust: Trust::Locked, ..found })
}

/// Looks at one file that whoever names it has built.
pub(super) fn of_author(file: &Path) -> Found {
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    match examine(Place::Path, &real) {
        (found, None) => Found { trust: Trust::Unlocked, ..found },
        (found, Some(why)) => Found { trust: Trust::Refused { why, fix: None }, ..found },
    }
}

/// How a file stands in a workspace, wherever it lies: whether its plugins.lock names it.
///
/// # Errors
/// [`PluginError::Lock`] if plugins.lock is not usable.
pub(crate) fn standing(workspace: Option<&Path>, found: &Found) -> Result<Trust, PluginError> {
    let lock = workspace.map(lock_file::read).transpose()?.unwrap_or_default();
    Ok(found
        .manifest
        .as_ref()
        .map_or_else(|| found.trust.clone(), |manifest| trusted(found, manifest, &lock)))
}

/// The files of a folder that are named like plugins, by name. A folder that is not there holds none.
fn candidates(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| is_plugin_name(path)).collect();
    files.sort();
    files
}

fn is_plugin_name(path: &Path) -> bool {
    let known = ["so", "dylib", "dll"].map(OsStr::new);
    let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
    let stem = stem.strip_prefix("lib").unwrap_or(stem);
    path.extension().is_some_and(|extension| known.contains(&extension))
        && stem.starts_with("ratebook_plugin_")
}

/// `named` is where it was found, which may be a link to it.
fn look(place: Place, named: &Path, path: &Path, lock: &Lock) -> Found {
    let (found, blocked) = examine(place, path);
    let blocked = blocked.or_else(|| others_may_write(named));
    let trust = match (blocked, &found.manifest) {
        (None, Some(manifest)) => trusted(&found, manifest, lock),
        (why, _) => Trust::Refused { why: why.unwrap_or_default(), fix: None },
    };
    Found { trust, ..found }
}

/// What a file is, and why it is not to be used whatever the lock says.
fn examine(place: Place, path: &Path) -> (Found, Option<String>) {
    let mut found = Found {
        path: path.to_owned(),
        place,
        sha256: String::new(),
        bytes: 0,
        manifest: None,
        trust: Trust::Unlocked,
        fits: false,
    };
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(why) => return (found, Some(why)),
    };
    let inspected = inspect(&bytes);
    found.bytes = bytes.len() as u64;
    found.sha256 = sha256(&bytes);
    found.manifest = inspected.manifest;
    found.fits = inspected.unfit.is_none();
    let blocked = inspected.unfit.or_else(|| others_may_write(path));
    (found, blocked)
}

fn trusted(found: &Found, manifest: &Manifest, lock: &Lock) -> Trust {
    let fix =
        |condition: &str| Some(format!("If you {condition}: ratebook plugin trust {}", found.path.display()));
    match lock.entry(&manifest.id) {
        Some(entry) if entry.sha256.eq_ignore_ascii_case(&found.sha256) => Trust::Locked,
        Some(entry) => Trust::Refused {
            why: format!(
                "sha256 is {}, plugins.lock says {}; it was not loaded",
                short(&found.sha256),
                short(&entry.sha256)
            ),
            fix: fix("installed another version on purpose"),
        },
        None if found.place == Place::Beside => Trust::Unlocked,
        None => Trust::Refused {
            why: "plugins.lock does not name it".to_owned(),
            fix: fix("know where it comes from"),
        },
    }
}

/// The beginning and the end of a digest.
fn short(sha256: &str) -> String {
    match (sha256.get(..8), sha256.get(sha256.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if sha256.is_ascii() && sha256.len() > 12 => format!("{head}..{tail}"),
        _ => format!("{sha256:?}"),
    }
}

/// The whole file, if it is one and not too long.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    inputs::read(path, LONGEST).map_err(|error| match inputs::is_unfit(&error) {
        true => error.to_string(),
        false => format!("it cannot be read: {error}"),
    })
}

/// SHA-256 in hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Why somebody else could put other bytes in the place of this file: it, or a folder on the way to it, is writable
/// for everybody. In a folder with the sticky bit, others cannot replace what is there; but they can add a file.
#[cfg(unix)]
fn others_may_write(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    for (height, step) in path.ancestors().enumerate() {
        let mode = std::fs::metadata(step).ok()?.mode();
        let guarded = height > 1 && mode & STICKY != 0;
        if mode & OTHERS_WRITE != 0 && !guarded {
            let what = if height == 0 { "the file".to_owned() } else { step.display().to_string() };
            return Some(format!("everybody may write to {what}"));
        }
    }
    None
}

#[cfg(not(unix))]
fn others_may_write(_path: &Path) -> Option<String> {
    None
}
