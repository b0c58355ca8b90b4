//! What a clerk reads when something is missing or moves: the thing itself, whom it concerns, and what to do.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::Write as _;
use std::process::Stdio;

use ratebook_tests::workspace::{MONTH, Ran, Workspace};

/// Usage of three customers at prices in dollars, billed in euros.
const IN_DOLLARS: &str = r#"version = 1
[settings]
currency = "EUR"
[customer.alpha]
tenants = ["table:1"]
[customer.beta]
tenants = ["table:2"]
[customer.gamma]
tenants = ["table:3"]
[[rule]]
id = "machines"
reason = "price list"
when = { sku = "VM" }
price = { each = "10.00", currency = "USD" }
[[rule]]
id = "disks"
reason = "price list"
when = { sku = "DISK" }
price = { each = "0.25", currency = "USD" }
"#;

const CONFIG: &str = r#"version = 1
[source.hosting]
plugin = "table"
files = "exports/{month}.csv"
[source.hosting.config]
columns = { tenant = "Customer", skuId = "Item", consumedQuantity = "Qty" }
month = { column = "Day" }
"#;

const EXPORT: &str = "Customer,Item,Qty,Day\n1,VM,2,2026-03-31\n2,VM,3,2026-03-31\n3,VM,1,2026-03-31\n\
    1,DISK,100,2026-03-31\n2,DISK,10,2026-03-31\n";

fn workspace(rules: &str, export: &str) -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    workspace.put("ratebook.toml", CONFIG).unwrap();
    workspace.put("rules/main.toml", rules).unwrap();
    workspace.put("exports/2026-03.csv", export).unwrap();
    workspace
}

fn run(workspace: &Workspace) -> Ran {
    workspace.run(&["run", "--month", MONTH]).unwrap()
}

#[test]
fn a_missing_rate_is_one_problem_with_its_customers_and_its_sum() {
    let workspace = workspace(IN_DOLLARS, EXPORT);
    let missing = run(&workspace);
    assert_eq!(missing.code, 4, "{}", missing.told());
    // 2 x 10 + 3 x 10 + 1 x 10 for machines, 100 x 0.25 + 10 x 0.25 for disks: 60 + 27.50.
    let said = "no rate USD/EUR for 2026-03 (add it under [fx.\"2026-03\"]) (lines 0, 1, 2 and 2 more): \
                87.50 USD of alpha, beta, gamma";
    assert!(missing.stderr.contains(said), "{}", missing.told());
    assert_eq!(missing.stderr.matches("no rate").count(), 1, "{}", missing.told());

    let rules = format!("{IN_DOLLARS}[fx.\"2026-03\"]\n\"USD/EUR\" = \"0.9\"\n");
    workspace.put("rules/main.toml", rules).unwrap();
    assert_eq!(run(&workspace).code, 0);
}

#[test]
fn as_many_problems_are_shown_as_are_counted() {
    let rules = IN_DOLLARS.replace("\"0.25\", currency = \"USD\"", "\"0.25\", currency = \"GBP\"");
    let missing = run(&workspace(&rules, EXPORT));
    assert!(missing.stderr.contains("2 problems stand in the way"), "{}", missing.told());
    assert_eq!(missing.stderr.matches("no rate").count(), 2, "{}", missing.told());
}

#[test]
fn nobody_is_told_to_price_lines_that_lack_a_customer() {
    let export = EXPORT.replace("1,DISK", "9,DISK");
    let rules = IN_DOLLARS.replace("USD", "EUR");
    let lacking = run(&workspace(&rules, &export));
    assert_eq!(lacking.code, 4, "{}", lacking.told());
    assert!(!lacking.stderr.contains("Price them"), "{}", lacking.told());
    assert!(
        lacking.stderr.contains("List each tenant, as \"vendor:tenant\", at a customer"),
        "{}",
        lacking.told()
    );

    let both = run(&workspace(&rules, &export.replace("3,VM", "3,NOBODY-PRICED-IT")));
    let said = "Price them in the rules, list each tenant without a customer";
    assert!(both.code == 4 && both.stderr.contains(said), "{}", both.told());
    let prices = run(&workspace(&rules, &EXPORT.replace("3,VM", "3,NOBODY-PRICED-IT")));
    assert!(prices.stderr.contains("Price them in the rules, or hold"), "{}", prices.told());
}

#[test]
fn a_secret_that_is_missing_is_told_by_check_and_doctor() {
    let workspace = Workspace::of_the_example().unwrap();
    let told = |name: &str| {
        let mut command = workspace.command(&[name]);
        command.env_remove("ACRONIS_CLIENT_SECRET");
        workspace.ran(&command.output().unwrap())
    };
    let unset = "the environment variable ACRONIS_CLIENT_SECRET is not set";
    let check = told("check");
    assert!(check.code == 0 && check.stderr.contains("warning[W-SECRET]"), "{}", check.told());
    assert!(check.stderr.contains(unset), "{}", check.told());
    assert!(told("doctor").stdout.contains(unset), "{}", told("doctor").told());
    let whole = workspace.done(&["check", "--strict"]);
    assert!(!whole.stderr.contains("W-SECRET"), "{}", whole.told());

    // One that is not named at all.
    let config = String::from_utf8(workspace.read("ratebook.toml").unwrap()).unwrap();
    let without = config.replace("client_secret = ", "# client_secret = ");
    assert_ne!(config, without);
    workspace.put("ratebook.toml", &without).unwrap();
    for name in ["check", "doctor"] {
        let said = workspace.run(&[name]).unwrap().told();
        assert!(said.contains("source acronis-eu has no secret (client_secret)"), "{name}: {said}");
    }
    // And one that is misspelt.
    workspace.put("ratebook.toml", config.replace("client_secret = ", "client_secrte = ")).unwrap();
    let said = workspace.run(&["check"]).unwrap().told();
    assert!(said.contains("did you mean client_secret?"), "{said}");
}

#[test]
fn a_line_is_explained_with_the_name_of_its_file() {
    let rules = IN_DOLLARS.replace("USD", "EUR");
    let workspace = workspace(&rules, EXPORT);
    assert_eq!(run(&workspace).code, 0);
    let explained = workspace.done(&["explain", "--month", MONTH, "--line", "0"]);
    assert!(explained.stdout.contains("of 2026-03.csv, payload sha256 "), "{}", explained.told());
}

#[test]
fn whoever_closes_a_month_is_named_by_their_login() {
    let rules = IN_DOLLARS.replace("USD", "EUR");
    let closed_by = |variables: &[(&str, &str)]| {
        let workspace = workspace(&rules, EXPORT);
        assert_eq!(run(&workspace).code, 0);
        let mut command = workspace.command(&["close", "--month", MONTH]);
        command.envs(variables.iter().copied());
        assert!(command.output().unwrap().status.success());
        let record: serde_json::Value =
            serde_json::from_slice(&workspace.read("runs/2026-03/closed.json").unwrap()).unwrap();
        record["by"].as_str().unwrap().to_owned()
    };
    assert_eq!(closed_by(&[("USER", "hanna")]), "hanna");
    // Without an environment the system's list of users says it.
    let by = closed_by(&[]);
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    assert!(users.lines().any(|line| line.split(':').next() == Some(&*by)), "{by}");
    if by == "root" {
        assert_eq!(closed_by(&[("SUDO_USER", "hanna"), ("USER", "root")]), "hanna");
    }
}

#[test]
fn a_review_says_what_moved_each_bill() {
    let rules = IN_DOLLARS.replace("USD", "EUR");
    let workspace = workspace(&rules, EXPORT);
    assert_eq!(run(&workspace).code, 0);
    workspace.done(&["test", "record", "--month", MONTH]);
    workspace.replace("rules/main.toml", "\"10.00\"", "\"11.00\"").unwrap();
    workspace.replace("rules/main.toml", "\"0.25\"", "\"0.26\"").unwrap();
    let review = |workspace: &Workspace| {
        let mut command = workspace.command(&["test", "--review"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"s\ns\ns\ns\n").unwrap();
        workspace.ran(&child.wait_with_output().unwrap())
    };
    let ran = review(&workspace);
    insta::assert_snapshot!("review_with_causes", ran.stdout);
    // Gamma has no disks, so the price of disks is no cause of its bill.
    let gamma = ran.stdout.split("tests/2026-03/").find(|part| part.starts_with("bills/gamma.snap")).unwrap();
    assert!(gamma.contains("moved by  rule machines") && !gamma.contains("disks"), "{gamma}");

    // The rules that the bills were expected of are nowhere any more: then nothing is made up.
    workspace.done(&["run", "--month", MONTH]);
    let unknown = review(&workspace);
    assert!(unknown.stdout.contains("moved by  not known: neither"), "{}", unknown.told());
}

/// How many columns of a terminal a line takes.
fn width(line: &str) -> usize {
    line.chars().count()
}

#[test]
fn tables_are_as_wide_as_the_terminal_and_amounts_are_whole() {
    let long = format!("Wolkenkratzer {}", "Verwaltungs-und-Beteiligungsgesellschaft-".repeat(3));
    let long = &long[..127];
    let rules = IN_DOLLARS
        .replace("USD", "EUR")
        .replace("[customer.alpha]\n", &format!("[customer.alpha]\nname = \"{long}\"\n"));
    let workspace = workspace(&rules, EXPORT);
    assert_eq!(run(&workspace).code, 0);
    workspace.done(&["test", "record", "--month", MONTH]);
    workspace.replace("rules/main.toml", "\"10.00\"", "\"11.00\"").unwrap();
    let printed = |arguments: &[&str], columns: Option<usize>| {
        let mut command = workspace.command(arguments);
        if let Some(columns) = columns {
            command.env("COLUMNS", columns.to_string());
        }
        workspace.ran(&command.output().unwrap())
    };
    let commands: [&[&str]; 8] = [
        &["rate", "--month", MONTH],
        &["diff", "--month", MONTH, "--from", "run:2026-03"],
        &["status"],
        &["lines", "--month", MONTH],
        &["fetch", "--month", MONTH],
        &["plugin", "list"],
        &["plugin", "inspect", "acronis"],
        &["plugin", "inspect", "table"],
    ];
    for columns in [80, 100, 120] {
        for command in commands {
            let ran = printed(command, Some(columns));
            assert_eq!(ran.code, 0, "{command:?}: {}", ran.told());
            // What is said below a table is no table: it is a sentence, which a terminal wraps.
            let table = ran.stdout.lines().filter(|line| line.contains("  "));
            for line in table.filter(|line| !line.trim_start().starts_with("line ")) {
                assert!(width(line) <= columns, "{command:?} at {columns}: {}\n{line}", width(line));
            }
        }
        let rated = printed(&["rate", "--month", MONTH], Some(columns)).stdout;
        // 2 x 11 + 100 x 0.25, 3 x 11 + 10 x 0.25, 1 x 11; together 93.50.
        for amount in ["47.00 EUR", "35.50 EUR", "11.00 EUR", "93.50 EUR"] {
            assert!(rated.contains(amount), "{columns}: {rated}");
        }
        let tested = printed(&["test"], Some(columns)).stdout;
        let table =
            tested.lines().skip_while(|line| !line.contains("expected")).take_while(|line| !line.is_empty());
        for line in table {
            assert!(width(line) <= columns, "test at {columns}: {}\n{line}", width(line));
        }
    }
    // In a file nothing is cut.
    assert!(printed(&["rate", "--month", MONTH], None).stdout.contains(long));
}
