//! Every sample goes through its schema, and through the program's own reader where that is a library; what the program
//! prints goes through its schema.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use ratebook_line::{JsonLineReader, LineError};
use ratebook_tests::workspace::{MONTH, Workspace};
use serde_json::Value;

/// The schemas that have samples.
const SCHEMAS: [&str; 17] = [
    "accepted",
    "adjustment",
    "billable-line",
    "bill",
    "case",
    "closed",
    "contents",
    "decided",
    "diff",
    "error",
    "manifest",
    "payloads",
    "ratebook",
    "rules",
    "test",
    "todo",
    "totals",
];

/// The tables of a month, as the program names what it prints of them.
const TABLES: [&str; 5] = ["table:bill_lines", "table:bills", "table:fates", "table:lines", "table:skipped"];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn schema(name: &str) -> Value {
    let path = repository().join(format!("schemas/{name}.schema.json"));
    serde_json::from_str(&fs::read_to_string(&path).unwrap())
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn validator(name: &str) -> Validator {
    jsonschema::draft202012::options().build(&schema(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The samples of a kind (`valid`, `invalid/schema`, `invalid/check`) for a schema.
fn samples(kind: &str, schema: &str) -> Vec<PathBuf> {
    let folder = repository().join("schemas/samples").join(kind).join(schema);
    let mut files = Vec::new();
    if let Ok(entries) = fs::read_dir(&folder) {
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}

/// A JSON or TOML file as JSON.
fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => serde_json::from_str(&text).unwrap(),
        Some("toml") => json(text.parse::<toml::Table>().unwrap().into()),
        other => panic!("{}: {other:?} is no sample", path.display()),
    }
}

/// TOML as editors see it: dates are texts.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(list) => list.into_iter().map(json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
        plain => serde_json::to_value(plain).unwrap(),
    }
}

/// What the schema says against the samples of a kind: one line per sample, empty where it says nothing.
fn verdicts(kind: &str, name: &str) -> Vec<(String, Option<String>)> {
    let validator = validator(name);
    let verdict = |path: &PathBuf| {
        let sample = path.strip_prefix(repository()).unwrap().display().to_string();
        let instance = read(path);
        let error = validator.iter_errors(&instance).next();
        (sample, error.map(|error| format!("{}: {error}", error.instance_path())))
    };
    samples(kind, name).iter().map(verdict).collect()
}

#[test]
fn the_schemas_are_schemas() {
    for name in SCHEMAS {
        let schema = schema(name);
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{name} is no JSON Schema");
        assert_eq!(schema["$id"], format!("https://ratebook.invalid/schemas/{name}.schema.json"));
    }
}

#[test]
fn every_key_has_a_description() {
    for name in SCHEMAS {
        let schema = schema(name);
        let mut silent = Vec::new();
        silent_keys(&schema, &schema, name, &mut silent);
        assert!(silent.is_empty(), "editors have nothing to show for {silent:#?}");
    }
}

/// Keys of `properties` and `additionalProperties` without a description of their own or of what they refer to.
fn silent_keys(root: &Value, node: &Value, place: &str, silent: &mut Vec<String>) {
    let Some(object) = node.as_object() else { return };
    let conditional = ["if", "then", "else", "not", "anyOf", "oneOf", "dependentRequired"];
    for (key, value) in object {
        let place = format!("{place}/{key}");
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (key, value) in properties {
                    if !is_described(root, value) {
                        silent.push(format!("{place}/{key}"));
                    }
                    silent_keys(root, value, &format!("{place}/{key}"), silent);
                }
            }
            ("additionalProperties", Value::Object(_)) => {
                let refers = value["$ref"].as_str().is_some_and(|target| is_listed(root, target));
                if !refers && !is_described(root, value) {
                    silent.push(place.clone());
                }
                silent_keys(root, value, &place, silent);
            }
            (key, _) if conditional.contains(&key) => {}
            _ => silent_keys(root, value, &place, silent),
        }
    }
}

fn is_described(root: &Value, node: &Value) -> bool {
    let target = node["$ref"].as_str().and_then(|target| root.pointer(target.trim_start_matches('#')));
    node["description"].is_string() || target.is_some_and(|target| target["description"].is_string())
}

/// A definition whose own keys are described will do for a table of many.
fn is_listed(root: &Value, target: &str) -> bool {
    root.pointer(target.trim_start_matches('#')).is_some_and(|target| target["properties"].is_object())
}

#[test]
fn the_schemas_take_what_is_valid_and_what_only_the_program_can_refuse() {
    for name in SCHEMAS {
        assert!(!samples("valid", name).is_empty(), "no valid sample of {name}");
        for kind in ["valid", "invalid/check"] {
            for (sample, error) in verdicts(kind, name) {
                assert_eq!(error, None, "{sample}");
            }
        }
    }
}

#[test]
fn the_schemas_refuse_what_is_invalid() {
    let mut places = String::new();
    for name in SCHEMAS {
        assert!(!samples("invalid/schema", name).is_empty(), "no invalid sample of {name}");
        for (sample, error) in verdicts("invalid/schema", name) {
            let why = error.unwrap_or_else(|| panic!("{sample} passes"));
            // The place shows that a sample is refused for what its name says; the words are the checker's.
            let place = why.split(": ").next().unwrap_or_default();
            let sample = sample.trim_start_matches("schemas/samples/invalid/schema/");
            places += &format!("{sample:<55} {place}\n");
        }
    }
    insta::assert_snapshot!("where_the_schemas_refuse", places);
}

#[test]
fn no_sample_lies_where_nobody_looks() {
    let folder = repository().join("schemas/samples");
    for kind in ["valid", "invalid/schema", "invalid/check"] {
        for entry in fs::read_dir(folder.join(kind)).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            assert!(SCHEMAS.contains(&name.as_str()), "samples/{kind}/{name} belongs to no schema");
        }
    }
}

#[test]
fn the_example_months_files_fit_their_schemas() {
    let month = repository().join("examples/month");
    let mut rules = Vec::new();
    toml_files(&month.join("rules"), &mut rules);
    assert!(rules.len() > 5, "{rules:?}");
    for (name, files) in [("rules", rules), ("ratebook", vec![month.join("ratebook.toml")])] {
        let validator = validator(name);
        for file in files {
            let error = validator.iter_errors(&read(&file)).next().map(|error| error.to_string());
            assert_eq!(error, None, "{}", file.display());
            let text = fs::read_to_string(&file).unwrap();
            let named = text.lines().next().and_then(|line| line.strip_prefix("#:schema ")).unwrap();
            let target = file.parent().unwrap().join(named).canonicalize().unwrap();
            let expected = repository().join(format!("schemas/{name}.schema.json")).canonicalize().unwrap();
            assert_eq!(target, expected, "{}", file.display());
        }
    }
}

#[test]
fn the_examples_cases_fit_their_schema() {
    let mut cases = Vec::new();
    toml_files(&repository().join("examples/month/tests/cases"), &mut cases);
    cases.retain(|file| file.ends_with("case.toml"));
    assert!(cases.len() > 2, "{cases:?}");
    let validator = validator("case");
    for file in cases {
        let instance = read(&file);
        let error = validator.iter_errors(&instance).next().map(|error| error.to_string());
        assert_eq!(error, None, "{}", file.display());
    }
}

fn toml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            toml_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            found.push(path);
        }
    }
}

#[test]
fn the_program_reads_lines_as_their_schema_says() {
    for (kind, is_read) in [("valid", true), ("invalid/schema", false), ("invalid/check", false)] {
        let files = samples(kind, "billable-line");
        assert!(!files.is_empty(), "{kind}");
        for file in files {
            // A list of one, so that the sample may stand on several lines.
            let list = format!("[{}]", fs::read_to_string(&file).unwrap());
            let result = JsonLineReader::new(list.as_bytes()).for_each(|_| Ok::<(), LineError>(()));
            assert_eq!(result.is_ok(), is_read, "{}: {result:?}", file.display());
        }
    }
}

#[test]
fn the_program_prints_its_schemas() {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let list: Value =
        serde_json::from_str(&workspace.run(&["schema", "--format", "json"]).unwrap().stdout).unwrap();
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    let mut expected = SCHEMAS.to_vec();
    expected.extend(TABLES);
    expected.sort_unstable();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    for name in names {
        let printed = workspace.run(&["schema", name]).unwrap().stdout;
        if let Some(table) = name.strip_prefix("table:") {
            let kept = fs::read_to_string(repository().join(format!("schemas/tables/{table}.json"))).unwrap();
            assert_eq!(printed, kept, "{name}");
            continue;
        }
        assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), schema(name), "{name}");
    }
}

/// What the program prints for programs, and by which schema.
fn fits(workspace: &Workspace, schema: &str, code: i32, arguments: &[&str]) -> Value {
    let ran = workspace.run(&[arguments, &["--format", "json"]].concat()).unwrap();
    assert_eq!(ran.code, code, "{arguments:?}: {}", ran.told());
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let validator = validator(schema);
    let error = validator.iter_errors(&document).next();
    let error = error.map(|error| format!("{}: {error}", error.instance_path()));
    assert_eq!(error, None, "{arguments:?}: {document:#}");
    document
}

#[test]
fn what_the_program_prints_fits_its_schemas() {
    let workspace = Workspace::of_the_example().unwrap();
    fits(&workspace, "bill", 0, &["run", "--month", MONTH, "--offline", "--quiet"]);
    assert_eq!(workspace.run(&["test", "record", "--month", MONTH]).unwrap().code, 0);
    let diff = ["diff", "--month", MONTH, "--from", "run:2026-03"];
    let nothing = fits(&workspace, "diff", 0, &diff);
    assert_eq!(nothing["comparisons"][0]["moved"], serde_json::json!([]));
    fits(&workspace, "test", 0, &["test", "--coverage"]);

    // Prices that change and go, a line that is held, a customer in another currency, a bill that goes.
    let book = "rules/books/acronis-2026.toml";
    workspace.replace(book, "\"SPGAMSENS\" = \"3.20\"", "\"SPGAMSENS\" = \"3.40\"").unwrap();
    workspace.replace(book, "\"SP4BMSENS\" = ", "\"SP4BMSENX\" = ").unwrap();
    workspace.replace("rules/customers/contoso.toml", "currency = \"USD\"", "currency = \"EUR\"").unwrap();
    let leaves = "[[rule]]\nid = \"leaves\"\nreason = \"Notice\"\nwhen = { customer = \"tailspin\" }\ndrop = true\n\n\
                  [[rule]]\nid = \"waits\"\nreason = \"Offer\"\nwhen = { sku = \"SPIAMSENS\" }\nhold = \"ask\"\n\n";
    let first = "[[rule]]\nid = \"acronis-bills-itself\"";
    workspace.replace("rules/main.toml", first, &format!("{leaves}{first}")).unwrap();
    for more in [&[][..], &["--lines"], &["--customer", "contoso"]] {
        let moved = fits(&workspace, "diff", 0, &[&diff[..], more].concat());
        assert_eq!(moved["comparisons"][0]["stops"], true, "{moved:#}");
    }
    fits(&workspace, "diff", 4, &[&diff[..], &["--fail-if", "moved > 0"]].concat());

    let todo = fits(&workspace, "todo", 0, &["todo", "--month", MONTH]);
    assert_eq!(todo["books"][0]["prices"][0]["sku"], "SP4BMSENS");
    assert_eq!(todo["decisions"].as_array().unwrap().last().unwrap()["rule"], "waits");

    // A month that cannot be rated, cases that are right, wrong and unreadable.
    for (name, case) in [("right", "bills = 1"), ("wrong", "bills = 2"), ("unread", "bill = 2")] {
        let folder = workspace.path().join("tests/cases").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("case.toml"), format!("month = \"2026-03\"\n{case}\n")).unwrap();
        let line = "{\"usageMonth\":\"2026-03-01\",\"vendor\":\"acronis\",\"customer\":\"northwind\",\"skuId\":\"SPGAMSENS\",\"consumedQuantity\":1}";
        fs::write(folder.join("lines.jsonl"), line).unwrap();
    }
    let refused = fits(&workspace, "test", 3, &["test", "--ci", "--coverage"]);
    assert_eq!(refused["months"][0]["error"]["code"], "E-UNPRICED");
    workspace.replace(book, "\"SP4BMSENX\" = ", "\"SP4BMSENS\" = ").unwrap();
    let moved = fits(&workspace, "test", 3, &["test", "--ci", "--coverage"]);
    assert!(moved["months"][0]["moved"].as_array().unwrap().iter().any(|one| one["state"] == "gone"));
}

/// A file that the program wrote, and by which schema: JSON, or JSON Lines.
fn file_fits(workspace: &Workspace, schema: &str, path: &str) {
    let text = String::from_utf8(workspace.read(path).unwrap()).unwrap();
    let documents: Vec<&str> =
        if path.ends_with("jsonl") { text.lines().collect() } else { vec![text.as_str()] };
    assert!(!documents.is_empty(), "{path}");
    let validator = validator(schema);
    for document in documents {
        let document = serde_json::from_str(document).unwrap();
        let error = validator.iter_errors(&document).next();
        let error = error.map(|error| format!("{}: {error}", error.instance_path()));
        assert_eq!(error, None, "{path}");
    }
}

#[test]
fn the_files_of_months_fit_their_schemas() {
    let workspace = Workspace::of_the_example().unwrap();
    let done = |arguments: &[&str]| {
        let ran = workspace.run(arguments).unwrap();
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.told());
    };
    done(&["run", "--month", MONTH, "--offline"]);
    fits(&workspace, "error", 4, &["close", "--month", MONTH]);
    done(&["close", "--month", MONTH, "--accept-held", "--because", "sales decides"]);
    // A correction that comes after the month was closed: a quantity that moves, and a record that goes.
    let summary = "recordings/2026-03/metallic/usage-summary.json";
    let mut corrected: Value = serde_json::from_slice(&workspace.read(summary).unwrap()).unwrap();
    for key in ["consumedQuantity", "overageQuantity", "billableQuantity"] {
        corrected["data"][1][key] = 39.into();
    }
    corrected["data"][1]["totalCost"] = 156.into();
    corrected["data"].as_array_mut().unwrap().remove(2);
    workspace.record_metallic(corrected.to_string().as_bytes()).unwrap();
    done(&["adjust", "--month", MONTH, "--into", "2026-04", "--offline"]);
    // Errors that name lines without a price, and places in rules.
    let book = "rules/books/acronis-2026.toml";
    for (from, to, code, key) in [
        ("\"SP4BMSENS\" = ", "\"SP4BMSENX\" = ", 4, "line"),
        ("\"SPGAMSENS\" = \"3.20\"", "\"SPGAMSENS\" = 3.20", 3, "where"),
    ] {
        workspace.replace(book, from, to).unwrap();
        let refused = fits(&workspace, "error", code, &["run", "--month", "2026-04", "--offline"]);
        assert!(!refused["error"]["problems"][0][key].is_null(), "{refused:#}");
        workspace.replace(book, to, from).unwrap();
    }
    let accepted = ["--accept", "vanished:customer:nobody", "--because", "they never came"];
    done(&[&["run", "--month", "2026-04", "--offline"][..], &accepted].concat());
    done(&["close", "--month", "2026-04", "--note", "late", "--accept-held", "--because", "sales decides"]);
    for month in [MONTH, "2026-04"] {
        for name in ["manifest", "totals", "closed"] {
            file_fits(&workspace, name, &format!("runs/{month}/{name}.json"));
        }
    }
    file_fits(&workspace, "accepted", "runs/2026-04/accepted.json");
    file_fits(&workspace, "contents", "runs/2026-04/contents/acronis-eu.json");
    file_fits(&workspace, "adjustment", "runs/2026-04/adjustments/2026-03/adjustments.jsonl");
    file_fits(&workspace, "decided", "runs/2026-04/adjustments/2026-03/decided.json");

    fits(&workspace, "error", 12, &["run", "--month", MONTH, "--offline"]);
    fits(&workspace, "error", 6, &["verify", "--month", "2025-01"]);
}
