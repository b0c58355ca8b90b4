//! Every folder of `cases/` is a month whose bills were worked out by hand; its `hand` says how.

use crate::support::Case;
use ratebook_rating::Fate;
use serde_json::{Map, Value};

#[test]
fn every_case_comes_out_as_worked_out_by_hand() {
    let folders = crate::support::folders(&crate::support::tests().join("cases"));
    assert!(folders.len() >= 8, "the cases are gone: {folders:?}");
    let failures: Vec<String> = folders.iter().flat_map(|folder| run(&Case::read(folder), folder)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn run(case: &Case, folder: &std::path::Path) -> Vec<String> {
    let document = case.document.as_object().unwrap();
    for key in document.keys() {
        assert!(
            ["title", "month", "lines", "expect", "hand"].contains(&key.as_str()),
            "{}: {key}",
            case.name
        );
    }
    assert!(document["hand"].as_str().is_some_and(|hand| !hand.is_empty()), "{}: no working", case.name);
    let expect = document["expect"].as_object().unwrap();
    let mut failures = Vec::new();
    let rulebook = match crate::support::load(folder) {
        Ok(rulebook) => rulebook,
        Err(error) => return vec![format!("{}: {error}", case.name)],
    };
    match (case.rate(&rulebook), expect.get("error")) {
        (Ok(rated), None) => {
            let text = rated.to_json_pretty();
            let actual: Value = serde_json::from_str(&text).unwrap();
            compare_document(expect, &actual, &mut failures);
            if let Some(expected) = expect.get("costs") {
                compare("costs", expected, &costs(&rated), &mut failures);
            }
            check_fates(&rated, &mut failures);
        }
        (Err(error), Some(expected)) => {
            let problems: Vec<Value> = error
                .problems
                .iter()
                .map(|problem| serde_json::json!({ "line": problem.line, "code": problem.code, "rule": problem.rule }))
                .collect();
            let actual = serde_json::json!({ "code": error.code.word(), "problems": problems });
            compare("error", expected, &actual, &mut failures);
        }
        (Ok(rated), Some(_)) => failures.push(format!("no error, but {}", rated.to_json_pretty())),
        (Err(error), None) => failures.push(error.to_string()),
    }
    failures.into_iter().map(|failure| format!("{}: {failure}", case.name)).collect()
}

fn compare_document(expect: &Map<String, Value>, actual: &Value, failures: &mut Vec<String>) {
    for (key, value) in expect.iter().filter(|(key, _)| *key != "costs") {
        if key != "bills" {
            compare(key, value, &actual[key], failures);
            continue;
        }
        let expected = value.as_object().unwrap();
        let bills = actual["bills"].as_array().unwrap();
        let names: Vec<&str> = bills.iter().map(|bill| bill["customer"].as_str().unwrap()).collect();
        let mut wanted: Vec<&str> = expected.keys().map(String::as_str).collect();
        wanted.sort_unstable();
        if names != wanted {
            failures.push(format!("bills of {names:?}, expected {wanted:?}"));
        }
        for bill in bills {
            if let Some(expected) = expected.get(bill["customer"].as_str().unwrap()) {
                compare(bill["customer"].as_str().unwrap(), expected, bill, failures);
            }
        }
    }
}

/// What we pay for each bill, which stands in no document.
fn costs(rated: &ratebook_rating::Rated<'_>) -> Value {
    let bills = rated.bills().map(|bill| {
        let cost = bill.vendor_cost();
        let told = serde_json::json!({
            "vendor": cost.by_currency,
            "ours": cost.ours,
            "all": cost.in_bill_currency,
            "unknown": cost.lines_unknown,
        });
        (bill.customer().to_owned(), told)
    });
    Value::Object(bills.collect())
}

/// Only the keys present are compared; lists have equal length.
fn compare(place: &str, expected: &Value, actual: &Value, failures: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(expected), actual) => {
            for (key, value) in expected {
                let name = match key.as_str() {
                    "unit_price" => "unitPrice",
                    "tax_totals" => "taxTotals",
                    "credit_left" => "creditLeft",
                    key => key,
                };
                compare(&format!("{place}.{key}"), value, &actual[name], failures);
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(&format!("{place}[{index}]"), expected, actual, failures);
            }
        }
        (expected, actual) if expected == actual => {}
        (expected, actual) => failures.push(format!("{place}: expected {expected}, found {actual}")),
    }
}

/// Every line has exactly one fate, and the counts agree.
fn check_fates(rated: &ratebook_rating::Rated<'_>, failures: &mut Vec<String>) {
    let fates = rated.fates();
    let counts = rated.counts();
    let numbers: Vec<u64> = fates.iter().map(|(line, _)| *line).collect();
    if numbers != (0..counts.lines).collect::<Vec<_>>() {
        failures.push(format!("fates of lines {numbers:?}, but there are {} lines", counts.lines));
    }
    let priced = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Priced { .. })).count();
    if priced as u64 != counts.priced {
        failures.push(format!("{priced} lines on bills, counted {}", counts.priced));
    }
}
