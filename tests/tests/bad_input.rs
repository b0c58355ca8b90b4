//! What must never become a bill: each ends in one clear error, its exit code, and no half-written bill.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ratebook_tests::gzip::gzip;
use ratebook_tests::vendors::metallic::summary_of;
use ratebook_tests::workspace::{MONTH, Workspace};

/// Runs a spoilt month and holds it to its code, its message, and nothing left of a result.
fn refused(name: &str, code: i32, spoil: impl FnOnce(&Workspace)) {
    let workspace = Workspace::of_the_example().unwrap();
    spoil(&workspace);
    let ran = workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap();
    assert_eq!(ran.code, code, "{}", ran.told());
    for (file, _) in workspace.files().unwrap() {
        let is_result = file.starts_with("runs")
            && ["bills.parquet", "bill_lines.parquet", "fates.parquet", "manifest.json"]
                .iter()
                .any(|end| file.contains(end));
        assert!(!is_result, "{file} was written");
    }
    insta::assert_snapshot!(name, ran.told());
}

fn usage(workspace: &Workspace) -> String {
    String::from_utf8(workspace.read("recordings/2026-03/acronis-eu/usage.csv").unwrap()).unwrap()
}

#[test]
fn a_report_that_is_no_gzip_and_no_table() {
    refused("not_a_gzip", 6, |workspace| {
        workspace.record_acronis("usage.csv.gz", b"PK\x03\x04 something else").unwrap();
    });
}

#[test]
fn a_report_cut_short() {
    refused("cut_gzip", 6, |workspace| {
        let packed = gzip(usage(workspace).as_bytes());
        workspace.record_acronis("usage.csv.gz", &packed[..packed.len() / 2]).unwrap();
    });
}

#[test]
fn a_report_with_rubbish_after_it() {
    refused("rubbish_after_gzip", 6, |workspace| {
        let packed = [gzip(usage(workspace).as_bytes()), b"rubbish".to_vec()].concat();
        workspace.record_acronis("usage.csv.gz", &packed).unwrap();
    });
}

#[test]
fn a_report_without_a_column() {
    refused("missing_column", 6, |workspace| {
        let spoilt = usage(workspace).replace("tenant.id", "tenant.uuid");
        workspace.record_acronis("usage.csv", spoilt.as_bytes()).unwrap();
    });
}

#[test]
fn a_report_of_another_month() {
    refused("acronis_other_month", 6, |workspace| {
        let spoilt = usage(workspace).replace("2026-03-31", "2026-02-28");
        workspace.record_acronis("usage.csv", spoilt.as_bytes()).unwrap();
    });
}

#[test]
fn a_report_with_a_number_of_40_digits() {
    refused("acronis_40_digits", 6, |workspace| {
        let spoilt = usage(workspace).replace("4398046511104", "4398046511104439804651110443980465111044");
        workspace.record_acronis("usage.csv", spoilt.as_bytes()).unwrap();
    });
}

#[test]
fn rows_that_stand_twice_wait_for_a_word() {
    let twice = |workspace: &Workspace| {
        let usage = usage(workspace);
        let row = usage.lines().rfind(|row| row.contains("SPGAMSENS")).unwrap();
        workspace.record_acronis("usage.csv", format!("{usage}{row}\n").as_bytes()).unwrap();
    };
    refused("row_twice", 4, twice);
    let lines = |workspace: &Workspace| {
        workspace.done(&["run", "--month", MONTH, "--offline"]);
        workspace.lines(MONTH, "acronis-eu").lines().count()
    };
    let once = lines(&Workspace::of_the_example().unwrap());
    for (word, more) in [("keep", 1), ("drop", 0)] {
        let workspace = Workspace::of_the_example().unwrap();
        twice(&workspace);
        workspace
            .replace("ratebook.toml", "measure =", &format!("duplicates = \"{word}\"\nmeasure ="))
            .unwrap();
        assert_eq!(lines(&workspace), once + more, "{word}");
    }
}

#[test]
fn a_sign_in_page_instead_of_a_summary() {
    refused("html", 6, |workspace| {
        workspace.record_metallic(b"<!DOCTYPE html>\n<html><body>Sign in</body></html>").unwrap();
    });
}

#[test]
fn a_summary_of_another_month() {
    refused("metallic_other_month", 6, |workspace| {
        workspace.record_metallic(summary_of("2026-02-01", "5").as_bytes()).unwrap();
    });
}

#[test]
fn a_summary_with_a_number_of_40_digits() {
    refused("metallic_40_digits", 6, |workspace| {
        let digits = "1234567890123456789012345678901234567890";
        workspace.record_metallic(summary_of("2026-03-01", digits).as_bytes()).unwrap();
    });
}

#[test]
fn an_empty_summary_is_not_taken_for_no_usage() {
    refused("metallic_empty", 4, |workspace| workspace.record_metallic(br#"{"data":[]}"#).unwrap());
}

#[test]
fn a_summary_that_lost_what_is_billed_is_refused_whatever_became_of_it() {
    for (name, from, to) in [
        ("null", "\"billableQuantity\": 37", "\"billableQuantity\": null"),
        ("gone", "\"billableQuantity\": 37,", ""),
        ("renamed", "\"billableQuantity\": 37", "\"billableQty\": 37"),
    ] {
        refused(&format!("metallic_billable_{name}"), 6, |workspace| {
            let usage = workspace.read("recordings/2026-03/metallic/usage-summary.json").unwrap();
            let usage = String::from_utf8(usage).unwrap();
            assert!(usage.contains(from), "{usage}");
            workspace.record_metallic(usage.replacen(from, to, 1).as_bytes()).unwrap();
        });
    }
}

#[test]
fn a_new_member_is_warned_of_once_and_stops_whoever_is_strict() {
    let workspace = Workspace::of_the_example().unwrap();
    let usage =
        String::from_utf8(workspace.read("recordings/2026-03/metallic/usage-summary.json").unwrap()).unwrap();
    let new = usage.replace("\"skuId\"", "\"region\": \"eu\", \"skuId\"");
    assert!(new.matches("region").count() > 1, "{usage}");
    workspace.record_metallic(new.as_bytes()).unwrap();
    let warning = "metallic: the summary has a field that ratebook does not know and does not use: region";
    for command in [&["run", "--offline", "--strict"][..], &["normalize", "--strict"]] {
        let refused = workspace.run(&[command, &["--month", MONTH]].concat()).unwrap();
        assert_eq!(refused.code, 4, "{}", refused.told());
        assert!(refused.stderr.contains("error[W-FORMAT] metallic 2026-03"), "{}", refused.told());
        assert!(workspace.read("runs/2026-03/lines/metallic.parquet").is_err());
    }
    let ran = workspace.done(&["run", "--month", MONTH, "--offline"]);
    assert_eq!(ran.stderr.matches(&format!("warning[W-FORMAT] {warning}")).count(), 1, "{}", ran.stderr);
    let listed = workspace.done(&["normalize", "--month", MONTH, "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let of_source = |name: &str| {
        let sources = listed["normalized"].as_array().unwrap();
        sources.iter().find(|source| source["source"] == name).unwrap()["warnings"].clone()
    };
    assert_eq!(of_source("metallic")[0]["code"], "W-FORMAT");
    assert_eq!(of_source("acronis-eu"), serde_json::json!([]));
}

#[test]
fn a_recording_changed_by_hand() {
    refused("changed_recording", 6, |workspace| {
        workspace.replace("recordings/2026-03/metallic/usage-summary.json", "148", "149").unwrap();
    });
}

#[test]
fn a_price_that_is_a_float() {
    refused("price_is_a_float", 3, |workspace| {
        workspace.replace("rules/books/acronis-2026.toml", "\"3.20\"", "3.20").unwrap();
    });
}

#[test]
fn a_misspelt_key_in_the_rules() {
    refused("misspelt_key", 3, |workspace| {
        workspace.replace("rules/customers/fabrikam.toml", "price =", "pirce =").unwrap();
    });
}

#[test]
fn a_sku_without_a_price() {
    refused("no_price", 4, |workspace| {
        workspace.replace("rules/books/acronis-2026.toml", "\"SQ8AMSENS\"", "\"SQ9AMSENS\"").unwrap();
    });
}

#[test]
fn a_source_whose_plugin_nobody_has() {
    refused("unknown_plugin", 8, |workspace| {
        workspace.replace("ratebook.toml", "plugin = \"metallic\"", "plugin = \"metalic\"").unwrap();
    });
}

#[test]
fn a_control_character_or_an_endless_id_of_a_vendor_is_refused() {
    let usage = |workspace: &Workspace| {
        String::from_utf8(workspace.read("recordings/2026-03/metallic/usage-summary.json").unwrap()).unwrap()
    };
    for (name, sku) in [("nul", "MTSP-M365E-USR\\u0000".to_owned()), ("tab", "MTSP\\tM365E".to_owned())] {
        refused(&format!("metallic_sku_{name}"), 6, |workspace| {
            let spoilt = usage(workspace).replacen("MTSP-M365E-USR\"", &format!("{sku}\""), 1);
            workspace.record_metallic(spoilt.as_bytes()).unwrap();
        });
    }
    let workspace = Workspace::of_the_example().unwrap();
    let spoilt = usage(&workspace).replacen("MTSP-M365E-USR\"", &format!("{}\"", "X".repeat(20 << 20)), 1);
    workspace.record_metallic(spoilt.as_bytes()).unwrap();
    let ran = workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap();
    assert!(ran.code == 6 && ran.stderr.len() < 2000, "{} {} bytes", ran.code, ran.stderr.len());
    assert!(
        ran.stderr.contains("record 2: skuId: ") && ran.stderr.contains("(20971520 bytes)"),
        "{}",
        ran.told()
    );
}

#[test]
fn lines_of_a_file_hold_no_control_character() {
    let workspace = Workspace::of_the_example().unwrap();
    workspace.done(&["run", "--month", MONTH, "--offline"]);
    let lines = workspace.lines(MONTH, "metallic");
    let spoilt = lines.replacen("\"skuId\":\"", "\"skuId\":\"\\u0000", 1);
    std::fs::write(workspace.path().join("spoilt.jsonl"), spoilt).unwrap();
    let rate = ["rate", "--month", MONTH, "--rules", "./rules/main.toml", "--lines", "spoilt.jsonl"];
    let ran = workspace.run(&rate).unwrap();
    assert!(ran.code == 6 && ran.stderr.contains("spoilt.jsonl:1: skuId: "), "{}", ran.told());
    assert!(ran.stderr.contains("U+0000 (NUL)"), "{}", ran.told());
}

#[test]
fn a_payload_that_leads_to_more_lines_than_it_may_is_refused() {
    let workspace = Workspace::of_the_example().unwrap();
    let summary = workspace.read("recordings/2026-03/metallic/usage-summary.json").unwrap();
    let mut summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    let rows = summary["data"].as_array_mut().unwrap();
    for number in 0..4000 {
        let mut row = rows[0].clone();
        row["skuId"] = format!("MTSP-{number}").into();
        rows.push(row);
    }
    workspace.record_metallic(summary.to_string().as_bytes()).unwrap();
    let limits = "[source.metallic.limits]\noutput = \"1MiB\"\n\n[source.metallic.secrets]";
    workspace.replace("ratebook.toml", "[source.metallic.secrets]", limits).unwrap();
    let ran = workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap();
    assert!(
        ran.code == 6 && ran.stderr.contains("take more than 1048576 bytes, and it holds "),
        "{}",
        ran.told()
    );
    assert!(ran.stderr.contains("set output = \"...\" under [source.metallic.limits]"), "{}", ran.told());
}
