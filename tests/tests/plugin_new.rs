//! A plugin begun with `ratebook plugin new`: a crate outside the repository that builds, passes, and is run by the
//! binary.

use std::fs;
use std::path::Path;
use std::process::Command;

use ratebook_tests::workspace::Workspace;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn what_is_written_is_the_crate_that_is_built_here() {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let made = workspace.run(&["plugin", "new", "acme", "--ratebook", ROOT, "--dir", "."]).unwrap();
    assert_eq!(made.code, 0, "{}", made.told());
    let mut names = Vec::new();
    for (name, bytes) in workspace.files().unwrap() {
        if name != "Cargo.toml" && name != ".gitignore" {
            let ours = fs::read(Path::new(ROOT).join("examples/plugin").join(&name)).unwrap();
            // A snapshot says where its test is.
            let ours = String::from_utf8(ours).unwrap().replace("source: examples/plugin/", "source: ");
            assert!(bytes == ours.as_bytes(), "{name} is not that of examples/plugin");
            names.push(name);
        }
    }
    for folder in ["src", "tests", "fixtures/one-page", "fixtures/wrong-rows"] {
        for entry in fs::read_dir(Path::new(ROOT).join("examples/plugin").join(folder)).unwrap() {
            let name = format!("{folder}/{}", entry.unwrap().file_name().display());
            assert!(names.contains(&name), "{name} is not written");
        }
    }
}

#[test]
fn in_the_repository_it_is_a_member_of_the_workspace() {
    // As much of a checkout as the command looks at.
    let checkout = tempfile::tempdir().unwrap();
    for folder in ["core/plugin", "plugins"] {
        fs::create_dir_all(checkout.path().join(folder)).unwrap();
    }
    fs::write(checkout.path().join("core/plugin/Cargo.toml"), "").unwrap();
    let workspace = Workspace::in_folder(checkout);
    let new = |name: &str, dir: &str| {
        let made = workspace.run(&["plugin", "new", name, "--ratebook", ".", "--dir", dir]).unwrap();
        assert_eq!(made.code, 0, "{}", made.told());
        let read = |file: &str| String::from_utf8(workspace.read(&format!("{dir}/{file}")).unwrap()).unwrap();
        (made.told(), read("Cargo.toml"), read("fixtures/one-page/lines.snap"))
    };
    let (told, manifest, snapshot) = new("veeam-vspc", "plugins/veeam");
    let ours = fs::read_to_string(Path::new(ROOT).join("examples/plugin/Cargo.toml")).unwrap();
    assert_eq!(manifest, ours.replace("acme", "veeam-vspc").replace("Acme", "VeeamVspc"));
    assert!(snapshot.contains("source: plugins/veeam/tests/fixtures.rs"), "{snapshot}");
    assert!(told.contains("cargo test -p ratebook-plugin-veeam-vspc"), "{told}");
    // Elsewhere it stands alone, and names ratebook as the command did.
    let (_, manifest, snapshot) = new("veeam-vspc", "elsewhere/veeam");
    assert!(manifest.contains("[workspace]"), "{manifest}");
    assert!(manifest.contains("path = \"../../core/plugin\""), "{manifest}");
    assert!(snapshot.contains("source: tests/fixtures.rs"), "{snapshot}");
}

#[test]
fn a_new_plugin_builds_passes_and_maps() {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let init = workspace.run(&["init"]).unwrap();
    assert_eq!(init.code, 0, "{}", init.told());
    let made = workspace.run(&["plugin", "new", "blue-sky", "--ratebook", ROOT]).unwrap();
    assert_eq!(made.code, 0, "{}", made.told());

    // Outside the repository, as an author's crate is. It is built into our own target folder, by our versions and
    // profile: what it depends on is there already.
    let target = Path::new(ROOT).join("target");
    let lock = "ratebook-plugin-blue-sky/Cargo.lock";
    fs::copy(Path::new(ROOT).join("Cargo.lock"), workspace.path().join(lock)).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for command in ["test", "build"] {
        let built = Command::new(&cargo)
            .args([command, "--quiet"])
            .current_dir(workspace.path().join("ratebook-plugin-blue-sky"))
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
            .env("INSTA_UPDATE", "no")
            .output()
            .unwrap();
        assert!(built.status.success(), "cargo {command}:\n{}", String::from_utf8_lossy(&built.stderr));
    }

    let library =
        format!("{}ratebook_plugin_blue_sky{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    fs::create_dir(workspace.path().join("plugins")).unwrap();
    fs::copy(target.join("debug").join(&library), workspace.path().join("plugins").join(&library)).unwrap();
    let checked = workspace
        .run(&[
            "plugin",
            "check",
            &format!("plugins/{library}"),
            "--fixtures",
            "ratebook-plugin-blue-sky/fixtures",
            "--junit",
            "junit.xml",
        ])
        .unwrap();
    assert_eq!(checked.code, 0, "{}", checked.told());
    assert!(checked.stdout.contains("19 passed, 0 failed, 0 skipped"), "{}", checked.told());
    let junit = String::from_utf8(workspace.read("junit.xml").unwrap()).unwrap();
    assert_eq!(junit.matches("<testcase ").count(), 19, "{junit}");
    let trusted = workspace.run(&["plugin", "trust", &format!("plugins/{library}")]).unwrap();
    assert_eq!(trusted.code, 0, "{}", trusted.told());
    let config = "version = 1\n[source.sky]\nplugin = \"blue-sky\"\nurl = \"https://api.blue-sky.example\"\n";
    fs::write(workspace.path().join("ratebook.toml"), config).unwrap();
    let payload = "ratebook-plugin-blue-sky/fixtures/one-page/payload.json";
    let imported = workspace.run(&["import", "--source", "sky", "--month", "2026-03", payload]).unwrap();
    assert_eq!(imported.code, 0, "{}", imported.told());
    let mapped = workspace.run(&["normalize", "--month", "2026-03"]).unwrap();
    assert_eq!(mapped.code, 0, "{}", mapped.told());
    let lines = workspace.lines("2026-03", "sky");
    assert_eq!(lines.lines().count(), 2, "{lines}");
    assert!(lines.contains("\"1234567890123.4567\""), "{lines}");
}

#[test]
fn a_name_that_is_none_and_a_folder_that_is_taken_are_refused() {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    for name in ["", "Acme", "9lives", "a/b", "..", "acme-"] {
        let refused = workspace.run(&["plugin", "new", name, "--ratebook", ROOT]).unwrap();
        assert_eq!(refused.code, 2, "{name}: {}", refused.told());
    }
    fs::write(workspace.path().join("mine.txt"), "mine").unwrap();
    let refused = workspace.run(&["plugin", "new", "acme", "--ratebook", ROOT, "--dir", "."]).unwrap();
    assert_eq!(refused.code, 2, "{}", refused.told());
    let refused = workspace.run(&["plugin", "new", "acme", "--ratebook", "."]).unwrap();
    assert_eq!(refused.code, 2, "{}", refused.told());
    assert_eq!(workspace.files().unwrap().len(), 1, "nothing was written");
}
