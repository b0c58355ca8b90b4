//! Laws of the house that the compiler does not hold: who may import whom, what may stand where.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;
use ratebook_tests::circles::rings;

/// Files longer than this are split, or stand in [`LONG_FILES`].
const LINES_MAX: usize = 400;

/// Files that may be longer, each with the reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// The only files that may hold `unsafe`, each with the reason.
const UNSAFE_FILES: [(&str, &str); 11] = [
    ("host/src/file_size.rs", "sets what a signal does"),
    ("core/plugin/src/abi.rs", "the border between host and plugin libraries"),
    ("core/plugin/src/export.rs", "a symbol that a library exports must be alone in it"),
    ("host/src/memory.rs", "the C library's allocator is told what to keep"),
    ("host/src/plugins/load.rs", "a library that is opened runs its own code"),
    ("host/src/plugins/sandbox/refused.rs", "only a signal handler learns which system call was refused"),
    ("tests/misbehaving/src/constructor.rs", "a constructor is a pointer in a section of its own"),
    ("tests/misbehaving/src/pipe.rs", "the pipe is somebody else's descriptor"),
    ("tests/misbehaving/src/reach.rs", "the system is asked for what no library of safe code asks it for"),
    ("tests/src/calls.rs", "a process asks to be traced between fork and exec"),
    ("tests/misbehaving/src/wrong.rs", "what a plugin must not do is often not possible in safe code"),
];

/// Crates no files of which import each other in a ring.
const WITHOUT_RINGS: [&str; 9] = [
    "core/line",
    "core/plugin",
    "core/rating",
    "host",
    "plugins/acronis",
    "plugins/focus",
    "plugins/metallic",
    "plugins/sophos",
    "plugins/table",
];

/// Plugin interfaces as they were published: written under the laws of their day, and never edited
/// (`tests/tests/compat.rs` knows their digests).
const FROZEN: &str = "tests/compat";

/// The only file that names the crate behind the plugin border.
const ABI_FILE: &str = "core/plugin/src/abi.rs";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file of the repository that people write, as its path from the root and its text.
fn files(endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(root(), endings, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no {endings:?} below {}", root().display());
    found
}

fn collect(folder: &Path, endings: &[&str], found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_made = ["target", ".git", "runs", "out", "corpus"].contains(&name.as_str());
        if path.is_dir() && !is_made && path != root().join(FROZEN) {
            collect(&path, endings, found);
        } else if path.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
            let from_root = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            found.push((from_root, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The code of a file: lines that are not comments, counted from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// True if `word` stands in `line` as a word of its own.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part))
}

/// Places in code outside the named files where a word stands.
fn places_of(word: &str, rooms: &[&str], except: &[&str]) -> Vec<String> {
    files(&[".rs"])
        .iter()
        .filter(|(path, _)| {
            rooms.iter().any(|room| path.starts_with(room)) && !except.contains(&path.as_str())
        })
        .flat_map(|(path, text)| {
            let lines = code(text).filter(|(_, line)| has_word(line, word));
            lines.map(move |(number, line)| format!("{path}:{number}: {}", line.trim())).collect::<Vec<_>>()
        })
        .collect()
}

/// Who may import whom, by the folder of the crate.
fn may_import(from: &str, to: &str) -> bool {
    let is_plugin = |room: &str| room.starts_with("plugins/") || room == "tests/misbehaving";
    match from {
        "core/line" => false,
        "core/plugin" | "core/rating" => to == "core/line",
        "host" => to.starts_with("core/"),
        "tests" => true,
        // Whatever else there is (vendors, the misbehaving plugin, templates) is written by plugin authors.
        plugin => {
            (is_plugin(plugin) || plugin.starts_with("examples/"))
                && ["core/plugin", "core/line"].contains(&to)
        }
    }
}

#[test]
fn crates_import_only_in_the_allowed_directions() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    let room = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    let mut imports = Vec::new();
    for package in &metadata.packages {
        let from = room(package.manifest_path.parent().unwrap().as_std_path());
        for dependency in &package.dependencies {
            if let Some(path) = &dependency.path {
                imports.push((from.clone(), room(path.as_std_path())));
            }
        }
    }
    assert!(imports.contains(&("core/plugin".to_owned(), "core/line".to_owned())), "{imports:?}");
    imports.retain(|(from, to)| !may_import(from, to));
    assert!(imports.is_empty(), "these imports go the wrong way: {imports:?}");
}

#[test]
fn the_wrong_directions_are_known_as_wrong() {
    let wrong = [
        ("plugins/acronis", "plugins/metallic"),
        ("plugins/acronis", "host"),
        ("plugins/acronis", "core/rating"),
        ("host", "plugins/acronis"),
        ("host", "tests"),
        ("core/line", "core/plugin"),
        ("core/rating", "core/plugin"),
        ("tests/misbehaving", "host"),
    ];
    for (from, to) in wrong {
        assert!(!may_import(from, to), "{from} -> {to}");
    }
}

#[test]
fn one_file_names_the_crate_behind_the_plugin_border() {
    let border = concat!("abi", "_stable");
    let places = places_of(border, &[""], &[ABI_FILE]);
    assert!(places.is_empty(), "only {ABI_FILE} may name {border}:\n{}", places.join("\n"));
    let manifests = files(&["Cargo.toml"]);
    let users = manifests.iter().filter(|(_, text)| text.lines().any(|line| line.starts_with(border)));
    let users: Vec<&str> = users.map(|(path, _)| path.as_str()).collect();
    assert_eq!(users, ["Cargo.toml", "core/plugin/Cargo.toml"], "only core/plugin may depend on {border}");
}

#[test]
fn files_are_short_enough_to_read() {
    let mut long = Vec::new();
    let mut excused: BTreeMap<&str, &str> = LONG_FILES.into();
    for (path, text) in files(&[".rs"]) {
        let lines = text.lines().count();
        if lines > LINES_MAX && excused.remove(path.as_str()).is_none() {
            long.push(format!("{path}: {lines} lines"));
        }
    }
    assert!(long.is_empty(), "split these by subject (at most {LINES_MAX} lines):\n{}", long.join("\n"));
    assert!(excused.is_empty(), "no longer too long, so no longer excused: {excused:?}");
}

#[test]
fn files_do_not_import_each_other_in_a_ring() {
    for room in WITHOUT_RINGS {
        let below = format!("{room}/src/");
        let sources = files(&[".rs"])
            .into_iter()
            .filter_map(|(path, text)| Some((path.strip_prefix(&below)?.to_owned(), text)))
            .collect();
        let told: Vec<String> =
            rings(&sources).iter().map(|ring| format!("{room}: {}", ring.join(", "))).collect();
        assert!(told.is_empty(), "each of these imports the others:\n{}", told.join("\n"));
    }
}

#[test]
fn unsafe_code_stands_only_in_the_named_files() {
    let named: Vec<&str> = UNSAFE_FILES.iter().map(|(path, _)| *path).collect();
    let keyword = concat!("un", "safe");
    let places = places_of(keyword, &[""], &named);
    assert!(places.is_empty(), "not here:\n{}", places.join("\n"));
    for name in named {
        let text = fs::read_to_string(root().join(name)).unwrap();
        assert!(code(&text).any(|(_, line)| has_word(line, keyword)), "{name} no longer needs to be named");
    }
}

#[test]
fn money_is_never_a_binary_float() {
    for float in [concat!("f", "32"), concat!("f", "64")] {
        let places = places_of(float, &["core/", "plugins/"], &[]);
        assert!(places.is_empty(), "no {float} in core and plugins:\n{}", places.join("\n"));
    }
    let clippy: Vec<_> =
        files(&["clippy.toml"]).into_iter().filter(|(path, _)| path != "clippy.toml").collect();
    for (path, _) in files(&["Cargo.toml"]) {
        let Some(folder) = path.strip_suffix("Cargo.toml") else { continue };
        if folder.starts_with("core/") || folder.starts_with("plugins/") {
            let rules = clippy.iter().find(|(path, _)| *path == format!("{folder}clippy.toml"));
            let rules: toml::Table =
                rules.unwrap_or_else(|| panic!("{folder} has no clippy.toml")).1.parse().unwrap();
            for list in ["disallowed-types", "disallowed-methods", "disallowed-macros"] {
                assert!(rules.contains_key(list), "{folder}clippy.toml has no {list}");
            }
            let types = rules["disallowed-types"].to_string();
            assert!(types.contains("f32") && types.contains("f64"), "{folder}clippy.toml lets floats in");
        }
    }
}

#[test]
fn lints_are_the_workspaces_and_silenced_only_with_a_reason() {
    for (path, text) in files(&["Cargo.toml"]) {
        let manifest: toml::Table = text.parse().unwrap();
        if manifest.contains_key("package") {
            let inherits =
                manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
            assert_eq!(inherits, Some(true), "{path} must say [lints] workspace = true");
            let edition = manifest["package"]["edition"].get("workspace");
            assert!(edition.is_some(), "{path} must take its edition from the workspace");
        }
    }
    let allow = concat!("#[", "allow(");
    let inner = concat!("#![", "allow(");
    for (path, text) in files(&[".rs"]) {
        for (number, line) in code(&text) {
            let silences = line.contains(allow) || line.contains(inner);
            assert!(!silences, "{path}:{number}: write #[expect(.., reason = \"..\")]");
        }
        let expects = text.matches(concat!("[", "expect(")).count();
        let reasons = text.matches("reason =").count();
        assert!(expects <= reasons, "{path}: {expects} lints are silenced, {reasons} with a reason");
    }
}

#[test]
fn no_snapshot_waits_to_be_looked_at() {
    let mut waiting = Vec::new();
    collect(root(), &[".snap.new"], &mut waiting);
    let waiting: Vec<String> = waiting.into_iter().map(|(path, _)| path).collect();
    assert!(waiting.is_empty(), "accept or reject {waiting:?}");
    assert!(fs::read_to_string(root().join(".gitignore")).unwrap().contains("*.snap.new"));
}

#[test]
fn the_changelog_has_room_for_the_next_change() {
    let text = fs::read_to_string(root().join("CHANGELOG.md")).expect("CHANGELOG.md");
    assert!(
        text.lines().any(|line| line.starts_with("## [Unreleased]")),
        "no `## [Unreleased]` in CHANGELOG.md"
    );
}

#[test]
fn some_words_never_occur() {
    // Notes to oneself, places on one machine, and phrases that tell an operator nothing.
    let never = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("X", "XX"),
        concat!("/ho", "me/"),
        concat!("/wo", "rk/"),
        concat!("something went", " wrong"),
        concat!("Something went", " wrong"),
    ];
    let mut places = Vec::new();
    for (path, text) in files(&[".rs", ".md", ".toml", ".json", ".yml"]) {
        for (index, line) in text.lines().enumerate() {
            for word in never {
                if line.contains(word) {
                    places.push(format!("{path}:{}: {word}", index + 1));
                }
            }
        }
    }
    assert!(places.is_empty(), "take these out:\n{}", places.join("\n"));
}
