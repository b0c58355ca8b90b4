//! Exports of FOCUS.

use ratebook_plugin::testing::Bodies;
use ratebook_plugin_focus::Focus;
use serde_json::json;

use crate::mapped::{Target, mapped, open};

/// The targets, by the name of their folder in `corpus/`.
pub(crate) const TARGETS: [Target; 2] = [("focus-csv", focus_csv), ("focus-parquet", focus_parquet)];

fn focus_csv(data: &[u8]) {
    both(data, "focus-csv");
}

fn focus_parquet(data: &[u8]) {
    both(data, "focus-parquet");
}

fn both(data: &[u8], format: &str) {
    mapped(&open::<Focus>(json!({})), format, Bodies::of(data));
    let by_tag = json!({ "tenant_tag": "customer", "other_months": "skip", "quantity": "consumed" });
    mapped(&open::<Focus>(by_tag), format, Bodies::of(data));
}
