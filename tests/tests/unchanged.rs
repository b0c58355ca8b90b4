//! A run that changes nothing maps nothing: its lines stand, and all there was to say of them is said again.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use ratebook_tests::workspace::{MONTH, Ran, Workspace};

const STANDS: &str = "metallic: nothing has changed: its lines stand";
const LINES: &str = "runs/2026-03/lines/metallic.parquet";

fn run(workspace: &Workspace) -> Ran {
    workspace.done(&["run", "--verbose", "--month", MONTH, "--offline"])
}

/// All files of the month, but for who holds it.
fn month(workspace: &Workspace) -> BTreeMap<String, Vec<u8>> {
    let files = workspace.files().unwrap().into_iter();
    files.filter(|(name, _)| name.starts_with("runs/") && !name.ends_with(".lock")).collect()
}

#[test]
fn a_second_run_maps_nothing_and_says_the_same() {
    let workspace = Workspace::of_the_example().unwrap();
    // A field that the plugin does not know is warned of.
    let mut summary =
        String::from_utf8(workspace.read("recordings/2026-03/metallic/usage-summary.json").unwrap()).unwrap();
    let at = summary.find("\"").unwrap();
    summary.insert_str(at, "\"brandNew\": 1, ");
    workspace.record_metallic(summary.as_bytes()).unwrap();
    let (first, files) = (run(&workspace), month(&workspace));
    let second = run(&workspace);
    assert!(!first.stderr.contains(STANDS) && first.stderr.contains("brandNew"), "{}", first.told());
    assert!(second.stderr.contains(STANDS) && second.stderr.contains("brandNew"), "{}", second.told());
    assert_eq!((second.stdout, month(&workspace)), (first.stdout, files));
    let strict = workspace.run(&["run", "--strict", "--month", MONTH, "--offline"]).unwrap();
    assert!(strict.code == 4 && strict.stderr.contains("brandNew"), "{}", strict.told());
}

#[test]
fn whatever_lines_depend_on_has_them_mapped_again() {
    let workspace = Workspace::of_the_example().unwrap();
    run(&workspace);
    let files = month(&workspace);
    let kept = "runs/2026-03/state/mapped/metallic.json";

    // What was edited after a run is made anew when that is said.
    let same = |what: &str| {
        let arguments = ["run", "--verbose", "--month", MONTH, "--offline"];
        assert_eq!(workspace.run(&arguments).unwrap().code, 12, "{what}");
        let ran = workspace.done(&[&arguments[..], &["--force"]].concat());
        assert!(!ran.stderr.contains(STANDS), "{what}: {}", ran.told());
        assert_eq!(month(&workspace), files, "{what}");
        assert!(run(&workspace).stderr.contains(STANDS), "{what}");
    };
    let whole = workspace.read(kept).unwrap();
    for (what, broken) in [
        (
            "what was kept was edited",
            String::from_utf8(whole.clone()).unwrap().replace("\"lines\": ", "\"lines\": 1"),
        ),
        ("half of what was kept", String::from_utf8_lossy(&whole[..whole.len() / 2]).into_owned()),
    ] {
        workspace.put(kept, broken).unwrap();
        same(what);
    }
    std::fs::remove_file(workspace.path().join(kept)).unwrap();
    same("nothing was kept");
    std::fs::remove_file(workspace.path().join(LINES)).unwrap();
    same("the lines are gone");
    workspace.edit_lines(LINES, "MTSP-M365E-USR-UP", "MTSP-M365E-USR-ADD").unwrap();
    same("the lines were edited");

    workspace.replace("ratebook.toml", "tenant = \"4711\"", "tenant = \"4712\"").unwrap();
    // Nobody is known for that tenant.
    let ran = workspace.run(&["run", "--verbose", "--month", MONTH, "--offline"]).unwrap();
    assert!(ran.code == 4 && !ran.stderr.contains(STANDS), "{}", ran.told());
    assert!(ran.stderr.contains("acronis-eu: nothing has changed"), "{}", ran.told());
}
