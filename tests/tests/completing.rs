//! Values that a shell completes: those of the workspace that the command line names.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::process::Command;

use ratebook_tests::built::built;
use ratebook_tests::workspace::{MONTH, NEXT, Workspace};

/// What fish is offered for the last of these words: values, with their descriptions behind a tab.
fn offered(workspace: &Workspace, words: &[&str]) -> Vec<String> {
    let mut command = Command::new(&built().ratebook);
    command.args(["--", "ratebook"]).args(words).env_clear().env("RATEBOOK_COMPLETE", "fish");
    let output = command.current_dir(workspace.path()).output().unwrap();
    let ran = workspace.ran(&output);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.told());
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn months_sources_customers_and_rules_are_those_of_the_workspace() {
    let workspace = Workspace::of_the_example().unwrap();
    let months = offered(&workspace, &["run", "--month", ""]);
    assert!(months.contains(&MONTH.to_owned()) && months.contains(&NEXT.to_owned()), "{months:?}");
    assert_eq!(offered(&workspace, &["explain", "-m", "2026-03"]), ["2026-03"]);
    let sources = offered(&workspace, &["fetch", "--month", MONTH, "--source", ""]);
    assert_eq!(sources, ["acronis-eu\tacronis", "metallic\tmetallic"]);
    let customers = offered(&workspace, &["explain", "--month", MONTH, "--customer", "north"]);
    assert_eq!(customers, ["northwind\tNorthwind Traders"]);
    let rules = offered(&workspace, &["explain", "--month", MONTH, "--rule", "name-m3"]);
    assert_eq!(rules, ["name-m365"]);
}

#[test]
fn the_workspace_is_the_one_on_the_command_line() {
    let (here, there) =
        (Workspace::in_folder(tempfile::tempdir().unwrap()), Workspace::of_the_example().unwrap());
    assert_eq!(offered(&here, &["fetch", "--source", "acr"]), [""; 0]);
    let folder = there.path().display().to_string();
    assert_eq!(offered(&here, &["-w", &folder, "fetch", "--source", "acr"]), ["acronis-eu\tacronis"]);
    // A workspace in which something is wrong offers nothing, and does not complain between the letters that are typed.
    there.put("ratebook.toml", "version = 2\n").unwrap();
    assert_eq!(offered(&there, &["fetch", "--source", "acr"]), [""; 0]);
}

#[test]
fn each_shell_gets_a_script_that_asks_the_program() {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = workspace.done(&["completions", shell]).stdout;
        assert!(script.contains("RATEBOOK_COMPLETE") && script.contains("ratebook"), "{shell}: {script}");
    }
}

#[test]
fn the_rules_that_are_asked_for_are_explained_alone() {
    let workspace = Workspace::of_the_example().unwrap();
    workspace.done(&["run", "--month", MONTH, "--offline"]);
    let all = workspace.done(&["explain", "--month", MONTH]).stdout;
    let some = workspace.done(&["explain", "--month", MONTH, "--rule", "name-m365"]).stdout;
    assert!(some.contains("Microsoft 365 seat backup") && all.contains("Workstation backup"), "{some}");
    assert!(!some.contains("Workstation backup"), "{some}");
    assert!(some.lines().all(|line| all.contains(line)));
    let wrong = workspace.run(&["explain", "--month", MONTH, "--rule", "name-m356"]).unwrap();
    assert_eq!(wrong.code, 2, "{}", wrong.told());
    assert!(wrong.stderr.contains("Did you mean name-m365?"), "{}", wrong.told());
}
