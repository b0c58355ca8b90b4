//! A month against the last closed one, and months without some source: what waits for a person, and what is marked.

use ratebook_tests::workspace::{MONTH, NEXT, Workspace};
use serde_json::Value;

#[test]
fn what_differs_much_from_the_last_closed_month_is_accepted_by_its_name() {
    let workspace = Workspace::with_a_closed_month().unwrap();
    // A customer gets another id, by mistake or on purpose: for the books the old one is gone.
    for (from, to) in [
        ("[customer.fabrikam]", "[customer.fabrikam-2]"),
        ("customer = \"fabrikam\"", "customer = \"fabrikam-2\""),
    ] {
        workspace.replace("rules/customers/fabrikam.toml", from, to).unwrap();
    }
    let refused = workspace.run(&["run", "--month", NEXT, "--offline"]).unwrap();
    assert_eq!(refused.code, 4, "{}", refused.told());
    insta::assert_snapshot!("looked_at", refused.told());
    assert!(!workspace.path().join("runs/2026-04/bills.parquet").exists());

    let without_reason = workspace
        .run(&["run", "--month", NEXT, "--offline", "--accept", "vanished:customer:fabrikam"])
        .unwrap();
    assert_eq!(without_reason.code, 2, "{}", without_reason.told());
    let accepted = ["--accept", "vanished:customer:fabrikam", "--because", "renamed in our books"];
    workspace.done(&[&["run", "--month", NEXT, "--offline"][..], &accepted].concat());
    // It stays accepted, and who said so and why is kept with the month.
    workspace.done(&["run", "--month", NEXT, "--offline"]);
    let kept: Value = serde_json::from_slice(&workspace.read("runs/2026-04/accepted.json").unwrap()).unwrap();
    assert_eq!(kept[0]["id"], "vanished:customer:fabrikam");
    assert_eq!(kept[0]["because"], "renamed in our books");
    workspace.done(&["verify", "--month", NEXT]);
}

#[test]
fn a_month_without_a_source_says_so_everywhere_and_cannot_be_closed() {
    let workspace = Workspace::of_the_example().unwrap();
    std::fs::remove_dir_all(workspace.path().join("recordings/2026-03/metallic")).unwrap();
    let refused = workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap();
    assert_eq!(refused.code, 6, "{}", refused.told());
    assert!(!workspace.path().join("runs/2026-03/bills.parquet").exists());

    let partial = workspace.run(&["run", "--month", MONTH, "--offline", "--allow-partial"]).unwrap();
    assert_eq!(partial.code, 11, "{}", partial.told());
    insta::assert_snapshot!("in_part", partial.told());
    assert!(!workspace.path().join("runs/2026-03/bills.parquet").exists());
    assert!(workspace.path().join("runs/2026-03/PARTIAL-bills.parquet").exists());
    let bills: Value = serde_json::from_str(&workspace.bills(MONTH)).unwrap();
    assert_eq!(bills["partial"], serde_json::json!(["metallic"]));
    workspace.done(&["verify", "--month", MONTH]);
    let close = workspace.run(&["close", "--month", MONTH]).unwrap();
    assert!(close.code == 4 && close.stderr.contains("the usage of metallic is missing"), "{}", close.told());
    assert!(workspace.done(&["status"]).stdout.contains("PARTIAL, without metallic"));

    let other = Workspace::of_the_example().unwrap();
    std::fs::create_dir_all(workspace.path().join("recordings/2026-03/metallic")).unwrap();
    for file in ["payloads.json", "usage-summary.json"] {
        let path = format!("recordings/2026-03/metallic/{file}");
        std::fs::write(workspace.path().join(&path), other.read(&path).unwrap()).unwrap();
    }
    workspace.done(&["run", "--month", MONTH, "--offline"]);
    other.done(&["run", "--month", MONTH, "--offline"]);
    assert!(!workspace.path().join("runs/2026-03/PARTIAL-bills.parquet").exists());
    for file in ["bills.parquet", "manifest.json"] {
        let path = format!("runs/2026-03/{file}");
        assert_eq!(workspace.read(&path).unwrap(), other.read(&path).unwrap(), "{file}");
    }
}
