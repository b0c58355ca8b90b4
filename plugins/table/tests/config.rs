//! What the config may hold, and how files are recognised.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use ratebook_plugin::testing::{self, ScriptedHost};
use ratebook_plugin::{Config, Host, Problem, ProblemKind, VendorPlugin};
use ratebook_plugin_table::Table;
use serde_json::{Value, json};

fn open(values: Value) -> Result<Table, Problem> {
    Table::open(&Config { source: "shop".to_owned(), url: None, values, secrets: vec!["key".to_owned()] })
}

fn refused(values: Value) -> Problem {
    let problem = open(values).err().unwrap();
    assert_eq!(problem.kind, ProblemKind::Config);
    problem
}

/// A map that is whole, with keys laid over it.
fn with(key: &str, value: Value) -> Value {
    let mut values = json!({"columns": {"tenant": "A", "skuId": "B", "consumedQuantity": "C"}});
    values[key] = value;
    values
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_what_was_meant() {
    let problem = refused(json!({
        "formt": "csv",
        "format": "xml",
        "numbers": "1.234.56",
        "dates": "yyyy-mm-dd",
        "delimiter": ";;",
        "encoding": "utf-9",
        "negative": 1,
        "columns": {"skuID": "B", "tenant": "A", "unitPrice": ["P", "Q"]},
        "constants": {"tenant": "x", "consumedQuantity": "1,5", "currency": "Euro"},
        "optional": ["D"],
        "required": ["meter", "tenantname"],
        "skip": [{"column": "A", "equals": "x"}, {"column": "A", "reason": "sum", "empty": true, "zero": true}, 7],
        "month": {"colum": "D"},
        "request": {"path": "v1/{mnth}", "auth": {"kind": "bearer"}, "paging": {"kind": "pages"}},
    }));
    insta::assert_snapshot!(problem.to_string());
}

#[test]
fn what_is_wrong_with_how_a_file_is_said_to_be_written_is_told() {
    let problem = refused(json!({
        "numbers": "1234,5",
        "numbers_in": {"Qty": "1.234,56", "Cots": "1234.56", "Cost": {"implied_decimals": 99, "nummbers": "1"}},
        "beside": ["%", "5", ""],
        "header": 0,
        "line_breaks": "first_line",
        "dates": "MMMMM YYYY",
        "totals": 7.5,
        "columns": {
            "tenant": {"sum": ["A"]}, "skuId": "B", "consumedQuantity": {"sum": [], "mins": ["C"]},
            "totalCost": {"sum": ["Cost", "Credit"], "minus": "Cost"},
        },
        "constants": {"currency": {"preamble": "Currency", "line": 3}, "tags": {"preamble": "x"}},
        "month": {"column": 4.5, "preamble": {"line": 2}, "file_name": "yyyy", "unchecked": true},
        "request": {"path": "/v1", "paging": {"kind": "header-token", "pointer": "links", "from_header": "X"}},
    }));
    insta::assert_snapshot!(problem.to_string());
    let columns = json!({"tenant": 1, "skuId": "SKU", "consumedQuantity": 3});
    let problem = refused(json!({"header": false, "columns": columns}));
    assert!(problem.message.starts_with("\"SKU\": without a header"), "{problem}");
    let month = json!({"unchecked": true, "column": "D"});
    assert!(refused(with("month", month)).message.contains("something is checked"));
}

#[test]
fn one_wrong_key_is_told_with_its_name() {
    for (key, value) in [
        ("rows", json!("items")),
        ("header_within", json!(-1)),
        ("map", json!("acronis")),
        ("map", json!(1)),
        ("line_breaks", json!("yes")),
        ("encoding", json!([])),
    ] {
        let problem = refused(with(key, value));
        assert_eq!(problem.key.as_deref(), Some(key), "{problem}");
    }
    assert!(refused(json!({})).message.contains("no column is a quantity"));
    let problem = refused(with("constants", json!({"unitPrice": "1"})));
    assert!(problem.message.contains("without a currency"), "{problem}");
}

#[test]
fn every_shipped_map_opens_as_it_is() {
    let schema: Value = serde_json::from_str(&Table::about().config_schema).unwrap();
    let maps = schema["properties"]["map"]["enum"].as_array().unwrap();
    assert!(maps.len() >= 3);
    for map in maps {
        open(json!({"map": map})).unwrap();
    }
    let none = refused(json!({"map": ""})).message;
    assert!(maps.iter().all(|map| none.contains(map.as_str().unwrap())), "{none}");
}

#[test]
fn a_source_for_files_says_so_when_it_is_asked() {
    let plugin = open(with("numbers", json!("1234.56"))).unwrap();
    let problem = plugin.collect("2026-03".parse().unwrap(), &mut Host::new(&mut ScriptedHost::new([])));
    let problem = problem.unwrap_err();
    assert_eq!(problem.key.as_deref(), Some("url"));
    assert!(problem.advice.unwrap().contains("ratebook import"));
}

#[test]
fn the_schema_describes_every_key() {
    fn described(value: &Value, path: &str) {
        for (key, property) in value["properties"].as_object().into_iter().flatten() {
            let has = property["description"].as_str().is_some_and(|text| text.len() > 10);
            assert!(has || property.get("$ref").is_some(), "{path}.{key}");
            described(property, &format!("{path}.{key}"));
            described(&property["items"], &format!("{path}.{key}[]"));
        }
    }
    let schema: Value = serde_json::from_str(&Table::about().config_schema).unwrap();
    described(&schema, "");
    described(&schema["$defs"]["fields"], "fields");
    let keys = schema["properties"].as_object().unwrap();
    for (key, property) in keys {
        if let Some(default) = property.get("default") {
            open(with(key, default.clone())).unwrap();
        }
    }
    // The refusal lists the keys that are known.
    let expected = refused(with("no_such_key", json!(1))).message;
    let known: Vec<&str> =
        expected.split("there are ").nth(1).unwrap().trim_end_matches(')').split(", ").collect();
    assert_eq!(known.len() + 1, keys.len(), "{expected} and map");
    assert!(known.iter().all(|key| keys.contains_key(*key)), "{expected}");
    let fields = refused(with("constants", json!({"zzz": "1"}))).message;
    let fields: Vec<&str> =
        fields.split("there are ").nth(1).unwrap().trim_end_matches(')').split(", ").collect();
    let of_schema = schema["$defs"]["fields"]["properties"].as_object().unwrap();
    assert_eq!(fields.len(), of_schema.len());
    assert!(fields.iter().all(|field| of_schema.contains_key(*field)));
}

#[test]
fn the_fields_that_are_named_are_those_of_the_configuration() {
    let schema: Value = serde_json::from_str(&Table::about().config_schema).unwrap();
    let columns: Vec<String> = schema["$defs"]["fields"]["properties"]
        .as_object()
        .unwrap()
        .keys()
        .map(|name| format!("columns.{name}"))
        .collect();
    // One map that fills them all: each by the column that is called like it.
    let names: Vec<&str> = columns.iter().map(|name| name.trim_start_matches("columns.")).collect();
    let map: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!(name))).collect();
    let numbers = ["Quantity", "Price", "Cost"];
    let cells: Vec<&str> = names
        .iter()
        .map(|name| match numbers.iter().any(|number| name.ends_with(number)) {
            true => "1",
            false => "EUR",
        })
        .collect();
    let payload = format!("{}\n{}\n", names.join(","), cells.join(","));
    let plugin = open(json!({"columns": map})).unwrap();
    let mapped = testing::map(&plugin, "table-csv", payload.as_bytes(), "2026-03".parse().unwrap()).unwrap();
    let known: Vec<&str> = columns.iter().map(String::as_str).chain(["any other column"]).collect();
    let wrong = testing::wrong_fields(&Table::about(), "table-csv", &known, &testing::filled(&mapped));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_configured_format_wins_over_what_a_file_looks_like() {
    let plugin = open(
        json!({"format": "csv", "delimiter": "|", "columns": {"tenant": "[A", "consumedQuantity": "C"}}),
    )
    .unwrap();
    let payload = b"[A|C\nx|1\n";
    assert_eq!(Table::recognize("export.txt", payload), Some("table-json"));
    let mapped = testing::map(&plugin, "table-json", payload, "2026-03".parse().unwrap()).unwrap();
    assert_eq!(mapped.lines.len(), 1);
}

#[test]
fn files_are_recognised_by_name_and_content() {
    let recognize = |name: &str, head: &[u8]| Table::recognize(name, head);
    assert_eq!(recognize("a.csv", b"a,b\n1,2\n"), Some("table-csv"));
    assert_eq!(recognize("a.txt", b"a;b\n1;2\n"), Some("table-csv"));
    assert_eq!(recognize("a.txt", b"a\tb\n1\t2\n"), Some("table-tsv"));
    assert_eq!(recognize("A.TSV.gz", b"a\tb,c\n"), Some("table-tsv"));
    assert_eq!(recognize("a.json", b"\xef\xbb\xbf {\"a\": 1}"), Some("table-json"));
    assert_eq!(recognize("a", b"[{\"a\":1}]"), Some("table-json"));
    assert_eq!(recognize("a", b"{\"a\":1}\n{\"a\":2}\n"), Some("table-jsonl"));
    assert_eq!(recognize("a.ndjson", b"{\"a\":1}"), Some("table-jsonl"));
    assert_eq!(recognize("a.csv", b"\xff\xfea\0,\0b\0"), Some("table-csv"));
    for nothing in [&b""[..], b" \n", b"<!DOCTYPE html>", b"PK\x03\x04\0\0"] {
        assert_eq!(recognize("a.csv", nothing), None);
    }
}
