//! What the fuzzer of this plugin started from and found; see tests/fuzz/README.md.
#![expect(clippy::disallowed_methods, reason = "the plugin has no I/O; its tests read files")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a finding is a panic")]

use std::path::Path;

#[path = "../../../tests/fuzz/src/targets/corpora.rs"]
mod corpora;
#[path = "../../../tests/fuzz/src/targets/focus.rs"]
mod focus;
#[path = "../../../tests/fuzz/src/targets/mapped.rs"]
mod mapped;

#[test]
fn every_file_of_every_corpus_passes_its_target() {
    corpora::pass(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz"), &focus::TARGETS);
}
