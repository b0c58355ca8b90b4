//! What fuzzing started from and found, through its targets on every build; see tests/fuzz/README.md. Those of the plugins
//! are run by `plugins/*/tests/corpora.rs`, those of the host by its own tests.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a finding is a panic")]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/targets/corpora.rs"]
mod corpora;
#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

/// Longer inputs find little more, and nobody reads them.
const LONGEST: u64 = 8192;
const MOST_BYTES: u64 = 1 << 20;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

#[test]
fn every_file_of_every_corpus_passes_its_target() {
    corpora::pass(&fuzz(), &targets::TARGETS);
}

#[test]
fn corpora_are_small_and_each_belongs_to_a_target() {
    let sources = fs::read_dir(fuzz().join("src/targets")).unwrap();
    let sources = sources.map(|source| source.unwrap().path());
    let sources = sources.chain([fuzz().join("../../host/src/fuzzed.rs")]);
    let sources: String = sources.map(|source| fs::read_to_string(source).unwrap()).collect();
    let mut all = 0;
    for entry in fs::read_dir(fuzz().join("corpus")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(sources.contains(&format!("(\"{name}\", ")), "{name} is no target");
        for file in fs::read_dir(&folder).unwrap() {
            let (file, length) = file.map(|file| (file.path(), file.metadata().unwrap().len())).unwrap();
            assert!(length <= LONGEST, "{}: {length} bytes", file.display());
            all += length;
        }
    }
    assert!(all < MOST_BYTES, "{all} bytes");
}
