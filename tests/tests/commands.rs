//! Commands beside `run`, through the release binary: import, explain, rate, plugin list; a month that is held, and one
//! that was killed.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ratebook_tests::built::built;
use ratebook_tests::generate::acronis_workspace;
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

fn good(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.told());
    ran
}

fn bills(workspace: &Workspace) -> Vec<u8> {
    workspace.bills("2026-03").into_bytes()
}

fn example(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/month");
    root.join(path).canonicalize().unwrap().display().to_string()
}

#[test]
fn files_downloaded_by_hand_make_the_same_bills() {
    let recorded = Workspace::of_the_example().unwrap();
    good(recorded.run(&["run", "--month", MONTH, "--offline"]).unwrap());

    let by_hand = Workspace::of_the_example().unwrap();
    let usage = example("recordings/2026-03/acronis-eu/usage.csv.gz");
    let summary = example("recordings/2026-03/metallic/usage-summary.json");
    let ran = good(by_hand.run(&["import", "--month", MONTH, "--source", "acronis-eu", &usage]).unwrap());
    assert!(ran.stdout.contains("acronis-csv-v2"), "{}", ran.told());
    good(by_hand.run(&["import", "--month", MONTH, "--source", "metallic", &summary]).unwrap());
    // Neither recordings nor vendors are asked: what was imported is there and whole.
    fs::remove_dir_all(by_hand.path().join("recordings")).unwrap();
    good(by_hand.run(&["run", "--month", MONTH]).unwrap());
    assert_eq!(bills(&by_hand), bills(&recorded));
}

#[test]
fn what_cannot_be_imported_is_told_and_changes_nothing() {
    let workspace = Workspace::of_the_example().unwrap();
    let before = workspace.files().unwrap();
    let rules = example("rules/main.toml");
    let import = |more: &[&str]| workspace.run(&[&["import", "--month", MONTH], more].concat()).unwrap();
    let unknown = import(&["--source", "metallic", &rules]);
    assert_eq!(unknown.code, 6, "{}", unknown.told());
    assert!(unknown.stderr.contains("does not recognize this file"), "{}", unknown.told());
    assert!(unknown.stderr.contains("--as FORMAT, one of metallic-usage-summary"), "{}", unknown.told());
    let misspelt = import(&["--source", "metalic", &rules]);
    assert_eq!(
        (misspelt.code, misspelt.stderr.contains("Did you mean metallic?")),
        (2, true),
        "{}",
        misspelt.told()
    );
    let format = import(&["--source", "metallic", "--as", "csv", &rules]);
    assert_eq!(format.code, 2, "{}", format.told());
    let payloads = |files: &[(String, Vec<u8>)]| {
        files.iter().filter(|(name, _)| !name.ends_with(".lock")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(payloads(&workspace.files().unwrap()), payloads(&before));
}

#[test]
fn a_bill_is_explained_from_the_vendors_row_to_the_amount() {
    let workspace = Workspace::of_the_example().unwrap();
    good(workspace.run(&["run", "--month", MONTH, "--offline", "--quiet"]).unwrap());
    let ran = good(workspace.run(&["explain", "--month", MONTH, "--customer", "adventure-works"]).unwrap());
    insta::assert_snapshot!("explained_bill", ran.stdout);
    let held = good(workspace.run(&["explain", "--month", MONTH, "--line", "36"]).unwrap());
    assert!(held.stdout.starts_with("held: rule (rule advanced-security)"), "{}", held.told());
    let json = good(workspace.run(&["explain", "--month", MONTH, "--format", "json"]).unwrap());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["bills"].as_array().unwrap().len(), 6);
    let nobody = workspace.run(&["explain", "--month", MONTH, "--customer", "northwnd"]).unwrap();
    assert_eq!((nobody.code, nobody.stderr.contains("Did you mean northwind?")), (2, true));
}

#[test]
fn plugins_are_listed_without_running_them() {
    let workspace = Workspace::of_the_example().unwrap();
    let ran = good(workspace.run(&["plugin", "list", "--format", "json"]).unwrap());
    let list: Value = serde_json::from_str(&ran.stdout).unwrap();
    for id in ["acronis", "metallic"] {
        let plugin = list["plugins"].as_array().unwrap().iter().find(|plugin| plugin["id"] == id).unwrap();
        let (major, minor) = ratebook_plugin::manifest::INTERFACE;
        assert_eq!(plugin["state"], "unlocked");
        assert_eq!(plugin["interface"], format!("{major}.{minor}"));
    }
}

#[test]
fn lines_that_are_none_are_refused_with_their_place() {
    let workspace = Workspace::of_the_example().unwrap();
    let lines = workspace.path().join("lines.jsonl");
    let good_line = r#"{"usageMonth":"2026-03-01","customer":"northwind","vendor":"acronis","skuId":"SPGAMSENS","consumedQuantity":1}"#;
    fs::write(&lines, format!("{good_line}\n{}", good_line.replace("skuId", "skuID"))).unwrap();
    let (rules, lines) = (workspace.path().join("rules/main.toml"), lines.display().to_string());
    let rules = rules.display().to_string();
    let ran = workspace.run(&["rate", "--rules", &rules, "--lines", &lines, "--month", MONTH]).unwrap();
    assert_eq!(ran.code, 6, "{}", ran.told());
    assert!(ran.stderr.contains("lines.jsonl:2:"), "{}", ran.told());
    assert!(ran.stderr.contains("unknown field `skuID`"), "{}", ran.told());
}

#[test]
fn a_month_that_another_run_holds_is_left_alone() {
    let workspace = Workspace::of_the_example().unwrap();
    let folder = workspace.path().join("runs/2026-03");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join(".lock")).unwrap();
    fs::write(folder.join(".lock"), "pid 4121 since then").unwrap();
    lock.lock().unwrap();
    let ran = workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap();
    assert_eq!((ran.code, ran.stderr.contains("pid 4121")), (10, true), "{}", ran.told());
    drop(lock);
    good(workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap());
}

/// Killed at many points, the next run ends with the bytes of one that was left alone.
#[test]
fn a_killed_run_leaves_nothing_that_the_next_one_trips_over() {
    let folder = || {
        let folder = tempfile::tempdir().unwrap();
        acronis_workspace(folder.path(), 20_000, 7).unwrap();
        Workspace::in_folder(folder)
    };
    let run = ["run", "--month", MONTH, "--offline", "--quiet"];
    let alone = folder();
    good(alone.run(&run).unwrap());
    let killed = folder();
    for milliseconds in [2, 10, 25, 50, 80, 120, 170, 230, 300] {
        let mut child = Command::new(&built().ratebook)
            .args(run)
            .args(["--workspace".as_ref(), killed.path().as_os_str()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        // What a manifest names is whole, at any time.
        if let Ok(manifest) = killed.read("runs/2026-03/manifest.json") {
            let manifest: Value = serde_json::from_slice(&manifest).unwrap();
            for (name, entry) in manifest["files"].as_object().unwrap() {
                let bytes = killed.read(&format!("runs/2026-03/{name}")).unwrap();
                assert_eq!(entry["sha256"], ratebook_tests::recording::sha256(&bytes).as_str(), "{name}");
            }
        }
    }
    good(killed.run(&run).unwrap());
    for file in
        ["bills.parquet", "bill_lines.parquet", "fates.parquet", "manifest.json", "lines/acronis.parquet"]
    {
        let file = format!("runs/2026-03/{file}");
        assert!(killed.read(&file).unwrap() == alone.read(&file).unwrap(), "{file} differs");
    }
}
