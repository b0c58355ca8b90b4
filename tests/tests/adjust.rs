//! What a vendor corrects of a closed month: adjustments on the bills of an open one, to the cent.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::fs;

use ratebook_tests::workspace::{MONTH, NEXT, Workspace};
use serde_json::Value;

/// The totals of all bills of a month, in cents, by currency; adjustments apart.
fn totals(workspace: &Workspace, month: &str) -> Vec<(String, i64, i64)> {
    let bills: Value = serde_json::from_str(&workspace.bills(month)).unwrap();
    let cents = |amount: &Value| amount.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let mut sums = std::collections::BTreeMap::<String, (i64, i64)>::new();
    for bill in bills["bills"].as_array().unwrap() {
        let sum = sums.entry(bill["currency"].as_str().unwrap().to_owned()).or_default();
        sum.0 += cents(&bill["total"]);
        for line in bill["lines"].as_array().unwrap().iter().filter(|line| line["kind"] == "adjustment") {
            sum.1 += cents(&line["amount"]);
        }
    }
    sums.into_iter().map(|(currency, (all, adjusted))| (currency, all - adjusted, adjusted)).collect()
}

/// Metallic corrects the month: two seats more, and the pool that was used is gone.
fn correct(workspace: &Workspace) {
    let path = "recordings/2026-03/metallic/usage-summary.json";
    let mut summary: Value = serde_json::from_slice(&workspace.read(path).unwrap()).unwrap();
    let rows = summary["data"].as_array_mut().unwrap();
    rows[1]["consumedQuantity"] = 39.into();
    rows[1]["overageQuantity"] = 39.into();
    rows[1]["billableQuantity"] = 39.into();
    rows[1]["totalCost"] = 156.into();
    rows.remove(2);
    workspace.record_metallic(serde_json::to_string_pretty(&summary).unwrap().as_bytes()).unwrap();
}

/// The example with its first month closed and the vendor's correction of it in the recordings.
fn corrected() -> Workspace {
    let workspace = Workspace::with_a_closed_month().unwrap();
    workspace.done(&["run", "--month", NEXT, "--offline"]);
    correct(&workspace);
    workspace
}

#[test]
fn a_correction_becomes_lines_that_name_what_they_put_right() {
    let workspace = corrected();
    let closed = workspace.read("runs/2026-03/bills.parquet").unwrap();
    let before = totals(&workspace, NEXT);

    let dry = workspace.done(&["adjust", "--month", MONTH, "--into", NEXT, "--offline", "--dry-run"]);
    insta::assert_snapshot!("dry_run", dry.told());
    assert_eq!(totals(&workspace, NEXT), before);
    assert!(!workspace.path().join("runs/2026-04/adjustments").exists());
    workspace.done(&["verify", "--month", NEXT, "--quick"]);

    workspace.done(&["adjust", "--month", MONTH, "--into", NEXT, "--offline"]);
    workspace.done(&["run", "--month", NEXT, "--offline"]);
    let bills: Value = serde_json::from_str(&workspace.bills(NEXT)).unwrap();
    let lines: Vec<&Value> = bills["bills"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|bill| bill["lines"].as_array().unwrap())
        .filter(|line| line["kind"] == "adjustment")
        .collect();
    insta::assert_snapshot!("adjustment_lines", serde_json::to_string_pretty(&lines).unwrap());

    // What the month was closed with, and its adjustments, are what a fresh run of it would bill.
    let fresh = Workspace::of_the_example().unwrap();
    correct(&fresh);
    fresh.done(&["run", "--month", MONTH, "--offline"]);
    let adjusted = totals(&workspace, NEXT);
    for (currency, billed, _) in totals(&workspace, MONTH) {
        let adjusted = adjusted.iter().find(|(other, ..)| *other == currency).map_or(0, |(.., sum)| *sum);
        let fresh = totals(&fresh, MONTH).into_iter().find(|(other, ..)| *other == currency).unwrap().1;
        assert_eq!(billed + adjusted, fresh, "{currency}");
    }
    for ((currency, then, _), (_, now, _)) in before.iter().zip(&adjusted) {
        assert_eq!(then, now, "{currency}: nothing else moves");
    }
    assert_eq!(workspace.read("runs/2026-03/bills.parquet").unwrap(), closed);
    insta::assert_snapshot!(
        "explained_adjustment",
        workspace.done(&["explain", "--month", NEXT, "--customer", "adventure-works"]).told()
    );

    // Twice changes nothing; then the open month is closed with what it carries.
    let bytes = workspace.bills(NEXT);
    workspace.done(&["adjust", "--month", MONTH, "--into", NEXT, "--offline"]);
    workspace.done(&["run", "--month", NEXT, "--offline"]);
    assert_eq!(workspace.bills(NEXT), bytes);
    workspace.done(&["verify", "--month", NEXT]);
    workspace.done(&["close", "--month", NEXT, "--accept-held", "--because", "sales decides"]);
    let again = workspace.run(&["adjust", "--month", MONTH, "--into", NEXT, "--offline"]).unwrap();
    assert_eq!(again.code, 12, "{}", again.told());
    let late = workspace.done(&["adjust", "--month", MONTH, "--into", "2026-05", "--offline", "--dry-run"]);
    assert!(late.stdout.contains("there is nothing to put right"), "{}", late.told());
}

#[test]
fn an_open_month_is_run_again_instead() {
    let workspace = Workspace::of_the_example().unwrap();
    workspace.done(&["run", "--month", MONTH, "--offline"]);
    let open = workspace.run(&["adjust", "--month", MONTH, "--into", NEXT, "--offline"]).unwrap();
    assert!(open.code == 4 && open.stderr.contains("2026-03 is not closed"), "{}", open.told());
    let backwards = workspace.run(&["adjust", "--month", NEXT, "--into", MONTH, "--offline"]).unwrap();
    assert_eq!(backwards.code, 2, "{}", backwards.told());
}

#[test]
fn without_a_correction_there_is_nothing_to_put_right() {
    let workspace = Workspace::with_a_closed_month().unwrap();
    workspace.done(&["run", "--month", NEXT, "--offline"]);
    let bills = workspace.bills(NEXT);
    let nothing = workspace.done(&["adjust", "--month", MONTH, "--into", NEXT, "--offline"]);
    assert!(nothing.stdout.contains("2026-03 is as it was billed"), "{}", nothing.told());
    assert!(!workspace.path().join("runs/2026-04/adjustments").exists());
    workspace.done(&["verify", "--month", NEXT]);
    assert_eq!(workspace.bills(NEXT), bills);
    assert!(fs::metadata(workspace.path().join("runs/2026-04/manifest.json")).is_ok());
}
