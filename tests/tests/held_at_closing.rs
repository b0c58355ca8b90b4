//! Lines that are held when a month is closed: closing asks for a word, and what rules decide later is billed once.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use ratebook_tests::workspace::Workspace;
use serde_json::Value;

const CONFIG: &str = r#"version = 1
[bounds]
vanished = false
factor = "1000000"
[source.hosting]
plugin = "table"
files = "exports/{month}/*.csv"
[source.hosting.config]
columns = { tenant = "Customer", skuId = "Item", edition = "Edition", consumedQuantity = "Qty", billingUnit = "Unit" }
month = { column = "Day" }
"#;

/// What stays the same. 16 GB in one pool are 26.00, 8 GB are 16.00; 10 seats are paid used or not; the bill of sued is
/// 100.00 at least.
const RULES: &str = r#"version = 1
[settings]
currency = "EUR"
unpriced = "hold"
[customer.sued]
tenants = ["table:2"]
[[rule]]
id = "disk"
reason = "price list"
when = { sku = "DISK" }
price = { graduated = [ { up_to = 10, each = "2.00" }, { each = "1.00" } ], pool = "customer" }
[[rule]]
id = "seats"
reason = "contract"
when = { customer = "nord", sku = "SEAT" }
price = { commit = { quantity = 10, each = "3.00", overage = "4.00" }, pool = "customer", name = "Seats" }
[[bill]]
id = "least"
reason = "contract"
when = { customer = "sued" }
minimum = "100.00"
"#;

const NORD: &str = "[customer.nord]\ntenants = [\"table:1\"]\n";

/// A rule that prices a SKU, whatever its edition.
fn price(sku: &str, price: &str) -> String {
    format!(
        "[[rule]]\nid = \"{sku}\"\nreason = \"list\"\nwhen = {{ sku = \"{sku}\" }}\nprice = \"{price}\"\n"
    )
}

const TRIAL: &str = r#"[[rule]]
id = "trial"
reason = "new editions"
when = { edition = "new" }
hold = "ask sales"
"#;

/// The rules that March is closed with: new editions wait, tenant 3 is nobody's, GPU has no price.
fn at_closing() -> String {
    [RULES, NORD, TRIAL, &price("VM", "10.00")].concat()
}

/// In April sales has decided on the new editions, and a VM costs more.
fn in_april() -> String {
    let drop = "[[rule]]\nid = \"old\"\nreason = \"a gift\"\nwhen = { sku = \"OLD\" }\ndrop = true\n";
    [RULES, NORD, &price("VM", "12.00"), &price("NEW", "5.00"), drop].concat()
}

/// In May somebody answers for tenant 3, a GPU has a price, and what was decided before costs much more.
fn in_may() -> String {
    let west = "[customer.west]\ntenants = [\"table:3\"]\n";
    let prices = [price("VM", "12.00"), price("NEW", "50.00"), price("OLD", "100.00"), price("GPU", "7.00")];
    [RULES, NORD, west, &prices.concat()].concat()
}

const MARCH: &str = "1,VM,std,2,piece\n1,DISK,std,8,GB\n1,DISK,new,8,GB\n1,NEW,new,3,piece\n2,VM,std,1,piece\n\
    3,VM,std,4,piece\n2,GPU,std,1,piece\n1,SEAT,new,12,piece\n2,OLD,new,5,piece\n";

fn export(workspace: &Workspace, month: &str, rows: &str) {
    let rows: String = rows.lines().map(|row| format!("{row},{month}-01\n")).collect();
    let path = format!("exports/{month}/usage.csv");
    workspace.put(&path, format!("Customer,Item,Edition,Qty,Unit,Day\n{rows}")).unwrap();
}

fn rules(workspace: &Workspace, rules: &str) {
    workspace.put("rules/main.toml", rules).unwrap();
}

/// March, run by the rules that it is closed with.
fn march() -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    workspace.put("ratebook.toml", CONFIG).unwrap();
    rules(&workspace, &at_closing());
    export(&workspace, "2026-03", MARCH);
    for month in ["2026-04", "2026-05", "2026-06"] {
        export(&workspace, month, "1,VM,std,1,piece\n1,SEAT,std,1,piece\n");
    }
    workspace.done(&["run", "--month", "2026-03"]);
    workspace
}

fn closed_march() -> Workspace {
    let workspace = march();
    workspace.done(&["close", "--month", "2026-03", "--accept-held", "--because", "sales decides in April"]);
    workspace
}

/// What the bills of a month come to, and how much of that are adjustments, in cents.
fn cents(workspace: &Workspace, month: &str) -> (i64, i64) {
    let bills: Value = serde_json::from_str(&workspace.bills(month)).unwrap();
    let cents = |amount: &Value| amount.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let (mut all, mut adjusted) = (0, 0);
    for bill in bills["bills"].as_array().unwrap() {
        all += cents(&bill["total"]);
        let lines = bill["lines"].as_array().unwrap().iter().filter(|line| line["kind"] == "adjustment");
        adjusted += lines.map(|line| cents(&line["amount"])).sum::<i64>();
    }
    (all, adjusted)
}

/// Every file with its bytes, but for those that say who held a month last.
fn files(workspace: &Workspace) -> Vec<(String, Vec<u8>)> {
    let files = workspace.files().unwrap().into_iter();
    files.filter(|(name, _)| !name.ends_with(".lock")).collect()
}

fn adjust<'a>(into: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["adjust", "--month", "2026-03", "--into", into, "--offline"][..], more].concat()
}

#[test]
fn a_month_with_held_lines_is_closed_with_a_reason_or_not_at_all() {
    let workspace = march();
    let before = files(&workspace);
    let refused = workspace.run(&["close", "--month", "2026-03"]).unwrap();
    assert_eq!(refused.code, 4, "{}", refused.told());
    for told in [
        "error[E-HELD] 2026-03: 6 lines of 9 are held and on no bill",
        "3 lines  nord  rule trial: ask sales  8 GB, 15 piece",
        "1 line  no customer  unknown-customer  4 piece",
        "1 line  sued  no-price  1 piece",
        "1 line  sued  rule trial: ask sales  5 piece",
        "Nothing was closed.",
        "--accept-held --because",
    ] {
        assert!(refused.stderr.contains(told), "{told}: {}", refused.told());
    }
    assert!(files(&workspace) == before);
    let json = workspace.run(&["close", "--month", "2026-03", "--format", "json"]).unwrap();
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let lines =
        json["error"]["problems"].as_array().unwrap().iter().map(|group| group["lines"].as_u64().unwrap());
    assert_eq!(lines.sum::<u64>(), 6, "{json}");

    for half in [&["--accept-held"][..], &["--because", "sales decides"]] {
        let half = workspace.run(&[&["close", "--month", "2026-03"], half].concat()).unwrap();
        assert_eq!(half.code, 2, "{}", half.told());
    }
    let accept = ["close", "--month", "2026-03", "--accept-held", "--because", "sales decides"];
    let closed = workspace.done(&accept);
    assert!(closed.stdout.contains("6 lines are held, accepted on"), "{}", closed.told());
    let record: Value = serde_json::from_slice(&workspace.read("runs/2026-03/closed.json").unwrap()).unwrap();
    assert_eq!((&record["held"]["lines"], &record["held"]["because"]), (&6.into(), &"sales decides".into()));
    assert_eq!((&record["held"]["by"], &record["held"]["at"]), (&record["by"], &record["at"]));
    for command in [&["verify", "--month", "2026-03"][..], &["status"], &accept] {
        let told = workspace.done(command);
        assert!(told.stdout.contains("6 lines are held, accepted on"), "{}", told.told());
    }
}

#[test]
fn what_rules_decide_later_is_billed_once_by_the_rules_that_decide_it() {
    let workspace = closed_march();
    assert_eq!(cents(&workspace, "2026-03"), (16_600, 0));
    let (run, close) = (
        |month: &str| workspace.done(&["run", "--month", month, "--offline"]),
        |month: &str| workspace.done(&["close", "--month", month]),
    );
    // While nobody decides nothing is billed, and what waits is told.
    let nothing = workspace.done(&adjust("2026-04", &[]));
    assert!(nothing.stdout.contains("there is nothing to put right"), "{}", nothing.told());
    assert!(nothing.stdout.contains("6 lines of usage keep waiting"), "{}", nothing.told());
    assert!(!workspace.path().join("runs/2026-04").exists());

    // April: DISK 26 - 16, NEW 3 x 5, SEAT 38 - 30; OLD is a gift. A VM of March stays at 10.
    rules(&workspace, &in_april());
    run("2026-04");
    let own = cents(&workspace, "2026-04").0;
    let dry = workspace.done(&adjust("2026-04", &["--dry-run"]));
    assert!(dry.stdout.contains("billed 166.00, by now 199.00, difference +33.00"), "{}", dry.told());
    assert!(dry.stdout.contains("4 lines of usage that waited: decided"), "{}", dry.told());
    assert!(dry.stdout.contains("2 lines of usage keep waiting"), "{}", dry.told());
    workspace.done(&adjust("2026-04", &[]));
    run("2026-04");
    assert_eq!(cents(&workspace, "2026-04"), (own + 3_300, 3_300));

    // Again it is the same, byte for byte; without the vendor's files, too.
    let bytes = files(&workspace);
    fs::rename(workspace.path().join("exports/2026-03"), workspace.path().join("exports/away")).unwrap();
    workspace.done(&adjust("2026-04", &[]));
    run("2026-04");
    fs::rename(workspace.path().join("exports/away"), workspace.path().join("exports/2026-03")).unwrap();
    assert!(files(&workspace) == bytes);
    workspace.done(&["verify", "--month", "2026-04"]);
    close("2026-04");
    assert!(workspace.done(&["status"]).stdout.contains("2 of them keep waiting since 2026-04"));

    // May: 4 VM of tenant 3 by the price of today, a GPU beside a minimum that is not charged again. What April decided,
    // the gift included, stays.
    rules(&workspace, &in_may());
    workspace.done(&adjust("2026-05", &[]));
    run("2026-05");
    assert_eq!(cents(&workspace, "2026-05").1, 5_500);
    let bills = workspace.bills("2026-05");
    assert!(bills.contains("\"customer\":\"west\"") || bills.contains("\"customer\": \"west\""), "{bills}");
    workspace.done(&["verify", "--month", "2026-05"]);
    close("2026-05");
    let status = workspace.done(&["status"]).stdout;
    assert!(!status.contains("accepted on"), "{status}");

    // Nothing is left to bill, whatever the rules are by now.
    rules(&workspace, &in_may().replace("\"7.00\"", "\"70.00\"").replace("\"2.00\"", "\"20.00\""));
    let late = workspace.done(&adjust("2026-06", &["--dry-run"]));
    assert!(late.stdout.contains("there is nothing to put right"), "{}", late.told());
    assert!(!late.stdout.contains("waiting"), "{}", late.told());
    // What the vendor corrects is billed by the rules that decided it: a NEW at 5, a GPU at 7, a VM of sued under the
    // minimum.
    let corrected = MARCH.replace("NEW,new,3", "NEW,new,4").replace("GPU,std,1", "GPU,std,2");
    export(&workspace, "2026-03", &corrected.replace("2,VM,std,1", "2,VM,std,2"));
    workspace.done(&adjust("2026-06", &[]));
    run("2026-06");
    assert_eq!(cents(&workspace, "2026-06").1, 500 + 700);
    workspace.done(&["verify", "--month", "2026-06"]);
}

#[test]
fn what_cannot_be_told_apart_is_refused_and_changes_nothing() {
    let workspace = closed_march();
    workspace.done(&["run", "--month", "2026-04"]);
    // Tenant 1 is somebody else's by now: one pool would hold what nord paid for and what waited.
    rules(&workspace, &in_april().replace("customer.nord", "customer.ost"));
    let before = files(&workspace);
    let refused = workspace.run(&adjust("2026-04", &[])).unwrap();
    assert_eq!(refused.code, 4, "{}", refused.told());
    assert!(refused.stderr.contains("DISK of ost holds usage that waited, and line 1"), "{}", refused.told());
    assert!(refused.stderr.contains("Nothing was written."), "{}", refused.told());
    assert!(files(&workspace) == before);
}

#[test]
fn what_a_later_month_puts_right_is_not_put_right_before_it_too() {
    let workspace = closed_march();
    rules(&workspace, &in_april());
    workspace.done(&adjust("2026-05", &[]));
    let twice = workspace.run(&adjust("2026-04", &[])).unwrap();
    assert_eq!(twice.code, 4, "{}", twice.told());
    assert!(twice.stderr.contains("2026-03 is already put right in 2026-05"), "{}", twice.told());
    assert!(!workspace.path().join("runs/2026-04").exists());
}

#[test]
fn adjustments_that_were_forged_are_found() {
    let workspace = closed_march();
    rules(&workspace, &in_april());
    workspace.done(&["run", "--month", "2026-04"]);
    workspace.done(&adjust("2026-04", &[]));
    let path = workspace.path().join("runs/2026-04/adjustments/2026-03/adjustments.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    // Amounts that add up, and a manifest that names them: only making them once more tells.
    let forged = text.replace("\"15\"", "\"25\"");
    assert_ne!(forged, text, "{text}");
    fs::write(&path, forged).unwrap();
    workspace.done(&["run", "--month", "2026-04"]);
    let found = workspace.run(&["verify", "--month", "2026-04"]).unwrap();
    assert_eq!(found.code, 6, "{}", found.told());
    assert!(found.stderr.contains("adjustments/2026-03/adjustments.jsonl"), "{}", found.told());
}

#[test]
fn adjustments_stay_if_making_them_anew_fails() {
    let workspace = closed_march();
    rules(&workspace, &in_april());
    workspace.done(&["run", "--month", "2026-04"]);
    workspace.done(&adjust("2026-04", &[]));
    workspace.done(&["run", "--month", "2026-04"]);
    let before = files(&workspace);
    // An export that is no export any more.
    let exported = workspace.read("exports/2026-03/usage.csv").unwrap();
    workspace.put("exports/2026-03/usage.csv", "no,columns,of,ours\n1,2,3,4\n").unwrap();
    let failed = workspace.run(&adjust("2026-04", &[])).unwrap();
    assert_ne!(failed.code, 0, "{}", failed.told());
    fs::write(workspace.path().join("exports/2026-03/usage.csv"), exported).unwrap();
    assert!(files(&workspace) == before);
    workspace.done(&["verify", "--month", "2026-04"]);
}

#[test]
fn usage_fetched_before_the_month_was_over_is_not_closed() {
    let workspace = march();
    let listing = workspace.path().join("runs/2026-03/payloads/hosting/payloads.json");
    // 15 March 2026.
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_773_576_000);
    File::options().append(true).open(listing).unwrap().set_modified(then).unwrap();
    let close = ["close", "--month", "2026-03", "--accept-held", "--because", "sales decides"];
    let refused = workspace.run(&close).unwrap();
    assert_eq!(refused.code, 4, "{}", refused.told());
    assert!(
        refused.stderr.contains("its usage was fetched on 2026-03-15, before the month was over"),
        "{}",
        refused.told()
    );
    // The same usage, fetched again by now, is that of the whole month.
    workspace.done(&["run", "--month", "2026-03"]);
    workspace.done(&close);
}

#[test]
fn what_was_never_asked_for_is_told_at_closing() {
    let workspace = closed_march();
    rules(&workspace, &in_april());
    workspace.done(&["run", "--month", "2026-05"]);
    workspace.put("ratebook.toml", &(CONFIG.to_owned() + "[source.later]\nplugin = \"table\"\n")).unwrap();
    let closed = workspace.done(&["close", "--month", "2026-05"]);
    for told in [
        "the source later was set up after 2026-05 was run",
        "no month between 2026-03 and 2026-05 was ever run",
    ] {
        assert!(closed.stderr.contains(told), "{told}: {}", closed.told());
    }
}
