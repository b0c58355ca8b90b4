//! A month that is rated part by part has the bytes of one that is rated at once.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ratebook_tests::workspace::{MONTH, Ran, Workspace};

const FILES: [&str; 3] = ["bills.json", "priced.jsonl", "manifest.json"];

/// Runs the month at once and in as many parts as there can be, which must come to the same; says what came of it.
fn both_ways(workspace: &Workspace) -> Ran {
    let run = |more: &[&str]| {
        let ran = workspace.run(&[&["run", "--month", MONTH, "--offline"], more].concat()).unwrap();
        let file = |name: &&str| workspace.read(&format!("runs/{MONTH}/{name}")).ok();
        (ran.told(), FILES.iter().map(file).collect::<Vec<_>>(), ran)
    };
    let (told, files, ran) = run(&[]);
    for part_bytes in ["1", "4000"] {
        let spoil = |name: &&str| std::fs::remove_file(workspace.path().join(format!("runs/{MONTH}/{name}")));
        FILES.iter().for_each(|name| drop(spoil(name)));
        let (told_of_parts, files_of_parts, _) = run(&["--part-bytes", part_bytes]);
        assert_eq!(told, told_of_parts, "parts of {part_bytes} bytes");
        for (name, (whole, parts)) in FILES.iter().zip(files.iter().zip(&files_of_parts)) {
            assert!(whole == parts, "{name} differs with parts of {part_bytes} bytes");
        }
        assert!(!workspace.path().join(format!("runs/{MONTH}/.parts")).exists(), "nothing is left behind");
    }
    ran
}

#[test]
fn the_example_month() {
    let workspace = Workspace::of_the_example().unwrap();
    assert_eq!(both_ways(&workspace).code, 0);
    let whole = workspace.read(&format!("runs/{MONTH}/bills.json")).unwrap();
    let rate = ["rate", "--month", MONTH, "--part-bytes", "1", "--format", "json"];
    assert!(workspace.run(&rate).unwrap().stdout.as_bytes() == whole, "what is printed is what is kept");
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
    let bills = String::from_utf8(workspace.read(&format!("runs/{MONTH}/bills.json")).unwrap()).unwrap();
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
fn a_damaged_line_is_told_with_its_place() {
    let workspace = Workspace::of_the_example().unwrap();
    assert_eq!(workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap().code, 0);
    workspace.replace(&format!("runs/{MONTH}/lines/metallic.jsonl"), "usageMonth", "usage").unwrap();
    let whole = workspace.run(&["rate", "--month", MONTH]).unwrap();
    let parts = workspace.run(&["rate", "--month", MONTH, "--part-bytes", "1"]).unwrap();
    assert_eq!((whole.code, whole.told()), (6, parts.told()));
}
