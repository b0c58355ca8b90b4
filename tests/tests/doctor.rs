//! `ratebook doctor`: what is wrong with a setup is said in plain words, and nothing is changed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ratebook_tests::workspace::Workspace;

/// What differs between machines, taken out: room, clock, kernel.
fn told(text: &str) -> String {
    let same = |line: &&str| {
        !["GiB are left", "MiB are left", " UTC", "sandbox"].iter().any(|word| line.contains(word))
    };
    // Which plugins there are is not this test's.
    let cut = |line: &str| line.split("; found: ").next().unwrap_or_default().to_owned() + "\n";
    text.lines().filter(same).map(cut).collect()
}

#[test]
fn a_good_setup_is_good() {
    let workspace = Workspace::of_the_example().unwrap();
    fs::set_permissions(workspace.path().join("ratebook.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(workspace.path().join("rules/main.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    let before = workspace.files().unwrap();
    let good = workspace.run(&["doctor"]).unwrap();
    assert_eq!(good.code, 0, "{}", good.told());
    insta::assert_snapshot!("good", told(&good.stdout));
    assert_eq!(workspace.files().unwrap(), before);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_no_secret_with_it() {
    let workspace = Workspace::of_the_example().unwrap();
    let main = workspace.path().join("rules/main.toml");
    fs::set_permissions(&main, fs::Permissions::from_mode(0o666)).unwrap();
    workspace.replace("rules/main.toml", "version = 1", "version = 1\npirce = 1").unwrap();
    workspace.replace("ratebook.toml", "plugin = \"metallic\"", "plugin = \"nobody\"").unwrap();
    let mut command = workspace.command(&["doctor"]);
    command.env_remove("METALLIC_ACCESS_TOKEN").env("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:1");
    let wrong = workspace.ran(&command.output().unwrap());
    assert_eq!(wrong.code, 3, "{}", wrong.told());
    insta::assert_snapshot!("wrong", told(&wrong.stdout));
    assert!(!wrong.told().contains("hunter2"));
}
