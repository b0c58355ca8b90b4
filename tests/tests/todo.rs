//! What is to be done about a month's lines that wait: all of it, and pasted back it loads, matches and is billed.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use ratebook_tests::workspace::{MONTH, Workspace, put_lines};
use serde_json::Value;

/// The source is not called as its vendor is: `table` is who lists of tenants are about.
const CONFIG: &str = r#"version = 1
[source.hosting]
plugin = "table"
files = "exports/{month}.csv"
[source.hosting.config]
columns = { tenant = "Customer", tenantName = "Name", skuId = "Item", skuName = "What", edition = "Edition", consumedQuantity = "Qty", billingUnit = "Unit", totalCost = "Cost" }
constants = { currency = "USD" }
month = { column = "Day" }
"#;

const RULES: &str = r#"version = 1
[settings]
currency = "EUR"
unpriced = "hold"
[customer.nord]
name = "Nord GmbH"
tenants = ["table:1"]
[customer.sued]
name = "Süd & Co"
tenants = ["table:2"]
[[book]]
id = "list"
[book.prices]
"VM" = "10.00"
[[rule]]
id = "list"
reason = "price list"
when = { sku = ["VM", "GPU*"] }
price = { book = "list" }
[[rule]]
id = "trial"
reason = "new editions"
when = { edition = "new" }
hold = "ask sales"
"#;

/// Hofer is there twice, Nord under a number that nobody lists, one has no name; a SKU has quotes in it.
const EXPORT: &str = "Customer,Name,Item,What,Edition,Qty,Unit,Cost,Day
1,Nord GmbH,VM,Virtual machine,std,2,piece,12.00,2026-03-01
1,Nord GmbH,GPU-A,Graphics,std,3,Hours,7.50,2026-03-02
2,Süd & Co,GPU-A,Graphics,std,1.5,Hours,3.75,2026-03-02
2,Süd & Co,GPU-B,,std,4,Hours,,2026-03-02
1,Nord GmbH,\"DISK 2.5\"\"\",Disk,std,8,GB,0.805,2026-03-02
2,Süd & Co,SEAT,Seat,std,6,piece,1.00,2026-03-03
H-2002,Hofer GmbH,VM,Virtual machine,std,4,piece,24.00,2026-03-04
H-2003,Hofer GmbH,VM,Virtual machine,std,1,piece,6.00,2026-03-04
H-2002,Hofer GmbH,SEAT,Seat,std,2,piece,0.50,2026-03-05
N-77,NORD GmbH,VM,Virtual machine,std,1,piece,6.00,2026-03-05
X 9,,VM,Virtual machine,std,1,piece,6.00,2026-03-05
1,Nord GmbH,VM,Virtual machine,new,5,piece,30.00,2026-03-06
2,Süd & Co,VM,Virtual machine,new,2,piece,12.00,2026-03-06
";

fn month(rules: &str) -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    workspace.put("ratebook.toml", CONFIG).unwrap();
    workspace.put("rules/main.toml", rules).unwrap();
    workspace.put(&format!("exports/{MONTH}.csv"), EXPORT).unwrap();
    workspace
}

fn todo(workspace: &Workspace) -> String {
    workspace.done(&["todo", "--month", MONTH]).stdout
}

/// What each customer's bill comes to, as text.
fn totals(workspace: &Workspace) -> BTreeMap<String, String> {
    let bills: Value = serde_json::from_str(&workspace.bills(MONTH)).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let bills = bills["bills"].as_array().unwrap().iter();
    bills.map(|bill| (text(&bill["customer"]), text(&bill["total"]))).collect()
}

fn as_texts(totals: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    totals.iter().map(|(customer, total)| (customer.as_str(), total.as_str())).collect()
}

/// Takes the # away from prices and from rules that decide, and fills in what is left open.
fn filled_in(todo: &str) -> String {
    let mut text = String::new();
    let mut in_rule = false;
    for line in todo.lines() {
        let open = line.strip_prefix("# ").unwrap_or(line);
        in_rule = open == "[[rule]]" || (in_rule && line.starts_with("# ") && open.contains(" = "));
        let line = if in_rule || open.contains(" = \"\"  #") { open } else { line };
        text += &line.replace("reason = \"\"", "reason = \"sales\"").replace(" = \"\"  #", " = \"2.00\"  #");
        text.push('\n');
    }
    text
}

#[test]
fn all_that_waits_is_listed_to_be_pasted() {
    let workspace = month(RULES);
    let ran = workspace.done(&["run", "--month", MONTH]);
    assert!(ran.stdout.contains(&format!("ratebook todo --month {MONTH}")), "{}", ran.told());
    // The hint says the tenant as a customer lists it.
    assert!(ran.stdout.contains("table:H-2002"), "{}", ran.told());
    insta::assert_snapshot!("as_toml", todo(&workspace));
    assert_eq!(workspace.done(&["todo", "--month", MONTH, "--format", "toml"]).stdout, todo(&workspace));
    insta::assert_snapshot!("as_csv", workspace.done(&["todo", "--month", MONTH, "--format", "csv"]).stdout);
}

#[test]
fn pasted_as_it_is_it_loads_and_its_tenants_match() {
    let workspace = month(RULES);
    workspace.done(&["run", "--month", MONTH]);
    let before = totals(&workspace);
    assert_eq!(as_texts(&before), [("nord", "20.00")]);
    workspace.put("rules/main.toml", [RULES, &todo(&workspace)].concat()).unwrap();
    // Strictly taken the new book lacks its prices, which is so.
    workspace.done(&["check"]);
    workspace.done(&["rate", "--month", MONTH]);
    // Hofer has 5 VMs at 10.00, and whoever has no name 1; nothing else is billed before somebody says at what price.
    let after = totals(&workspace);
    let expected = [("hofer-gmbh", "50.00"), ("nord", "20.00"), ("table-x-9", "10.00")];
    assert_eq!(as_texts(&after), expected);
    let left = todo(&workspace);
    assert!(!left.contains("H-2002\"") && left.contains("N-77"), "{left}");
}

#[test]
fn filled_in_it_is_billed() {
    let workspace = month(RULES);
    workspace.done(&["run", "--month", MONTH]);
    let pasted = filled_in(&todo(&workspace));
    workspace.put("rules/main.toml", [RULES, &pasted].concat()).unwrap();
    workspace.done(&["check", "--strict"]);
    workspace.done(&["rate", "--month", MONTH]);
    // At 2.00 each, VMs at 10.00. nord: 2 + 5 VMs 70.00, 3 hours 6.00, 8 GB 16.00. sued: 2 VMs 20.00, 1.5 + 4 hours 11.00,
    // 6 seats 12.00. Hofer: 5 VMs 50.00, 2 seats 4.00, for which the first list had the price already.
    let expected = [("hofer-gmbh", "54.00"), ("nord", "92.00"), ("sued", "43.00"), ("table-x-9", "10.00")];
    assert_eq!(as_texts(&totals(&workspace)), expected);
    let left = todo(&workspace);
    assert!(!left.contains("[[") && !left.contains("[customer."), "{left}");
    assert!(left.contains("N-77"), "{left}");
}

#[test]
fn lines_that_no_price_by_sku_and_no_tenant_would_bill_are_decisions() {
    let workspace = month(RULES);
    let lines = [
        r#"{"usageMonth":"2026-03-01","source":"hosting","vendor":"table","tenant":"2","meter":"Support","consumedQuantity":1.5,"totalCost":9,"currency":"USD"}"#,
        r#"{"usageMonth":"2026-03-01","source":"hosting","vendor":"table","skuId":"VM","consumedQuantity":4}"#,
    ];
    let folder = workspace.path().join("runs").join(MONTH).join("lines");
    std::fs::create_dir_all(&folder).unwrap();
    put_lines(&folder.join("hosting.parquet"), &lines.join("\n")).unwrap();
    insta::assert_snapshot!("without_a_sku_or_a_tenant", todo(&workspace));
}

#[test]
fn a_run_that_stops_at_what_has_no_price_says_where_the_list_is() {
    let workspace = month(&RULES.replace("\"hold\"", "\"error\""));
    let ran = workspace.run(&["run", "--month", MONTH]).unwrap();
    assert_eq!(ran.code, 4, "{}", ran.told());
    assert!(ran.stderr.contains(&format!("ratebook todo --month {MONTH}")), "{}", ran.told());
    let held = month(RULES);
    held.done(&["run", "--month", MONTH]);
    assert_eq!(todo(&workspace), todo(&held));
}

#[test]
fn programs_get_the_same() {
    let workspace = month(RULES);
    workspace.done(&["run", "--month", MONTH]);
    let text = workspace.done(&["todo", "--month", MONTH, "--format", "json"]).stdout;
    let document: Value = serde_json::from_str(&text).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/todo.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::draft202012::validate(&schema, &document).unwrap();
    let hofer = &document["payers"][0];
    assert_eq!(hofer["id"], "hofer-gmbh");
    assert_eq!(hofer["tenants"][0]["listed"], "table:H-2002");
    // 24.00 of four VMs and 0.50 of two seats.
    assert_eq!(hofer["tenants"][0]["costs"], serde_json::json!([{ "currency": "USD", "cost": "24.5" }]));
    let book = &document["books"][0];
    assert_eq!((&book["book"], &book["currency"]), (&Value::from("list"), &Value::from("EUR")));
    let graphics = &book["prices"][0];
    assert_eq!(graphics["sku"], "GPU-A");
    assert_eq!(graphics["quantities"], serde_json::json!([{ "unit": "Hours", "quantity": "4.5" }]));
    assert_eq!(graphics["customers"], serde_json::json!(["nord", "sued"]));
}

#[test]
fn a_source_where_its_vendor_belongs_is_told() {
    let workspace = month(&RULES.replace("table:2", "hosting:2"));
    workspace.done(&["run", "--month", MONTH]);
    let ran = workspace.done(&["todo", "--month", MONTH]);
    let told = "no source's plugin is of the vendor \"hosting\"; did you mean \"table\"?";
    assert!(ran.stderr.contains(told), "{}", ran.told());
    assert!(ran.stdout.contains("Perhaps customer sued"), "{}", ran.told());
}

#[test]
fn where_nothing_waits_nothing_is_to_be_done() {
    let workspace = month(RULES);
    let one = "Customer,Name,Item,What,Edition,Qty,Unit,Cost,Day\n1,N,VM,V,std,2,piece,12.00,2026-03-01\n";
    workspace.put(&format!("exports/{MONTH}.csv"), one).unwrap();
    let ran = workspace.done(&["run", "--month", MONTH]);
    assert!(!ran.stdout.contains("ratebook todo"), "{}", ran.told());
    assert_eq!(todo(&workspace), "# 2026-03: no line waits, there is nothing to be done\n");
    let before = workspace.run(&["todo", "--month", "2026-02"]).unwrap();
    assert_eq!(before.code, 6, "{}", before.told());
    assert!(before.stderr.contains("ratebook normalize"), "{}", before.told());
}
