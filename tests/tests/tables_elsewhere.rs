//! A month's tables in DuckDB, pyarrow, Polars and pandas: every value is what ratebook itself says, and the queries of
//! docs/tables.md answer what stands below them.
//!
//! Needs a Python that has all four: the one named by `RATEBOOK_PYTHON`, else `python3`; without one the tests say that
//! they were skipped.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use ratebook::tables::write_lines;
use ratebook_line::{BillableLine, Decimal, Month};
use ratebook_tests::guide::{blocks, page};
use ratebook_tests::workspace::{MONTH, Workspace};
use serde_json::Value;

const LIBRARIES: [&str; 4] = ["duckdb", "pyarrow", "polars", "pandas"];
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/read_tables.py");

/// A row: texts by name; lists are joined as JSON.
type Row = BTreeMap<String, String>;

/// A Python with the four libraries, if there is one. One that is named must have them.
fn python() -> Option<String> {
    let named = std::env::var("RATEBOOK_PYTHON").ok();
    let python = named.clone().unwrap_or_else(|| "python3".to_owned());
    match Command::new(&python).args([SCRIPT, "versions"]).output() {
        Ok(output) if output.status.success() => {
            println!("{}", String::from_utf8_lossy(&output.stdout).trim());
            return Some(python);
        }
        told => assert!(named.is_none(), "RATEBOOK_PYTHON={python} is not what it should be: {told:?}"),
    }
    println!("SKIPPED: {python} has not all of {}", LIBRARIES.join(", "));
    None
}

fn output(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a library reads in each of some tables.
fn read(python: &str, library: &str, paths: &[PathBuf]) -> Vec<Vec<Row>> {
    let mut command = Command::new(python);
    command.args([SCRIPT, library]).args(paths);
    let mut tables = vec![Vec::new()];
    for line in output(command).lines() {
        match tables.last_mut() {
            Some(rows) if !line.is_empty() => rows.push(row(&serde_json::from_str(line).unwrap())),
            _ => tables.push(Vec::new()),
        }
    }
    assert_eq!(tables.pop(), Some(Vec::new()), "{library}: the last table has an end");
    assert_eq!(tables.len(), paths.len(), "{library}");
    tables
}

/// An object's members as texts; what is null or an empty list is not there.
fn row(object: &Value) -> Row {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => {
            let texts: Vec<String> =
                values.iter().map(|value| value.to_string().trim_matches('"').to_owned()).collect();
            (!texts.is_empty()).then(|| texts.join("\u{1f}"))
        }
        other => Some(other.to_string()),
    };
    let members = object.as_object().unwrap().iter();
    members.filter_map(|(name, value)| Some((snake(name), text(value)?))).collect()
}

/// `tenantName` as `tenant_name`.
fn snake(name: &str) -> String {
    let pairs = name.chars().map(|letter| match letter.is_ascii_uppercase() {
        true => format!("_{}", letter.to_ascii_lowercase()),
        false => letter.to_string(),
    });
    pairs.collect()
}

/// Numbers in the one spelling that the script has.
fn without_zeros(number: &str) -> String {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => number.to_owned(),
    }
}

fn respell(rows: &mut [Row], numbers: &[&str]) {
    for number in rows.iter_mut().flatten().filter(|(name, _)| numbers.contains(&name.as_str())) {
        *number.1 = without_zeros(number.1);
    }
}

/// The lines of a source as ratebook tells them, with the names of the columns.
fn lines_as_told(workspace: &Workspace, source: &str) -> Vec<Row> {
    let told = workspace.done(&["lines", "--month", MONTH, "--source", source, "--format", "jsonl"]).stdout;
    let line = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap();
        let mut row = row(&object);
        row.remove("origin");
        row.insert("usage_month".to_owned(), row["usage_month"].trim_end_matches("-01").to_owned());
        row.insert("record".to_owned(), object["origin"]["row"].to_string());
        row.insert("payload".to_owned(), object["origin"]["payload"].as_str().unwrap().to_owned());
        row
    };
    let mut rows: Vec<Row> = told.lines().map(line).collect();
    let numbers = ["consumed", "entitled", "overage", "billable"].map(|name| format!("{name}_quantity"));
    let mut numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    numbers.extend(["unit_price", "total_cost"]);
    respell(&mut rows, &numbers);
    rows
}

fn skipped_as_told(workspace: &Workspace, source: &str) -> Vec<Row> {
    let arguments = ["lines", "--month", MONTH, "--skipped", "--source", source, "--format", "jsonl"];
    let told = workspace.done(&arguments).stdout;
    let record = |line: &str| {
        let mut row = row(&serde_json::from_str(line).unwrap());
        assert_eq!(row.remove("source").as_deref(), Some(source));
        let record = row.remove("row").unwrap();
        row.insert("record".to_owned(), record);
        row
    };
    told.lines().map(record).collect()
}

/// A line of a bill, its tiers and discounts as the cells of its table.
fn cells(line: &Value) -> Value {
    let mut line = line.clone();
    let number = |of: &Value| of.as_str().map(without_zeros);
    let tier = |tier: &Value| {
        let keys = ["quantity", "each", "flat", "size"].iter();
        let given = keys.filter_map(|key| Some(format!("{key}={}", number(&tier[key])?)));
        Value::from(given.collect::<Vec<_>>().join(" "))
    };
    let discount = |discount: &Value| {
        let rule = discount["rule"].as_str().unwrap();
        Value::from(format!("{rule} {}", number(&discount["amount"]).unwrap()))
    };
    for (name, cell) in [("tiers", &tier as &dyn Fn(&Value) -> Value), ("discounts", &discount)] {
        if let Some(Value::Array(list)) = line.get_mut(name) {
            *list = list.iter().map(cell).collect();
        }
    }
    line
}

/// `bills`, `bill_lines` and `fates` as the bill document tells them.
fn document_as_told(workspace: &Workspace) -> [Vec<Row>; 3] {
    let told = workspace.done(&["export", "--month", MONTH, "--format", "json"]).stdout;
    let document: Value = serde_json::from_str(&told).unwrap();
    let (mut bills, mut lines) = (Vec::new(), Vec::new());
    for bill in document["bills"].as_array().unwrap() {
        let mut head = row(bill);
        head.retain(|name, _| !["lines", "credit_left", "tax_totals"].contains(&name.as_str()));
        let count = bill["lines"].as_array().unwrap().len();
        head.insert("bill_lines".to_owned(), count.to_string());
        head.insert("month".to_owned(), MONTH.to_owned());
        for (position, line) in bill["lines"].as_array().unwrap().iter().enumerate() {
            let mut line = row(&cells(line));
            line.insert("position".to_owned(), position.to_string());
            for name in ["customer", "currency"] {
                line.insert(name.to_owned(), head[name].clone());
            }
            lines.push(line);
        }
        bills.push(head);
    }
    let fate = |fate: &'static str| {
        let list = document[fate].as_array().unwrap().iter();
        list.map(move |told| {
            let mut row = row(told);
            row.insert("fate".to_owned(), fate.to_owned());
            row
        })
    };
    let mut fates: Vec<Row> = fate("held").chain(fate("dropped")).collect();
    fates.sort_by_key(|row| row["line"].parse::<u64>().unwrap());
    respell(&mut bills, &["total"]);
    respell(&mut lines, &["quantity", "unit_price", "amount", "included", "list"]);
    [bills, lines, fates]
}

/// Each row has all that is told of it; `only` names the columns that are looked at, or none for all.
fn assert_same(library: &str, table: &str, read: &[Row], told: &[Row], only: Option<&[&str]>) {
    assert_eq!(read.len(), told.len(), "{library}: {table}");
    for (at, (read, told)) in read.iter().zip(told).enumerate() {
        let keep = |row: &Row| -> Row {
            let kept = |name: &&String| only.is_none_or(|only| only.contains(&name.as_str()));
            row.iter()
                .filter(|(name, _)| kept(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        assert_eq!(keep(read), keep(told), "{library}: {table}, row {at}");
    }
}

#[test]
fn every_value_of_the_example_month_is_read_elsewhere_as_ratebook_says_it() {
    let Some(python) = python() else { return };
    let workspace = Workspace::of_the_example().unwrap();
    workspace.done(&["run", "--month", MONTH, "--offline"]);
    let [bills, bill_lines, fates] = document_as_told(&workspace);
    let bill = ["month", "customer", "name", "currency", "total", "complete", "bill_lines"];
    // The reason of a dropped line, and whom a held one waits for, stand in the table alone.
    let fate = ["line", "fate", "code", "rule"];
    let mut told = vec![
        ("bills".to_owned(), bills, Some(&bill[..])),
        ("bill_lines".to_owned(), bill_lines, None),
        ("fates".to_owned(), fates, Some(&fate[..])),
    ];
    for source in ["acronis-eu", "metallic"] {
        told.push((format!("lines/{source}"), lines_as_told(&workspace, source), None));
    }
    assert!(told.iter().all(|(_, rows, _)| !rows.is_empty()));
    // Nothing was skipped of the other source.
    for (source, records) in [("acronis-eu", 12), ("metallic", 0)] {
        let rows = skipped_as_told(&workspace, source);
        assert_eq!(rows.len(), records);
        told.push((format!("skipped/{source}"), rows, None));
    }
    let run = workspace.path().join("runs").join(MONTH);
    let paths: Vec<PathBuf> = told.iter().map(|(table, ..)| run.join(format!("{table}.parquet"))).collect();
    for library in LIBRARIES {
        for (read, (table, told, only)) in read(&python, library, &paths).iter().zip(&told) {
            assert_same(library, table, read, told, *only);
        }
    }
}

/// Numbers at and beyond what 38 digits with 12 places hold.
const NUMBERS: [&str; 8] = [
    "0",
    "-0.000000000001",
    "0.0000000000001",
    "0.000000000000000000000001",
    "99999999999999999999999999.999999999999",
    "-99999999999999999999999999.999999999999",
    "12345678901234.567890123456789012345678",
    "99999999999999999999999999999999999999",
];

#[test]
fn numbers_of_38_digits_and_24_places_are_read_elsewhere_exactly() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let month: Month = MONTH.parse().unwrap();
    let path = folder.path().join("runs").join(MONTH).join("lines");
    fs::create_dir_all(&path).unwrap();
    fs::write(folder.path().join("ratebook.toml"), "version = 1\n\n[source.wide]\nplugin = \"acronis\"\n")
        .unwrap();
    let lines = NUMBERS.map(|number| {
        let number: Decimal = number.parse().unwrap();
        BillableLine {
            source: Some("wide".into()),
            tenant_name: Some("Grüße, \"Ж\" 名".into()),
            consumed_quantity: Some(number),
            unit_price: Some(number),
            ..BillableLine::new(month)
        }
    });
    write_lines(&path.join("wide.parquet"), lines).unwrap();
    for library in LIBRARIES {
        let rows = read(&python, library, &[path.join("wide.parquet")]).remove(0);
        let read: Vec<&str> = rows.iter().map(|row| row["consumed_quantity"].as_str()).collect();
        assert_eq!(read, NUMBERS, "{library}");
        assert!(rows.iter().all(|row| row["unit_price"] == row["consumed_quantity"]), "{library}");
        assert!(rows.iter().all(|row| row["tenant_name"] == "Grüße, \"Ж\" 名"), "{library}");
    }
}

#[test]
fn the_queries_of_the_guide_answer_what_stands_below_them() {
    let Some(python) = python() else { return };
    let workspace = Workspace::of_the_example().unwrap();
    workspace.done(&["run", "--month", MONTH, "--offline"]);
    let guide = page("tables.md");
    let mut asked = 0;
    let mut answer: Option<String> = None;
    for (kind, text) in blocks(&guide) {
        let program = match kind {
            "sql" => format!("import duckdb\nprint(duckdb.sql('''{text}'''))"),
            "python" if text.contains("spark") => continue,
            "python" => text.to_owned(),
            "text" => {
                if let Some(answer) = answer.take() {
                    assert_eq!(answer.trim(), text.trim());
                }
                continue;
            }
            _ => continue,
        };
        assert_eq!(answer, None, "a query without its answer");
        let mut command = Command::new(&python);
        command.args(["-c", &program]).current_dir(workspace.path()).env("PYTHONIOENCODING", "utf-8");
        answer = Some(output(command));
        asked += 1;
    }
    assert_eq!((asked, answer), (3, None), "one each for DuckDB, Polars and pandas");
}
