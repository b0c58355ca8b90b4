//! What `core` reads of others, as functions of bytes that panic if what must hold does not.
//!
//! libFuzzer calls them (`../bin`), and so does a test on every build, over the files of `corpus/`. The plugins' targets
//! stand beside these: two plugins cannot be linked into one program. Those of the host are its own (`host/src/fuzzed.rs`).

mod core_parsers;

/// A name, and what must hold of any bytes.
type Target = (&'static str, fn(&[u8]));

/// The targets, by the name of their folder in `corpus/`.
pub(crate) const TARGETS: [Target; 6] = [
    ("batch", core_parsers::batch),
    ("decimal", core_parsers::decimal),
    ("lines-csv", core_parsers::lines_csv),
    ("lines-json", core_parsers::lines_json),
    ("plugin-manifest", core_parsers::plugin_manifest),
    ("rules", core_parsers::rules),
];
