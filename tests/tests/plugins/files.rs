//! Files that are not what they should be, and two plugins in one run.

use ratebook_tests::built::built;

use crate::support::{TestHost, Workspace, config, month, options};
use ratebook::for_tests::{Found, Options, Place, Places, Plugins, Trust, trust};
use serde_json::json;

fn bytes_of(id: &str) -> Vec<u8> {
    std::fs::read(built().plugin(id)).unwrap()
}

/// Why the only file of a workspace is refused.
fn why(bytes: &[u8]) -> String {
    let workspace = Workspace::new();
    workspace.put(bytes, "odd");
    refusal(&workspace.plugins().list()[0]).0
}

fn refusal(found: &Found) -> (String, Option<String>) {
    match &found.trust {
        Trust::Refused { why, fix } => (why.clone(), fix.clone()),
        other => panic!("{other:?}"),
    }
}

/// The same file with other text of the same length in its manifest.
fn patched(id: &str, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes_of(id);
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

#[test]
fn a_file_that_is_no_plugin_is_named_with_its_reason() {
    let whole = bytes_of("misbehaving");
    assert_eq!(why(b""), "the file is empty");
    assert_eq!(
        why(b"once upon a time there was a file that was not a library at all"),
        "it is not a library"
    );
    for length in [100, 5000, whole.len() / 2, whole.len() - 1] {
        let why = why(&whole[..length]);
        assert!(why.starts_with("the file is cut short"), "{length}: {why}");
    }
    assert_eq!(why(&std::fs::read(&built().ratebook).unwrap()), "it is not a plugin of ratebook");
    let newer = why(&patched("misbehaving", "interface=2.", "interface=3."));
    assert!(newer.starts_with("it speaks the plugin interface 3."), "{newer}");
    let foreign = why(&patched("misbehaving", "target=x86", "target=z86"));
    assert!(foreign.starts_with("it is built for z86"), "{foreign}");
    assert!(why(&patched("misbehaving", "id=mis", "id=../")).contains("cannot be an id"));
}

#[test]
#[cfg(target_os = "linux")]
fn another_machines_library_is_named_as_such() {
    let mut bytes = bytes_of("misbehaving");
    bytes[18..20].copy_from_slice(&183_u16.to_le_bytes());
    assert!(why(&bytes).starts_with("it is built for aarch64, this ratebook runs on "));
}

#[test]
fn what_the_lock_does_not_name_is_not_opened() {
    let workspace = Workspace::new();
    let file = workspace.put(&bytes_of("misbehaving"), "misbehaving");
    let plugins = workspace.plugins();
    let (why, fix) = refusal(&plugins.list()[0]);
    assert_eq!(why, "plugins.lock does not name it");
    assert!(fix.unwrap().ends_with(&format!("ratebook plugin trust {}", file.display())));
    let error = plugins.get("misbehaving").unwrap_err().to_string();
    assert!(error.starts_with("plugin misbehaving is not usable: "), "{error}");

    let trusted = trust(workspace.path(), &file).unwrap();
    assert_eq!(trusted.trust, Trust::Locked);
    let lock = std::fs::read_to_string(workspace.path().join("plugins.lock")).unwrap();
    assert!(lock.contains(&format!("sha256 = \"{}\"", trusted.sha256)), "{lock}");
    let plugins = workspace.plugins();
    assert_eq!(plugins.list()[0].trust, Trust::Locked);
    assert_eq!(plugins.get("misbehaving").unwrap().about().unwrap().name, "Misbehaving");
}

#[test]
fn a_file_that_differs_from_the_lock_is_not_opened() {
    let workspace = Workspace::with(&["misbehaving"]);
    let mut bytes = bytes_of("misbehaving");
    bytes.push(0);
    workspace.put(&bytes, "misbehaving");
    let (why, fix) = refusal(&workspace.plugins().list()[0]);
    assert!(why.starts_with("sha256 is ") && why.contains(", plugins.lock says "), "{why}");
    assert!(fix.unwrap().contains("ratebook plugin trust"));
}

#[test]
fn a_file_that_changes_after_it_was_found_is_not_opened() {
    for in_process in [false, true] {
        let workspace = Workspace::with(&["misbehaving"]);
        let plugins = workspace.plugins_with(Options { in_process, ..options() });
        let mut bytes = bytes_of("misbehaving");
        bytes.push(u8::from(in_process));
        workspace.put(&bytes, "misbehaving");
        // A library that this process has opened already stays what it was.
        if !in_process {
            let error = plugins.get("misbehaving").unwrap().about().unwrap_err().to_string();
            assert!(error.contains("is not the file any more that was found"), "{error}");
        }
    }
}

#[test]
fn a_plugin_that_is_not_who_its_file_says_is_refused() {
    let workspace = Workspace::new();
    let file = workspace.put(&patched("misbehaving", "id=misbehaving", "id=mislabelled"), "mislabelled");
    trust(workspace.path(), &file).unwrap();
    for in_process in [false, true] {
        let plugins = workspace.plugins_with(Options { in_process, ..options() });
        let error = plugins.get("mislabelled").unwrap().about().unwrap_err().to_string();
        let text = "plugin mislabelled was not loaded: it says of itself that it is \"misbehaving\"";
        assert_eq!(error, text);
    }
}

#[test]
fn a_library_of_another_abi_is_refused() {
    let workspace = Workspace::new();
    let mut bytes = bytes_of("misbehaving");
    let mark = b"abi stable library for Rust     ";
    let at = bytes.windows(mark.len()).position(|window| window == mark).unwrap();
    bytes[at + mark.len() + 4] = 99;
    let file = workspace.put(&bytes, "misbehaving");
    trust(workspace.path(), &file).unwrap();
    let plugins = workspace.plugins();
    let error = plugins.get("misbehaving").unwrap().about().unwrap_err().to_string();
    assert!(error.starts_with("plugin misbehaving was not loaded: it was built with another "), "{error}");
}

#[test]
fn the_same_id_in_two_files_names_both() {
    let workspace = Workspace::with(&["misbehaving"]);
    let mut other = bytes_of("misbehaving");
    other.push(0);
    let second = workspace.put(&other, "other");
    let error = workspace.plugins().get("misbehaving").unwrap_err().to_string();
    let first = workspace.put(&bytes_of("misbehaving"), "misbehaving");
    let text = format!("plugin misbehaving is there twice: {} and {}", first.display(), second.display());
    assert_eq!(error, text);
    // The same bytes twice are one plugin.
    workspace.put(&bytes_of("misbehaving"), "other");
    workspace.plugins().get("misbehaving").unwrap();
}

#[test]
fn what_stands_beside_the_binary_needs_no_entry() {
    let folder = built().ratebook.parent().unwrap().to_owned();
    let places = Places { beside: Some(folder.clone()), path: vec![folder], ..Places::default() };
    let plugins = Plugins::find(&places, options()).unwrap();
    let found = plugins.get("misbehaving").unwrap().found();
    assert_eq!((&found.trust, found.place), (&Trust::Unlocked, Place::Beside));
    assert!(plugins.get("nobody").unwrap_err().to_string().contains("found: "));
}

#[test]
#[cfg(unix)]
fn what_everybody_may_write_to_is_not_opened() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = Workspace::with(&["misbehaving"]);
    let folder = workspace.path().join("plugins");
    let file = workspace.put(&bytes_of("misbehaving"), "misbehaving");
    let open_to = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open_to(&file, 0o666);
    assert_eq!(refusal(&workspace.plugins().list()[0]).0, "everybody may write to the file");
    open_to(&file, 0o644);
    open_to(&folder, 0o1777);
    assert!(refusal(&workspace.plugins().list()[0]).0.starts_with("everybody may write to /"));
    open_to(&folder, 0o755);
    assert_eq!(workspace.plugins().list()[0].trust, Trust::Locked);
    // Whoever may write where a link lies says what it leads to.
    let elsewhere = tempfile::tempdir().unwrap();
    let real = elsewhere.path().canonicalize().unwrap().join(file.file_name().unwrap());
    std::fs::copy(&file, &real).unwrap();
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&real, &file).unwrap();
    assert_eq!(workspace.plugins().list()[0].trust, Trust::Locked);
    open_to(&folder, 0o777);
    assert!(refusal(&workspace.plugins().list()[0]).0.starts_with("everybody may write to /"));
}

#[test]
fn two_plugins_in_one_run_are_not_mistaken_for_each_other() {
    let workspace = Workspace::with(&["misbehaving", "metallic", "acronis"]);
    for in_process in [false, true] {
        let plugins = workspace.plugins_with(Options { in_process, ..options() });
        for _ in 0..2 {
            for id in ["misbehaving", "metallic", "acronis"] {
                assert_eq!(plugins.get(id).unwrap().about().unwrap().id, id, "in process: {in_process}");
            }
        }
        let mut host = TestHost::new("A\n");
        let plugin = plugins.get("misbehaving").unwrap();
        plugin.map(&config(json!({})), month(), "misbehaving-text", "p.txt", &mut host).unwrap();
        assert_eq!(host.skus, ["A"]);
    }
}
