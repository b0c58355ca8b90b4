//! A month that is rated part by part has the bytes of one that is rated at once.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ratebook_tests::recording::sha256;
use ratebook_tests::workspace::{MONTH, Ran, Workspace, put_lines};

const FILES: [&str; 4] = ["bills.parquet", "bill_lines.parquet", "fates.parquet", "manifest.json"];

/// Runs the month at once and in as many parts as there can be, which must come to the same; says what came of it.
fn both_ways(workspace: &Workspace) -> Ran {
    command_both_ways(workspace, &["run", "--month", MONTH, "--offline"])
}

fn command_both_ways(workspace: &Workspace, command: &[&str]) -> Ran {
    let run = |more: &[&str]| {
        let ran = workspace.run(&[command, more].concat()).unwrap();
        let file = |name: &&str| workspace.read(&format!("runs/{MONTH}/{name}")).ok();
        (ran.told(), FILES.iter().map(file).collect::<Vec<_>>(), ran)
    };
    let (told, files, ran) = run(&[]);
    for part_lines in ["1", "11"] {
        let spoil = |name: &&str| std::fs::remove_file(workspace.path().join(format!("runs/{MONTH}/{name}")));
        FILES.iter().for_each(|name| drop(spoil(name)));
        let (told_of_parts, files_of_parts, _) = run(&["--part-lines", part_lines]);
        assert_eq!(told, told_of_parts, "parts of {part_lines} lines");
        for (name, (whole, parts)) in FILES.iter().zip(files.iter().zip(&files_of_parts)) {
            assert!(whole == parts, "{name} differs with parts of {part_lines} lines");
        }
        assert!(!workspace.path().join(format!("runs/{MONTH}/.parts")).exists(), "nothing is left behind");
    }
    ran
}

#[test]
fn the_example_month() {
    let workspace = Workspace::of_the_example().unwrap();
    assert_eq!(both_ways(&workspace).code, 0);
    let whole = workspace.bills(MONTH);
    let rate = ["rate", "--month", MONTH, "--part-lines", "1", "--format", "json"];
    assert!(workspace.run(&rate).unwrap().stdout == whole, "what is printed is what is kept");
}

#[test]
fn a_pool_over_all_customers() {
    let workspace = Workspace::of_the_example().unwrap();
    let list = "[[rule]]\nid = \"acronis-list\"\n";
    let shared = r#"
[[rule]]
id = "shared"
reason = "All customers' mailboxes together"
when = { vendor = "acronis", sku = "SRJAMSENS" }
price = { volume = [{ up_to = 100, each = "2.00" }, { each = "1.00" }], pool = "all", split = true }

"#;
    workspace.replace("rules/main.toml", list, &format!("{shared}{list}")).unwrap();
    let ran = both_ways(&workspace);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let bills = workspace.bills(MONTH);
    assert_eq!(bills.matches("\"shared\"").count(), 2, "two customers share the pool");
}

#[test]
fn lines_that_cannot_be_priced_are_all_told() {
    let workspace = Workspace::of_the_example().unwrap();
    workspace
        .replace(
            "rules/main.toml",
            "when = { vendor = \"acronis\" }\nprice",
            "when = { vendor = \"nobody\" }\nprice",
        )
        .unwrap();
    let ran = both_ways(&workspace);
    assert_eq!(ran.code, 4, "{}", ran.told());
    assert!(ran.told().contains("E-UNPRICED"), "{}", ran.told());
}

#[test]
fn lines_that_are_not_as_they_were_written_are_told() {
    let workspace = Workspace::of_the_example().unwrap();
    assert_eq!(workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap().code, 0);
    let path = format!("runs/{MONTH}/lines/metallic.parquet");
    let mut bytes = workspace.read(&path).unwrap();
    bytes[100] ^= 1;
    workspace.put(&path, bytes).unwrap();
    let whole = workspace.run(&["rate", "--month", MONTH, "--force"]).unwrap();
    let parts = workspace.run(&["rate", "--month", MONTH, "--force", "--part-lines", "1"]).unwrap();
    assert_eq!((whole.code, whole.told()), (6, parts.told()));
}

/// Of each eight lines, six are on no bill, each for another reason.
fn line(number: u64) -> String {
    let line = |customer: u64, vendor: &str, tenant: &str, sku: &str| {
        format!(
            "{{\"usageMonth\":\"2026-03-01\",\"source\":\"metallic\",\"vendor\":\"{vendor}\",\"tenant\":\"{tenant}\",\
             \"customer\":\"c{customer}\",\"skuId\":\"{sku}\",\"consumedQuantity\":\"{number}\",\"totalCost\":\"1.25\",\
             \"currency\":\"EUR\"}}\n"
        )
    };
    let customer = number * 7 % 97;
    match number % 8 {
        0 => line(customer, "acronis", "", "CBILLED"),
        1 => line(customer, "acronis", "d9428888-122b-11e1-b85c-61cd3cbb3210", "OURS"),
        2 => line(customer, "acronis", "", "SRIAMSENS"),
        3 => line(customer, "nobody", "", "NOTHING"),
        4 => line(customer, "acronis", "", &format!("NOT-IN-THE-BOOK-{number}")),
        5 => line(customer, "metallic", &format!("t{number}"), "X")
            .replace(&format!("\"c{customer}\""), "\"\""),
        _ => line(customer, "metallic", "", "X"),
    }
}

#[test]
fn many_lines_that_are_held_and_dropped() {
    let workspace = Workspace::of_the_example().unwrap();
    workspace.replace("rules/main.toml", "unpriced = \"error\"", "unpriced = \"hold\"").unwrap();
    assert_eq!(workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap().code, 0);
    let lines = workspace.path().join(format!("runs/{MONTH}/lines/metallic.parquet"));
    let before = sha256(&std::fs::read(&lines).unwrap());
    let text: String = (0..4_000).map(line).collect();
    put_lines(&lines, &text).unwrap();
    // What payloads hold is kept with the digest of their lines.
    let contents = format!("runs/{MONTH}/contents/metallic.json");
    workspace.replace(&contents, &before, &sha256(&std::fs::read(&lines).unwrap())).unwrap();

    let ran = command_both_ways(&workspace, &["rate", "--month", MONTH, "--force"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    for kind in
        ["500 lines  unknown-customer", "500 lines  no-price", "500 lines  no-book-entry", "and 497 more"]
    {
        assert!(ran.stdout.contains(kind), "{kind} is missing in\n{}", ran.stdout);
    }
    let lines = lines.to_str().unwrap();
    let rules = workspace.path().join("rules/main.toml");
    let pure = ["rate", "--rules", rules.to_str().unwrap(), "--lines", lines, "--month", MONTH];
    for more in [&[][..], &["--format", "json"]] {
        let whole = workspace.run(&[&pure[..], more].concat()).unwrap();
        let parts = workspace.run(&[&pure[..], more, &["--part-lines", "25"]].concat()).unwrap();
        assert_eq!(whole.code, 0, "{}", whole.told());
        assert_eq!(whole.told(), parts.told());
    }
}

#[test]
fn explanations() {
    let workspace = Workspace::of_the_example().unwrap();
    assert_eq!(workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap().code, 0);
    let lines = (0..12).flat_map(|line| ["--line".to_owned(), line.to_string()]).collect::<Vec<_>>();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for more in [&[][..], &lines, &["--customer", "nobody"], &["--line", "123456"]] {
        for format in ["table", "json"] {
            let command = [&["explain", "--month", MONTH, "--format", format], more].concat();
            let whole = workspace.run(&command).unwrap();
            let parts = workspace.run(&[&command[..], &["--part-lines", "1"]].concat()).unwrap();
            assert_eq!(whole.told(), parts.told(), "{more:?}");
            assert_eq!(whole.code, if more.len() == 2 { 2 } else { 0 }, "{}", whole.told());
        }
    }
}
