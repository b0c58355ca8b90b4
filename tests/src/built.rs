//! The release binary and the plugin libraries, built once per test process.
//!
//! `cargo test` builds neither the plugins' libraries nor the binary, and guessing where they might stand finds old
//! ones. So cargo is asked to build them, and where it put them.

#![expect(clippy::panic, reason = "a test that has nothing to run ends here")]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Where cargo put what it built.
#[derive(Clone, Debug)]
pub struct Built {
    /// The binary `ratebook`.
    pub ratebook: PathBuf,
    /// The plugins' libraries, as they stand beside the binary.
    pub libraries: Vec<PathBuf>,
}

impl Built {
    /// The library of a plugin, such as `acronis`.
    pub fn plugin(&self, id: &str) -> PathBuf {
        let name = format!("ratebook_plugin_{}", id.replace('-', "_"));
        let found = self.libraries.iter().find(|path| {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            stem.strip_prefix("lib").unwrap_or(stem) == name
        });
        found.unwrap_or_else(|| panic!("cargo built no library {name}: {:?}", self.libraries)).clone()
    }
}

/// The release binary and the plugin libraries, built if they are not.
///
/// # Panics
/// If they do not build.
pub fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(build)
}

/// The cargo that runs the tests, as from a shell: what it tells a test of its package is not told to it. The build
/// script of `ring` asks for these, so the host would be built once for the tests and once for everybody else.
#[must_use]
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    command
}

fn build() -> Built {
    let output = cargo()
        .args(["build", "--release", "--workspace", "--exclude", "ratebook-tests"])
        // What a new plugin begins with is no plugin to find beside the binary.
        .args(["--exclude", "ratebook-plugin-acme"])
        .args(["--message-format=json-render-diagnostics", "--quiet"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("cargo did not start: {error}"));
    assert!(output.status.success(), "cargo build failed: {}", output.status);

    let mut ratebook = None;
    let mut libraries = Vec::new();
    for line in output.stdout.split(|byte| *byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<serde_json::Value>(line) else { continue };
        if message["reason"] != "compiler-artifact" {
            continue;
        }
        let target = &message["target"];
        if target["name"] == "ratebook" {
            ratebook = message["executable"].as_str().map(PathBuf::from).or(ratebook);
        }
        let is_library =
            target["crate_types"].as_array().is_some_and(|types| types.contains(&"cdylib".into()));
        let files = message["filenames"].as_array().into_iter().flatten();
        let files = files.filter_map(serde_json::Value::as_str).map(PathBuf::from);
        libraries.extend(files.filter(|path| is_library && has_extension(path)));
    }
    let ratebook = ratebook.unwrap_or_else(|| panic!("cargo built no binary ratebook"));
    Built { ratebook, libraries }
}

fn has_extension(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION)
}
