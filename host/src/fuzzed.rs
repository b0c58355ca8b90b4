//! What the host reads of a workspace and of its own months, which anybody may have changed since: `ratebook.toml`, the
//! list of payloads, the manifest and what lies beside it.
//!
//! They are part of the library's tests and, with the feature `fuzzing`, what the fuzzer of the host (`tests/fuzz/host`)
//! calls, with those of what the host reads of vendors and plugins.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a finding is a panic")]

use std::fmt::Debug;
use std::fs;
use std::path::{Component, Path};
use std::sync::OnceLock;

use ratebook_rating::Adjustment;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::archive::Closed;
use crate::config::{self, Bounds, KeptSettings};
use crate::fetch::{self, Payloads};
use crate::plugins;
use crate::run::{Accepted, Baseline, Manifest, MonthFolder, Totals};
use crate::seal::{Sealed, sealed, unsealed};

/// A name, and what must hold of any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// The targets, by the name of their folder in `corpus/`.
pub const TARGETS: [Target; 11] = [
    ("accepted", accepted),
    ("adjustments", adjustments),
    ("closed", |data| drop(sealed_document::<Closed>(data))),
    ("config", config),
    ("frames", plugins::fuzzed::frames),
    ("gzip", fetch::fuzzed::gzip),
    ("lock", plugins::fuzzed::lock),
    ("manifest", manifest),
    ("payload-list", payload_list),
    ("plugin-file", plugins::fuzzed::plugin_file),
    ("totals", totals),
];

/// What was read is written so that it is read again.
fn written_as_read<T: Serialize + DeserializeOwned + PartialEq + Debug>(document: &T) {
    let text = serde_json::to_string_pretty(document).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), document, "{text}");
}

/// True for a name that leads nowhere else.
fn is_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

/// A document with a seal is what was written, byte for byte. No fuzzer finds a digest, so one that is only well formed is
/// sealed here.
fn sealed_document<T: Sealed + PartialEq + Debug>(data: &[u8]) -> Option<T> {
    match unsealed::<T>(data) {
        Ok(document) => assert_eq!(sealed(&document).unwrap().as_bytes(), data),
        Err(why) => assert!(!why.is_empty()),
    }
    let document = serde_json::from_slice::<T>(data).ok()?;
    let written = sealed(&document).unwrap();
    let read = unsealed::<T>(written.as_bytes()).unwrap();
    // Any other byte is found.
    let mut changed = written.into_bytes();
    let at = data.len() % changed.len();
    changed[at] ^= 1;
    assert!(unsealed::<T>(&changed).is_err(), "byte {at} may be another");
    Some(read)
}

fn manifest(data: &[u8]) {
    let Some(manifest) = sealed_document::<Manifest>(data) else { return };
    let folder = MonthFolder::new(Path::new("/workspace"), manifest.month);
    for name in manifest.files.keys() {
        let path = folder.file(name);
        let inside = path.strip_prefix(folder.path()).unwrap();
        assert!(inside.components().all(|part| matches!(part, Component::Normal(_))), "{name:?}: {path:?}");
    }
}

fn totals(data: &[u8]) {
    let Ok(totals) = Totals::read(data) else { return };
    written_as_read(&totals);
    let month = "2026-03".parse().unwrap();
    let itself = Baseline { month, totals: totals.clone(), bounds: Bounds::default(), accepted: Vec::new() };
    assert_eq!(itself.suspects(&totals), [], "a month is as it is");
}

fn accepted(data: &[u8]) {
    if let Ok(accepted) = serde_json::from_slice::<Vec<Accepted>>(data) {
        written_as_read(&accepted);
    }
}

fn adjustments(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for adjustment in text.lines().filter_map(|line| serde_json::from_str::<Adjustment>(line).ok()) {
        written_as_read(&adjustment);
    }
}

fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = || config::read(Path::new("/workspace"), config::FILE, text);
    match (read(), read()) {
        (Ok(workspace), Ok(_)) => {
            for (name, source) in &workspace.sources {
                // It becomes the name of folders.
                assert!(is_name(name), "{name:?}");
                written_as_read::<KeptSettings>(&source.kept_settings());
                for key in source.config.as_object().into_iter().flat_map(|config| config.keys()) {
                    assert!(source.place(key).starts_with(config::FILE));
                }
            }
        }
        (Err(one), Err(other)) => {
            assert!(!one.0.is_empty());
            assert_eq!(one.text(false), other.text(false));
            for problem in &one.0 {
                assert!(problem.place.is_some() && !problem.message.is_empty(), "{problem:?}");
            }
        }
        _ => panic!("the same file is read and refused"),
    }
}

/// A list of payloads in a folder where a payload of seven bytes lies, and another folder above it.
fn payload_list(data: &[u8]) {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let above = FOLDER.get_or_init(|| {
        let above = tempfile::tempdir().unwrap();
        fs::create_dir(above.path().join("source")).unwrap();
        for name in ["usage.csv", "source/usage.csv"] {
            fs::write(above.path().join(name), "a,b\n1,2").unwrap();
        }
        above
    });
    let folder = above.path().join("source");
    fs::write(folder.join("payloads.json"), data).unwrap();
    match Payloads::find(&folder) {
        Ok(payloads) => {
            let payloads = payloads.unwrap();
            payloads.files().iter().for_each(|file| assert!(is_name(&file.file), "{file:?}"));
            let _ = payloads.verify();
        }
        Err(problem) => assert!(!problem.message.is_empty()),
    }
}

#[cfg(test)]
#[path = "../../tests/fuzz/src/targets/corpora.rs"]
mod corpora;

#[cfg(test)]
#[test]
fn every_file_of_every_corpus_passes_its_target() {
    corpora::pass(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz"), &TARGETS);
}
