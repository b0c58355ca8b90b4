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

/// The total of a customer's bill, by the bill document.
fn total_of(workspace: &Workspace, month: &str, customer: &str) -> String {
    let bills: Value = serde_json::from_str(&workspace.bills(month)).unwrap();
    let bills = bills["bills"].as_array().unwrap();
    let bill = bills.iter().find(|bill| bill["customer"] == customer).unwrap();
    bill["total"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_recorded_or_compared_has_all_that_is_on_the_bill() {
    let workspace = corrected();
    let before = total_of(&workspace, NEXT, "adventure-works");
    workspace.done(&["adjust", "--month", MONTH, "--into", NEXT, "--offline"]);
    workspace.done(&["run", "--month", NEXT, "--offline"]);
    let billed = total_of(&workspace, NEXT, "adventure-works");
    assert_ne!(billed, before, "the correction is on this bill");

    let snapshot =
        || String::from_utf8(workspace.read("tests/2026-04/bills/adventure-works.snap").unwrap()).unwrap();
    workspace.done(&["test", "record", "--month", NEXT]);
    assert!(snapshot().contains(&format!("total      {billed} EUR\n")), "{billed}\n{}", snapshot());
    assert!(snapshot().contains("adjustment: "), "{}", snapshot());
    workspace.done(&["test"]);
    workspace.done(&["test", "record", "--month", NEXT, "--replace", "--anonymize"]);
    assert!(snapshot().contains(&format!("total      {billed} EUR\n")), "{billed}\n{}", snapshot());
    workspace.done(&["test"]);

    // Both months as they were billed; the recorded one is the same month.
    for more in [&[][..], &["--recorded"]] {
        let mut arguments = vec!["diff", "--from", "dir:rules", "--month", NEXT, "--format", "json"];
        arguments.extend(more);
        let found: Value = serde_json::from_str(&workspace.done(&arguments).stdout).unwrap();
        let all = &found["comparisons"][0]["totals"]["EUR"];
        let sum: i64 = totals(&workspace, NEXT)
            .iter()
            .filter(|(currency, ..)| currency == "EUR")
            .map(|(_, own, adjusted)| own + adjusted)
            .sum();
        let new = all["new"].as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
        assert_eq!(new, sum, "{more:?}: {all}");
    }
    let months = ["diff", "--from-month", MONTH, "--month", NEXT, "--format", "json"];
    let found: Value = serde_json::from_str(&workspace.done(&months).stdout).unwrap();
    let moved = found["comparisons"][0]["moved"].as_array().unwrap();
    let bill = moved.iter().find(|bill| bill["customer"] == "adventure-works").unwrap();
    assert_eq!(bill["new"]["total"], billed.as_str());
    assert_eq!(bill["old"]["total"], total_of(&workspace, MONTH, "adventure-works").as_str());

    // What was damaged by hand is told with its place.
    workspace.put("tests/2026-04/adjustments.jsonl", "{}\n").unwrap();
    let damaged = workspace.run(&["test"]).unwrap();
    assert!(damaged.code == 6 && damaged.told().contains("adjustments.jsonl:1"), "{}", damaged.told());
    assert!(damaged.told().contains("test record --month 2026-04 --replace"), "{}", damaged.told());
}

/// A source whose files are taken in by hand.
const BY_HAND: &str = r#"version = 1
[source.hosting]
plugin = "table"
[source.hosting.config]
columns = { tenant = "Customer", skuId = "Item", consumedQuantity = "Qty" }
month = { column = "Day" }
"#;

const PER_MACHINE: &str = r#"version = 1
[settings]
currency = "EUR"
[customer.nordwind]
tenants = ["table:1017"]
[[rule]]
id = "machines"
reason = "price list"
when = { sku = "VM" }
price = "9.50"
"#;

#[test]
fn a_month_that_was_taken_in_by_hand_is_corrected_by_a_file() {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    workspace.put("ratebook.toml", BY_HAND).unwrap();
    workspace.put("rules/main.toml", PER_MACHINE).unwrap();
    let export = |file: &str, quantity: u32, day: &str| {
        workspace.put(file, format!("Customer,Item,Qty,Day\n1017,VM,{quantity},{day}\n")).unwrap();
    };
    export("march.csv", 10, "2026-03-31");
    export("april.csv", 10, "2026-04-30");
    for (month, file) in [(MONTH, "march.csv"), (NEXT, "april.csv")] {
        workspace.done(&["import", "--source", "hosting", "--month", month, file]);
        workspace.done(&["run", "--month", month]);
    }
    workspace.done(&["close", "--month", MONTH]);

    // Two machines were taken back: 2 x 9.50 less.
    export("corrected.csv", 8, "2026-03-31");
    let closed =
        workspace.run(&["import", "--source", "hosting", "--month", MONTH, "corrected.csv"]).unwrap();
    assert!(closed.code == 12 && closed.stderr.contains("--file SOURCE=PATH"), "{}", closed.told());
    let asks = workspace.run(&["adjust", "--month", MONTH, "--into", NEXT]).unwrap();
    let said = "ratebook adjust --month 2026-03 --into 2026-04 --file hosting=PATH";
    assert!(asks.code != 0 && asks.stderr.contains(said), "{}", asks.told());

    let adjust = |file: &str| {
        let file = format!("hosting={file}");
        workspace.run(&["adjust", "--month", MONTH, "--into", NEXT, "--file", &file]).unwrap()
    };
    for wrong in ["april.csv", "none.csv"] {
        let wrong = adjust(wrong);
        assert!(
            wrong.code != 0 && !workspace.path().join("runs/2026-04/adjustments").exists(),
            "{}",
            wrong.told()
        );
    }
    let unknown = workspace
        .run(&["adjust", "--month", MONTH, "--into", NEXT, "--file", "hostign=corrected.csv"])
        .unwrap();
    assert!(unknown.code == 2 && unknown.stderr.contains("Did you mean hosting?"), "{}", unknown.told());
    let done = adjust("corrected.csv");
    assert!(done.code == 0 && done.stdout.contains("-19.00"), "{}", done.told());
    workspace.done(&["run", "--month", NEXT]);
    assert_eq!(total_of(&workspace, NEXT, "nordwind"), "76.00", "10 x 9.50 - 2 x 9.50");
    workspace.done(&["verify", "--month", NEXT]);

    // The file may be corrected once more; it is compared with what was billed, which is 10 still.
    export("again.csv", 9, "2026-03-31");
    assert_eq!(adjust("again.csv").code, 0);
    workspace.done(&["run", "--month", NEXT]);
    assert_eq!(total_of(&workspace, NEXT, "nordwind"), "85.50", "10 x 9.50 - 9.50");
    workspace.done(&["verify", "--month", NEXT]);
}
