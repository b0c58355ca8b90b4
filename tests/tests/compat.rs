//! What is promised of the plugin interface, held by real builds: plugins of earlier and later interfaces, and plugins
//! built otherwise than the host, load and map to the same lines and bills; what does not fit is said in a line.
//!
//! `tests/compat/<interface>/` keeps each published interface as source. Later interfaces are made of it by edits.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "compat/builds.rs"]
mod builds;
#[path = "compat/hosts.rs"]
mod hosts;
#[path = "compat/panics.rs"]
mod panics;
#[path = "compat/table.rs"]
mod table;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ratebook_tests::recording::sha256;

/// The published interfaces and the digest of each folder. A digest here never changes; a line is added.
const FROZEN: [(&str, &str); 1] =
    [("2.0", "1b7801e4681372b988d26bc9a0199d2064560dd3a08cc8164f025b7c5644840c")];

/// What an interface is frozen in.
fn frozen(interface: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compat").join(interface)
}

/// Every file below a folder, by its path from there, in order.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    fn list(root: &Path, folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                list(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    list(folder, folder, &mut found);
    found.sort();
    found
}

#[test]
fn what_is_frozen_was_never_edited() {
    let mut folders: Vec<String> = fs::read_dir(frozen("")).unwrap().map(name).collect();
    folders.sort();
    assert_eq!(folders, FROZEN.map(|(interface, _)| interface), "each interface with its digest");
    for (interface, digest) in FROZEN {
        let list = files(&frozen(interface)).iter().fold(String::new(), |mut list, (name, bytes)| {
            let _ = writeln!(list, "{} {name}", sha256(bytes));
            list
        });
        assert_eq!(sha256(list.as_bytes()), digest, "{interface} is what plugins were built with:\n{list}");
    }
}

fn name(entry: std::io::Result<fs::DirEntry>) -> String {
    entry.unwrap().file_name().into_string().unwrap()
}
