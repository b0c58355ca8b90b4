//! `plugins.lock` of a workspace: read where only its owner writes it, and added to by one command at a time.

use std::path::Path;

use super::error::PluginError;
use super::lock::{Entry, Lock, wrong};
use crate::disk;
use crate::hold::Part;
use crate::inputs;

/// The lock's name inside a workspace.
const LOCK_FILE: &str = "plugins.lock";

/// No lock is longer.
const LONGEST: u64 = 1 << 20;

/// Reads a workspace's lock; a workspace without one trusts nothing.
pub(super) fn read(workspace: &Path) -> Result<Lock, PluginError> {
    let path = workspace.join(LOCK_FILE);
    let file = match inputs::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Lock::default()),
        Err(error) => return Err(wrong(path, &error)),
    };
    if file.metadata().is_ok_and(|found| inputs::everybody_may_write(&found)) {
        let why =
            format!("everybody may write to it, and it says which plugins run: chmod o-w {}", path.display());
        return Err(wrong(path, &why));
    }
    let bytes = inputs::read_open(file, LONGEST).map_err(|error| wrong(path.clone(), &error))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(path.clone(), &"it is not UTF-8 text"))?;
    Lock::parse(&path, &text)
}

/// Puts an entry into a workspace's lock, as it is then: of several at once none is lost.
pub(super) fn enter(workspace: &Path, entry: Entry) -> Result<(), PluginError> {
    let id = entry.id.clone();
    let failed = |problem| PluginError::Problem { id: id.clone(), problem };
    let _hold = Part::Plugins.alone(workspace).map_err(failed)?;
    let mut lock = read(workspace)?;
    lock.put(entry);
    let path = workspace.join(LOCK_FILE);
    disk::write_held(&path, lock.text(&path)?.as_bytes()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, sha256: &str) -> Entry {
        Entry { id: id.to_owned(), version: "0.1.0".to_owned(), bytes: 7, sha256: sha256.to_owned() }
    }

    #[test]
    fn entries_there_and_back_sorted_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap().entry("acme").is_none());
        for (id, sha256) in [("zenith", "ee"), ("acme", "aa"), ("acme", "ab")] {
            enter(folder.path(), entry(id, sha256)).unwrap();
        }
        let lock = read(folder.path()).unwrap();
        assert_eq!(lock.plugins, [entry("acme", "ab"), entry("zenith", "ee")]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "plugins.lock and runs/");
    }

    #[test]
    fn of_entries_made_at_once_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let ids: Vec<String> = (0..24).map(|number| format!("acme-{number:02}")).collect();
        std::thread::scope(|scope| {
            for id in &ids {
                let folder = folder.path();
                scope.spawn(move || enter(folder, entry(id, "aa")).unwrap());
            }
        });
        let lock = read(folder.path()).unwrap();
        assert_eq!(
            lock.plugins.iter().map(|entry| &entry.id).collect::<Vec<_>>(),
            ids.iter().collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_lock_that_is_not_understood_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCK_FILE);
        for (text, why) in [
            ("plugin = 7", "invalid type"),
            ("[[plugin]]\nid = \"a\"\nversion = \"1\"\nbytes = 1\nsha256 = \"a\"\nsigned = true\n", "signed"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let one = "[[plugin]]\nid = \"a\"\nversion = \"1\"\nbytes = 1\nsha256 = \"a\"\n";
        std::fs::write(&path, one.repeat(2)).unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("names the plugin a twice"));
    }

    #[cfg(unix)]
    #[test]
    fn l16_a_lock_that_everybody_may_write_to_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        enter(folder.path(), entry("acme", "aa")).unwrap();
        let path = folder.path().join(LOCK_FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o646)).unwrap();
        let refused = read(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("chmod o-w {}", path.display())), "{refused}");
        assert!(enter(folder.path(), entry("zenith", "ee")).is_err());
    }
}
