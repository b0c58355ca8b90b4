//! The index of finished months: what it holds is what the files hold, whatever became of it before.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ratebook_tests::workspace::{MONTH, NEXT, Workspace};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value;

const FILE: &str = "runs/index.sqlite";

/// March closed, April a draft.
fn two_months() -> Workspace {
    let workspace = Workspace::with_a_closed_month().unwrap();
    workspace.done(&["run", "--month", NEXT, "--offline"]);
    workspace
}

fn database(workspace: &Workspace) -> Connection {
    Connection::open(workspace.path().join(FILE)).unwrap()
}

/// The rows of a query, as texts with `|` between.
fn asked(database: &Connection, sql: &str) -> Vec<String> {
    let mut statement = database.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells = (0..columns).map(|column| match row.get_ref(column).unwrap() {
            ValueRef::Null => String::new(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            other => format!("{other:?}"),
        });
        Ok(cells.collect::<Vec<_>>().join(" | "))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Everything that the index holds but for when a month was closed.
fn everything(workspace: &Workspace) -> Vec<String> {
    let database = database(workspace);
    let months =
        "SELECT month, state, missing, manifest_sha256, lines, closed_at IS NULL FROM months ORDER BY 1";
    [
        "SELECT * FROM bills ORDER BY 1, 2",
        "SELECT * FROM bill_lines ORDER BY 1, 2, 3",
        "SELECT * FROM skus ORDER BY 1, 2, 3",
    ]
    .iter()
    .chain([&months])
    .flat_map(|sql| asked(&database, sql))
    .collect()
}

#[test]
fn every_bill_and_line_of_the_files_is_in_the_index() {
    let workspace = two_months();
    insta::assert_snapshot!("indexed", workspace.done(&["index"]).told());
    let mode = fs::metadata(workspace.path().join(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (mut bills, mut lines) = (Vec::new(), Vec::new());
    for month in [MONTH, NEXT] {
        let document: Value = serde_json::from_str(&workspace.bills(month)).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for bill in document["bills"].as_array().unwrap() {
            let customer = text(&bill["customer"]);
            let total = text(&bill["total"]);
            let minor = total.replace('.', "").trim_start_matches('0').to_owned();
            bills.push(format!("{month} | {customer} | {total} | {minor}"));
            for line in bill["lines"].as_array().unwrap() {
                let cells =
                    ["kind", "name", "sku", "quantity", "unitPrice", "amount"].map(|key| text(&line[key]));
                lines.push(format!("{month} | {customer} | {} | {}", cells.join(" | "), line["rules"]));
            }
        }
    }
    let database = database(&workspace);
    assert_eq!(
        asked(&database, "SELECT month, customer, total, total_minor FROM bills ORDER BY 1, 2"),
        bills
    );
    let sql = "SELECT month, customer, kind, name, sku, quantity, unit_price, amount, rules
               FROM bill_lines ORDER BY month, customer, position";
    assert_eq!(asked(&database, sql), lines);
    assert!(lines.len() > 70, "{lines:?}");
}

#[test]
fn the_queries_of_the_guide_answer() {
    let workspace = two_months();
    workspace.done(&["index"]);
    let guide = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/index.md")).unwrap();
    let queries: Vec<&str> =
        guide.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(queries.len(), 3);
    let mut answers = String::new();
    for query in queries {
        write!(answers, "{query}\n{}\n\n", asked(&database(&workspace), query).join("\n")).unwrap();
    }
    insta::assert_snapshot!("queries_of_the_guide", answers);
    // Every column that the guide names is there, and the other way round.
    for table in ["months", "bills", "bill_lines", "skus", "customer_months"] {
        let sql = format!("SELECT name FROM pragma_table_info('{table}')");
        let row = guide.lines().find(|line| line.starts_with(&format!("| `{table}`"))).unwrap();
        for column in asked(&database(&workspace), &sql) {
            assert!(row.contains(&format!("`{column}`")), "{table}.{column} is not in docs/index.md");
        }
    }
}

#[test]
fn only_months_that_changed_are_read_again() {
    let workspace = two_months();
    let index = |arguments: &[&str]| -> Value {
        let ran = workspace.done(&[&["index", "--format", "json"], arguments].concat());
        serde_json::from_str(&ran.stdout).unwrap()
    };
    assert_eq!(index(&[])["read"], serde_json::json!([MONTH, NEXT]));
    assert_eq!(index(&[])["kept"], serde_json::json!([MONTH, NEXT]));
    workspace.replace("rules/main.toml", "version = 1", "version = 1 # looked at").unwrap();
    workspace.done(&["run", "--month", NEXT, "--offline"]);
    assert_eq!(index(&[])["read"], serde_json::json!([NEXT]));
    assert_eq!(index(&["--anew"])["read"], serde_json::json!([MONTH, NEXT]));
    // Closing writes no new manifest, and shows.
    workspace.done(&["close", "--month", NEXT, "--accept-held", "--because", "sales decides"]);
    assert_eq!(index(&[])["kept"], serde_json::json!([MONTH, NEXT]));
    let states = "SELECT state, closed_by IS NOT NULL FROM months";
    assert_eq!(asked(&database(&workspace), states), ["closed | 1", "closed | 1"]);
    fs::rename(workspace.path().join("runs").join(NEXT), workspace.path().join("elsewhere")).unwrap();
    assert_eq!(index(&[])["removed"], serde_json::json!([NEXT]));
    for table in ["months", "bills", "bill_lines", "skus"] {
        let sql = format!("SELECT count(*) FROM {table} WHERE month <> '{MONTH}'");
        assert_eq!(asked(&database(&workspace), &sql), ["0"], "{table}");
    }
}

#[test]
fn whatever_is_in_its_place_the_index_is_made_again() {
    let workspace = two_months();
    workspace.done(&["index"]);
    let (path, made) = (workspace.path().join(FILE), everything(&workspace));
    let whole = fs::read(&path).unwrap();
    let mut torn = whole.clone();
    torn[4096..8192].fill(0x5a);
    let foreign = tempfile::NamedTempFile::new().unwrap();
    Connection::open(foreign.path()).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let mut newer = whole.clone();
    newer[63] += 1;
    let what: [(&str, Vec<u8>); 4] = [
        ("file is not a database", b"no database at all, but a text".to_vec()),
        ("malformed", torn),
        ("another program's", fs::read(foreign.path()).unwrap()),
        ("version 2", newer),
    ];
    for (at, (why, bytes)) in what.into_iter().enumerate() {
        fs::write(&path, &bytes).unwrap();
        let told = workspace.done(&["index"]);
        assert!(told.stderr.contains(why), "{why}: {}", told.told());
        assert_eq!(everything(&workspace), made, "{why}");
        // What was put aside before is not written over.
        let old = if at == 0 { "sqlite.old".to_owned() } else { format!("sqlite.old-{}", at + 1) };
        assert_eq!(fs::read(path.with_extension(&old)).unwrap().len(), bytes.len(), "{why}");
        assert!(told.stderr.contains(&format!("It is index.{old} now")), "{}", told.told());
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(workspace.done(&["history", "--customer", "northwind"]).stderr, "");
    assert_eq!(everything(&workspace), made);
    // A link that somebody planted is not written through.
    let victim = workspace.path().join("victim");
    fs::write(&victim, &whole).unwrap();
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&victim, &path).unwrap();
    assert_eq!(workspace.run(&["index"]).unwrap().code, 9);
    workspace.done(&["index", "--anew"]);
    assert_eq!(fs::read(&victim).unwrap(), whole);
}

#[test]
fn a_month_that_is_not_as_it_was_written_is_named_and_left_out() {
    let workspace = two_months();
    workspace.done(&["index"]);
    let bills = workspace.path().join("runs").join(NEXT).join("bills.parquet");
    let manifest = workspace.path().join("runs").join(NEXT).join("manifest.json");
    // Another manifest, whose bills were changed after it.
    let mut changed = fs::read(&bills).unwrap();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let made = fs::read_to_string(&manifest).unwrap();
    let forged = ratebook_tests::forge::reseal(&made, "bills.parquet", b"{}").unwrap();
    fs::write(&manifest, forged).unwrap();
    fs::write(&bills, changed).unwrap();
    for command in [&["index"][..], &["history", "--customer", "northwind"]] {
        let refused = workspace.run(command).unwrap();
        assert_eq!(refused.code, 6, "{}", refused.told());
        assert!(refused.stderr.contains("bills.parquet"), "{}", refused.told());
    }
    assert_eq!(asked(&database(&workspace), "SELECT month FROM months"), [MONTH]);
}

#[test]
fn history_shows_months_in_a_row_with_adjustments_apart() {
    let workspace = two_months();
    // Metallic corrects March: a pool of adventure-works was not used.
    let path = "recordings/2026-03/metallic/usage-summary.json";
    let mut summary: Value = serde_json::from_slice(&workspace.read(path).unwrap()).unwrap();
    summary["data"].as_array_mut().unwrap().remove(2);
    workspace.record_metallic(serde_json::to_string_pretty(&summary).unwrap().as_bytes()).unwrap();
    workspace.done(&["adjust", "--month", MONTH, "--into", NEXT, "--offline"]);
    workspace.done(&["run", "--month", NEXT, "--offline"]);
    insta::assert_snapshot!(
        "history_of_a_customer",
        workspace.done(&["history", "--customer", "adventure-works"]).told()
    );
    insta::assert_snapshot!(
        "history_as_json",
        workspace
            .done(&["history", "--customer", "adventure-works", "--from", NEXT, "--format", "json"])
            .stdout
    );
    insta::assert_snapshot!(
        "history_of_a_sku",
        workspace.done(&["history", "--sku", "SPGAMSENS", "--to", MONTH]).told()
    );
    let status = workspace.done(&["status"]).stdout;
    assert!(status.contains("of it adjusted") && status.contains(" -13.50 EUR "), "{status}");
    let unknown = workspace.run(&["history", "--customer", "northwnd"]).unwrap();
    assert_eq!((unknown.code, unknown.stderr.contains("Did you mean northwind?")), (2, true));
    let backwards = workspace.run(&["history", "--sku", "SPGAMSENS", "--from", NEXT, "--to", MONTH]).unwrap();
    assert_eq!(backwards.code, 2, "{}", backwards.told());
}
