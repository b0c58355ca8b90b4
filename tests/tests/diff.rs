//! `ratebook diff` through the release binary: whose bill moves, in every form, and when it fails.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use ratebook_tests::repository::{commit, git, run};
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

const MAIN: &str = "rules/main.toml";
const BOOK: &str = "rules/books/acronis-2026.toml";
const NORTHWIND: &str = "rules/customers/northwind.toml";

fn good(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.told());
    ran
}

/// The example month, run, its rules committed.
fn committed() -> Workspace {
    let mut workspace = Workspace::of_the_example().unwrap();
    good(workspace.run(&["run", "--month", MONTH, "--offline", "--quiet"]).unwrap());
    commit(&mut workspace).unwrap();
    workspace
}

/// The same, with the price list and a customer's own price edited since.
fn with_two_edits() -> Workspace {
    let workspace = committed();
    workspace.replace(BOOK, "\"SPGAMSENS\" = \"3.20\"", "\"SPGAMSENS\" = \"3.40\"").unwrap();
    workspace.replace(NORTHWIND, "price = \"1.70\"", "price = \"1.65\"").unwrap();
    workspace
}

fn diff(workspace: &Workspace, more: &[&str]) -> Ran {
    run(workspace, &[&["diff", "--month", MONTH], more].concat()).unwrap()
}

fn json(workspace: &Workspace, more: &[&str]) -> Value {
    let ran = good(diff(workspace, &[more, &["--format", "json"]].concat()));
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Puts rules in front of the first rule of the example.
fn add_rules(workspace: &Workspace, rules: &str) {
    let first = "[[rule]]\nid = \"acronis-bills-itself\"";
    workspace.replace(MAIN, first, &format!("{rules}\n{first}")).unwrap();
}

#[test]
fn two_edits_since_the_last_commit() {
    let workspace = with_two_edits();
    insta::assert_snapshot!("two_edits", good(diff(&workspace, &[])).told());
    insta::assert_snapshot!("two_edits_markdown", good(diff(&workspace, &["--format", "markdown"])).stdout);
    insta::assert_snapshot!("two_edits_json", good(diff(&workspace, &["--format", "json"])).stdout);
    insta::assert_snapshot!("one_customer", good(diff(&workspace, &["--customer", "northwind"])).stdout);
    let lines = ["--lines", "--format", "markdown", "--customer", "contoso"];
    insta::assert_snapshot!("one_customer_markdown", good(diff(&workspace, &lines)).stdout);
    let nobody = diff(&workspace, &["--customer", "northwnd"]);
    assert_eq!((nobody.code, nobody.stderr.contains("no bill of northwnd")), (2, true), "{}", nobody.told());
    let files: Vec<String> = workspace.files().unwrap().into_iter().map(|(name, _)| name).collect();
    assert!(!files.iter().any(|name| name.starts_with("tests/")), "comparing writes nothing: {files:?}");
}

#[test]
fn a_page_that_needs_nothing_else() {
    let workspace = with_two_edits();
    let page = good(diff(&workspace, &["--format", "html"])).stdout;
    insta::assert_snapshot!("two_edits_html", page);
    for part in ["Northwind Traders", "1147.51 EUR", "204.80", "217.60", "</html>"] {
        assert!(page.contains(part), "{part} is missing in\n{page}");
    }
    for reference in ["http://", "https://", "src=", "href=", "url(", "@import", "<script", "<link", "<img"] {
        assert!(!page.contains(reference), "{reference} in\n{page}");
    }
}

#[test]
fn names_are_shown_and_never_obeyed() {
    let workspace = with_two_edits();
    let name = "name = \"<script>alert(1)</script> | [x](http://x) `y` \\u001b[2J\"";
    workspace.replace(NORTHWIND, "name = \"Northwind Traders\"", name).unwrap();
    let page = good(diff(&workspace, &["--format", "html"])).stdout;
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"), "{page}");
    let comment = good(diff(&workspace, &["--format", "markdown"])).stdout;
    let row = comment.lines().find(|line| line.starts_with("| northwind |")).unwrap();
    insta::assert_snapshot!(row, @r"| northwind | &lt;script&gt;alert(1)&lt;/script&gt; \| \[x\](http:\/\/x) \`y\` \\u{1b}\[2J | 1147.51 EUR | 1151.31 EUR | +3.80 | +0.33 % | 2, 3 |  |");
    let table = good(diff(&workspace, &[])).stdout;
    assert!(table.contains("\\u{1b}[2J") && !table.contains('\u{1b}'), "{table}");
}

#[test]
fn lines_that_are_no_longer_billed_and_bills_that_come_and_go() {
    let workspace = committed();
    add_rules(
        &workspace,
        r#"
[[rule]]
id = "files-wait"
reason = "The offer for file sync and share runs out"
when = { vendor = "acronis", sku = "SPIAMSENS" }
hold = "which offer follows? ask sales"

[[rule]]
id = "tailspin-leaves"
reason = "Notice of 2026-02-27"
when = { customer = "tailspin" }
drop = true
"#,
    );
    // Nobody has a price for local storage any more, and advanced security is released for everybody.
    workspace.replace(BOOK, "\"SP4BMSENS\" = ", "\"SP4BMSENX\" = ").unwrap();
    let released =
        "when = { vendor = \"acronis\", sku = \"SRIAMSENS\" }\nhold = \"is the offer signed? ask sales\"";
    let nothing =
        "when = { vendor = \"acronis\", sku = \"NONE\" }\nhold = \"is the offer signed? ask sales\"";
    workspace.replace(MAIN, released, nothing).unwrap();
    insta::assert_snapshot!("off_the_bill", good(diff(&workspace, &[])).told());
    insta::assert_snapshot!(
        "off_the_bill_markdown",
        good(diff(&workspace, &["--format", "markdown"])).stdout
    );
    // The other way round everything comes back.
    let back = good(diff(&workspace, &["--from", ".", "--to", "HEAD"])).told();
    insta::assert_snapshot!(
        "back_on_the_bill",
        back.replace(&workspace.path().display().to_string(), "HERE")
    );
}

#[test]
fn what_says_the_same_moves_nothing() {
    let workspace = committed();
    let untouched = good(diff(&workspace, &[]));
    // Comments, order, the spelling of a number and the file in which a price stands say nothing.
    workspace
        .replace(
            BOOK,
            "from = \"2026-01\"\nuntil = \"2026-12\"",
            "until = \"2026-12\" # checked\nfrom = \"2026-01\"",
        )
        .unwrap();
    workspace.replace(BOOK, "\"3.20\"", "\"3.2\"").unwrap();
    fs::rename(workspace.path().join(NORTHWIND), workspace.path().join("rules/customers/n.toml")).unwrap();
    let formatted = good(diff(&workspace, &[]));
    assert_eq!(formatted.told(), untouched.told());
    insta::assert_snapshot!(formatted.told(), @r"
    exit 0
    --- stdout
    2026-03: rules of git HEAD (COMMIT) -> rules here
    usage: run of 2026-03, 43 lines

    The rules say the same.

    0 of 6 bills move

    No line is newly held, dropped or unpriced.
    ");
    workspace.replace("rules/labels.toml", "Workstation backup", "Backup of a workstation").unwrap();
    insta::assert_snapshot!("only_words", good(diff(&workspace, &[])).told());
    assert_eq!(json(&workspace, &[])["comparisons"][0]["moved"], serde_json::json!([]));
}

#[test]
fn limits() {
    let workspace = committed();
    workspace.replace(BOOK, "\"SPGAMSENS\" = \"3.20\"", "\"SPGAMSENS\" = \"3.40\"").unwrap();
    workspace.replace(BOOK, "\"SP4BMSENS\" = ", "\"SP4BMSENX\" = ").unwrap();
    let of = |what: &str, verb: &str, sku: &str| {
        format!(
            "[[rule]]\nid = \"{what}\"\nreason = \"Test\"\nwhen = {{ vendor = \"acronis\", sku = \"{sku}\" }}\n{verb}\n"
        )
    };
    let held = of("waits", "hold = \"ask\"", "SPIAMSENS");
    add_rules(&workspace, &(held + &of("drops", "drop = true", "SQ8AMSENS")));

    let comparison = &json(&workspace, &[])["comparisons"][0];
    let moved = comparison["moved"].as_array().unwrap().len();
    let newly = |fate: &str| -> u64 {
        let fates = comparison["fates"].as_array().unwrap().iter();
        let newly = fates.filter(|one| one["fate"] == fate && one["newly"] == true);
        newly.map(|one| one["count"].as_u64().unwrap()).sum()
    };
    let mut told = String::new();
    for (metric, found) in [
        ("moved", moved as u64),
        ("held", newly("held")),
        ("dropped", newly("dropped")),
        ("unpriced", newly("unpriced")),
    ] {
        assert!(found > 0, "{metric}: nothing to limit");
        for (limit, code) in [(format!("{metric} > {found}"), 0), (format!("{metric} >= {found}"), 4)] {
            let ran = diff(&workspace, &["--fail-if", &limit]);
            assert_eq!(ran.code, code, "{limit}: {}", ran.told());
            told += &ran.stderr;
        }
    }
    for (limit, code) in [
        ("total > 2%", 4),
        ("total > 100 %", 0),
        ("total > 0.01", 4),
        ("total > 5000", 0),
        ("bill > 50", 4),
        ("bill > 5000", 0),
        ("bill > 1%", 4),
        ("bill > 100%", 0),
    ] {
        let ran = diff(&workspace, &["--fail-if", limit]);
        assert_eq!(ran.code, code, "{limit}: {}", ran.told());
        told += &ran.stderr;
    }
    insta::assert_snapshot!("limits_passed", told);
}

#[test]
fn a_limit_that_is_passed_is_told_beside_the_document() {
    let workspace = with_two_edits();
    let limits = ["--fail-if", "moved > 0", "--fail-if", "bill > 1000", "--fail-if", "total > 0.1%"];
    let ran = diff(&workspace, &[&limits[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, 4, "{}", ran.told());
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["comparisons"][0]["passed"].as_array().unwrap().len(), 2, "{document:#}");
    assert_eq!(ran.stderr.matches("error[E-LIMIT]").count(), 2, "{}", ran.stderr);
    for format in ["table", "markdown", "html"] {
        let ran = diff(&workspace, &[&limits[..], &["--format", format]].concat());
        assert_eq!((ran.code, ran.stdout.matches("imit passed:").count()), (4, 2), "{}", ran.told());
    }
    for wrong in ["moved", "moved > 1%", "totl > 1", "total > one", "bill > -1"] {
        let ran = diff(&workspace, &["--fail-if", wrong]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{wrong}: {}", ran.told());
    }
}

#[test]
fn rules_from_anywhere() {
    let mut workspace = with_two_edits();
    let moved = json(&workspace, &[])["comparisons"][0]["moved"].clone();
    assert_eq!(moved.as_array().unwrap().len(), 5);
    // The rules before, beside the bills of the run; as a tag; as a folder of rules and as a whole workspace.
    git(&workspace, &["tag", "v1"]).unwrap();
    let before = Workspace::of_the_example().unwrap();
    let folder = before.path().join("rules").display().to_string();
    let whole = before.path().display().to_string();
    let root = before.path().join("rules/main.toml").display().to_string();
    let dir = format!("dir:{whole}");
    for from in ["run:2026-03", "v1", "git:v1", "HEAD", &folder, &whole, &root, &dir] {
        assert_eq!(json(&workspace, &["--from", from])["comparisons"][0]["moved"], moved, "{from}");
    }
    commit(&mut workspace).unwrap();
    assert_eq!(json(&workspace, &[])["comparisons"][0]["moved"], serde_json::json!([]));
    let committed = json(&workspace, &["--from", "HEAD~1", "--to", "HEAD"]);
    assert_eq!(committed["comparisons"][0]["moved"], moved);
}

#[test]
fn rules_that_are_not_there_or_do_not_load() {
    let mut workspace = Workspace::of_the_example().unwrap();
    good(workspace.run(&["run", "--month", MONTH, "--offline", "--quiet"]).unwrap());
    let mut told = String::new();
    let mut tell = |workspace: &Workspace, what: &str, code: i32, more: &[&str]| {
        let ran = diff(workspace, more);
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{what}: {}", ran.told());
        told += &format!("{what}\n{}\n", ran.stderr);
    };
    tell(&workspace, "outside a repository", 2, &[]);
    workspace.replace(NORTHWIND, "keep = true", "keep = maybe").unwrap();
    commit(&mut workspace).unwrap();
    workspace.replace(NORTHWIND, "keep = maybe", "keep = true").unwrap();
    tell(&workspace, "a revision whose rules do not load", 3, &[]);
    tell(&workspace, "a revision that is none", 2, &["--from", "relase-7"]);
    tell(&workspace, "a folder without rules", 2, &["--from", "recordings"]);
    tell(&workspace, "a month that was not run", 6, &["--from", "run:2026-02"]);
    tell(&workspace, "what is no month", 2, &["--from", "run:March"]);
    tell(&workspace, "usage that is not there", 6, &["--month", "2026-07", "--from", "."]);
    workspace.replace(NORTHWIND, "keep = true", "keep = perhaps").unwrap();
    tell(&workspace, "rules here that do not load", 3, &["--from", "run:2026-03"]);
    insta::assert_snapshot!("rules_refused", told);
}

/// A second month: the lines of the first, and Northwind has ten workstations more.
fn record_may(workspace: &Workspace) {
    let lines = workspace.path().join("tests/2026-05/lines");
    fs::create_dir_all(&lines).unwrap();
    for source in ["acronis-eu", "metallic"] {
        let march = workspace.lines(MONTH, source);
        let may = march.replace("2026-03-01", "2026-05-01");
        let may = may.replacen("\"consumedQuantity\":\"64\"", "\"consumedQuantity\":\"74\"", 1);
        fs::write(lines.join(format!("{source}.jsonl")), may).unwrap();
    }
    let rates = "\"USD/EUR\" = \"0.9215\"\n\"EUR/USD\" = \"1.0850\"\n";
    let march = "[fx.\"2026-03\"]";
    workspace.replace(MAIN, march, &format!("[fx.\"2026-05\"]\n{rates}\n{march}")).unwrap();
}

#[test]
fn two_months_under_one_rule_set() {
    let mut workspace = committed();
    record_may(&workspace);
    commit(&mut workspace).unwrap();
    let ran = run(&workspace, &["diff", "--month", "2026-05", "--from-month", MONTH, "--lines"]).unwrap();
    insta::assert_snapshot!("two_months", good(ran).told());
    // Without a month, all that are recorded.
    workspace.replace(BOOK, "\"SPGAMSENS\" = \"3.20\"", "\"SPGAMSENS\" = \"3.40\"").unwrap();
    good(run(&workspace, &["test", "record", "--month", MONTH]).unwrap());
    let ran = good(run(&workspace, &["diff"]).unwrap());
    let titles: Vec<&str> = ran.stdout.lines().filter(|line| line.contains(": rules of git HEAD")).collect();
    insta::assert_snapshot!(titles.join("\n"), @r"
    2026-03: rules of git HEAD (COMMIT) -> rules here
    2026-05: rules of git HEAD (COMMIT) -> rules here
    ");
}

#[test]
fn part_by_part_says_the_same_as_at_once() {
    let workspace = with_two_edits();
    let list = "[[rule]]\nid = \"acronis-list\"\n";
    let shared = r#"
[[rule]]
id = "shared"
reason = "All customers' mailboxes together"
when = { vendor = "acronis", sku = "SRJAMSENS" }
price = { volume = [{ up_to = 100, each = "2.00" }, { each = "1.00" }], pool = "all", split = true }

"#;
    workspace.replace(MAIN, list, &format!("{shared}{list}")).unwrap();
    for more in [&["--lines"][..], &["--format", "json", "--lines"], &["--customer", "contoso"]] {
        let whole = good(diff(&workspace, more));
        let parts = good(diff(&workspace, &[more, &["--part-lines", "1"]].concat()));
        assert_eq!(parts.told(), whole.told(), "{more:?}");
    }
    insta::assert_snapshot!("shared_pool", good(diff(&workspace, &["--part-lines", "1"])).stdout);
}
