//! Every file that fuzzing started from or found, through its target.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// A name, and what must hold of any bytes.
type Target = (&'static str, fn(&[u8]));

/// Holds every file of the corpora of these targets to them. `fuzz` is the folder of this package.
pub(crate) fn pass(fuzz: &Path, targets: &[Target]) {
    let mut wrong = Vec::new();
    for (name, target) in targets {
        let folder = fuzz.join("corpus").join(name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(files.len() > 2, "{name} has no corpus");
        for file in files {
            let bytes = fs::read(&file).unwrap();
            if catch_unwind(|| target(&bytes)).is_err() {
                wrong.push(file);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
