//! What these tests build: the frozen interface as it is and edited into later ones, and today's plugin in the ways
//! people build plugins. All in one target folder, so that what they depend on is built once for each way.

use std::collections::BTreeMap;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::{files, frozen};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The id of the plugin that all have in common.
pub(crate) const ACME: &str = "acme";
/// The plugin that panics when it is told to.
pub(crate) const MISBEHAVING: &str = "misbehaving";

/// A folder with what was built in one way.
#[derive(Clone, Debug)]
pub(crate) struct Build(PathBuf);

impl Build {
    /// The library of a plugin.
    pub(crate) fn plugin(&self, id: &str) -> PathBuf {
        self.0.join(library(id))
    }

    /// The host of a frozen interface.
    pub(crate) fn driver(&self) -> PathBuf {
        self.0.join(format!("driver{EXE_SUFFIX}"))
    }
}

fn library(id: &str) -> String {
    format!("{DLL_PREFIX}ratebook_plugin_{id}{DLL_SUFFIX}")
}

/// How today's plugin is built.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Way<'w> {
    /// What it is called.
    pub(crate) name: &'w str,
    /// Which plugins.
    pub(crate) plugins: &'w [&'w str],
    /// Settings of the profile.
    pub(crate) profile: &'w [&'w str],
    /// A toolchain of rustup; `None` for the one that built the host.
    pub(crate) toolchain: Option<&'w str>,
}

/// Today's plugins, built in a way.
pub(crate) fn today(way: Way<'_>) -> Build {
    let packages = way.plugins.iter().map(|id| format!("--package=ratebook-plugin-{id}"));
    let settings = way.profile.iter().map(|setting| format!("--config=profile.dev.{setting}"));
    let arguments: Vec<String> = packages.chain(settings).collect();
    let libraries: Vec<String> = way.plugins.iter().map(|id| library(id)).collect();
    build(way.name, Path::new(ROOT), &arguments, way.toolchain, &libraries)
}

/// The interface 2.0 with its plugin and its host, as published.
pub(crate) fn published() -> Build {
    build_frozen("2.0", &frozen("2.0"))
}

/// A later interface, made of 2.0: everything that may grow has grown, and its plugin asks for something new.
pub(crate) fn later() -> Build {
    let tomorrow = "    pub fn tomorrow(&mut self) -> Result<(), Problem> { self.done(Call::Tomorrow { name: String::new() }) }\n";
    let edits = [
        ("plugin/src/call.rs", "    Now,\n", "    Tomorrow { name: String },\n"),
        ("plugin/src/host.rs", "impl<'h> Host<'h> {\n", tomorrow),
        (
            "plugin/src/about.rs",
            "    pub experimental: bool,\n",
            "    #[serde(default)]\n    pub colour: String,\n",
        ),
        (
            "plugin/src/abi.rs",
            " -> Answer<PluginObject>,\n",
            "    later: extern \"C\" fn() -> Answer<RString>,\n",
        ),
        ("plugin/src/abi.rs", "open: open::<P>", ", later: about::<P>"),
        ("acme/src/lib.rs", "experimental: false,", " colour: \"blue\".to_owned(),"),
        ("acme/src/collect.rs", "host: &mut Host<'_>) -> Result<(), Problem> {\n", "    host.tomorrow()?;\n"),
    ];
    build_frozen("2.99", &edited("2.99", &edits))
}

/// An interface that promises nothing to plugins of 2.0.
pub(crate) fn next_major() -> Build {
    build_frozen("3.0", &edited("3.0", &[]))
}

fn build_frozen(interface: &str, folder: &Path) -> Build {
    build(
        &format!("interface-{interface}"),
        folder,
        &[],
        None,
        &[library(ACME), format!("driver{EXE_SUFFIX}")],
    )
}

/// 2.0 as source under another version, with additions: in a file, a text that stands there once, and what follows it.
fn edited(interface: &str, additions: &[(&str, &str, &str)]) -> PathBuf {
    let folder = target().join("source").join(interface);
    let (from, to) = ("version = \"2.0.0\"", format!("version = \"{interface}.0\""));
    let in_lock = |version: &str| format!("\"ratebook-plugin\"\n{version}");
    let mut edits = vec![
        ("plugin/Cargo.toml", from.to_owned(), to.clone()),
        ("Cargo.lock", in_lock(from), in_lock(&to)),
        // What reads a function that an older library does not have is written by a macro.
        ("Cargo.toml", "unsafe_code = \"deny\"".to_owned(), "unsafe_code = \"allow\"".to_owned()),
    ];
    edits.extend(
        additions.iter().map(|(file, text, more)| (*file, (*text).to_owned(), format!("{text}{more}"))),
    );
    for (name, bytes) in files(&frozen("2.0")) {
        let mut text = String::from_utf8(bytes).unwrap();
        for (_, from, to) in edits.iter().filter(|(file, ..)| *file == name) {
            assert_eq!(text.matches(from).count(), 1, "{name}: {from:?}");
            text = text.replace(from, to);
        }
        let file = folder.join(name);
        // What has not changed is left alone, so that it is not built again.
        if fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
    }
    folder
}

fn target() -> PathBuf {
    Path::new(ROOT).join("target/compat")
}

fn build(
    name: &str,
    folder: &Path,
    arguments: &[String],
    toolchain: Option<&str>,
    wanted: &[String],
) -> Build {
    // One at a time, for they are made in one place and taken away from there; each once.
    static BUILT: Mutex<BTreeMap<String, Build>> = Mutex::new(BTreeMap::new());
    let mut all = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(build) = all.get(name) {
        return build.clone();
    }
    let made = target().join("debug");
    for file in wanted {
        // A library is called the same however it is built: cargo would take that of another way for its own.
        let _ = fs::remove_file(made.join("deps").join(file));
    }
    let mut command = match toolchain {
        None => Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())),
        Some(toolchain) => rustup(&["run", toolchain, "cargo"]),
    };
    let built = command
        .args(["build", "--quiet", "--locked"])
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    assert!(built.status.success(), "{name}:\n{}", String::from_utf8_lossy(&built.stderr));
    let kept = target().join("built").join(name);
    fs::create_dir_all(&kept).unwrap();
    for file in wanted {
        let _ = fs::remove_file(kept.join(file));
        fs::copy(made.join(file), kept.join(file)).unwrap();
    }
    all.entry(name.to_owned()).or_insert(Build(kept)).clone()
}

/// rustup, which must not install anything, without what cargo has told this test of its own toolchain.
pub(crate) fn rustup(arguments: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command.args(arguments).env("RUSTUP_AUTO_INSTALL", "0");
    for name in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
        command.env_remove(name);
    }
    command
}
