//! What becomes of each column of the reports, for `ratebook plugin inspect`.

use ratebook_plugin::Field;

use crate::{CSV_V2, JSON_V2, PORTAL_CSV};

const UNUSED: &str = "not used";
const MEASURE: &str = "if it is the configured measure, which is named beside it";
const PORTAL_MEASURE: &str = "if it is the configured measure; absolute stands in for effective";
const NO_CURRENCY: &str = "left out: the file names no currency";
const REFUSED: &str = "a file of another month is refused by it";

/// A column: its name, the field of the line that it fills, how or why not.
type Column = (&'static str, Option<&'static str>, &'static str);

/// Columns of `csv_v2_0`, and the dotted names of `json_v2_0`.
const REPORT: [Column; 30] = [
    ("application.id", None, "must not be empty"),
    ("application.name", None, UNUSED),
    ("date", None, REFUSED),
    ("edition", Some("edition"), ""),
    ("infra.backend_type", None, UNUSED),
    ("infra.id", None, UNUSED),
    ("infra.name", None, UNUSED),
    ("infra.owner_id", None, UNUSED),
    ("is_range", None, "says what the effective usage is compared with"),
    ("measurement_unit", Some("billingUnit"), "empty is a count"),
    ("name", Some("meter"), "known pseudo-items are skipped by it"),
    ("pricing.currency", Some("currency"), "without it price and cost are left out"),
    ("pricing.mode", None, UNUSED),
    ("pricing.price", Some("unitPrice"), ""),
    ("pricing.total_cost", Some("totalCost"), ""),
    ("quota.value", None, "a limit that was set, not what the contract covers"),
    ("sku", Some("skuId"), "rows without one are skipped"),
    ("tenant.customer_id", Some("customer"), "the partner's own reference"),
    ("tenant.id", Some("tenant"), "the root's own rows are skipped by it"),
    ("tenant.kind", None, "kinds that are not configured are skipped"),
    ("tenant.name", Some("tenantName"), ""),
    ("usage.absolute.production", Some("consumedQuantity"), MEASURE),
    ("usage.absolute.total", Some("consumedQuantity"), MEASURE),
    ("usage.absolute.trial", Some("consumedQuantity"), MEASURE),
    ("usage.delta.production", Some("consumedQuantity"), MEASURE),
    ("usage.delta.total", Some("consumedQuantity"), MEASURE),
    ("usage.delta.trial", Some("consumedQuantity"), MEASURE),
    ("usage.effective.production", Some("consumedQuantity"), MEASURE),
    ("usage.effective.total", Some("consumedQuantity"), MEASURE),
    ("usage.effective.trial", Some("consumedQuantity"), MEASURE),
];

/// Columns of the portal's file.
const PORTAL: [Column; 23] = [
    ("Tenant name", Some("tenantName"), "a path; the root's own rows are skipped by it"),
    ("Identifier", Some("tenant"), ""),
    ("Type", None, "kinds that are not configured are skipped"),
    ("Status", None, UNUSED),
    ("Mode", None, UNUSED),
    ("Service name", None, UNUSED),
    ("Edition", Some("edition"), ""),
    ("Metric name", Some("meter"), ""),
    ("Location", None, UNUSED),
    ("Metric unit", Some("billingUnit"), ""),
    ("Quota", None, "a limit that was set, not what the contract covers"),
    ("Production usage", Some("consumedQuantity"), PORTAL_MEASURE),
    ("Change in production usage", Some("consumedQuantity"), PORTAL_MEASURE),
    ("Trial usage", Some("consumedQuantity"), PORTAL_MEASURE),
    ("Change in trial usage", Some("consumedQuantity"), PORTAL_MEASURE),
    ("Total usage", Some("consumedQuantity"), PORTAL_MEASURE),
    ("Change in total usage", Some("consumedQuantity"), PORTAL_MEASURE),
    ("Price", None, NO_CURRENCY),
    ("Cost", None, NO_CURRENCY),
    ("Billing model", None, UNUSED),
    ("Storage type", None, UNUSED),
    ("Pricing tier ID", None, UNUSED),
    ("SKU", Some("skuId"), "rows without one are skipped"),
];

/// Every column of every format.
pub(crate) fn fields() -> Vec<Field> {
    let formats = [(CSV_V2, REPORT.as_slice()), (JSON_V2, &REPORT), (PORTAL_CSV, &PORTAL)];
    let of_format = |(format, columns): (&str, &[Column])| {
        let field = |(name, line, why): &Column| match line {
            Some(line) => Field::mapped(format, name, line, why),
            None => Field::other(format, name, why),
        };
        columns.iter().map(field).collect::<Vec<_>>()
    };
    formats.into_iter().flat_map(of_format).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the plugin has no I/O; its tests read fixtures")]

    use std::collections::{BTreeMap, BTreeSet};

    use ratebook_plugin::{Config, Month, VendorPlugin, testing};
    use serde_json::Value;

    use super::*;
    use crate::payload::{KNOWN, portal};
    use crate::{Acronis, CSV_V2};

    /// The fields of the line that the fixtures of each format fill.
    fn filled() -> BTreeMap<String, BTreeSet<String>> {
        let mut filled: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).unwrap() {
            let folder = entry.unwrap().path();
            let case: Value =
                serde_json::from_slice(&std::fs::read(folder.join("case.json")).unwrap()).unwrap();
            let payload = ["payload.csv", "payload.json"].map(|name| std::fs::read(folder.join(name)));
            let ([Ok(payload), _] | [_, Ok(payload)]) = payload else { continue };
            let (format, month) = (case["format"].as_str().unwrap(), case["month"].as_str().unwrap());
            let month: Month = month.parse().unwrap();
            let values = case["config"].clone();
            let config = Config { source: "test".to_owned(), url: None, values, secrets: Vec::new() };
            let plugin = Acronis::open(&config).unwrap();
            if let Ok(mapped) = testing::map(&plugin, format, &payload, month) {
                filled.entry(format.to_owned()).or_default().extend(testing::filled(&mapped));
            }
        }
        for made in filled.values_mut() {
            // Named by the configuration, not by a column.
            made.remove("measure");
        }
        filled
    }

    #[test]
    fn every_column_is_named_and_fills_what_is_said() {
        let (about, filled) = (Acronis::about(), filled());
        // What a real json_v2_0 body holds is not known: its names are the CSV's, and so is what becomes of them.
        let wrong = [
            testing::wrong_fields(&about, CSV_V2, KNOWN, &filled[CSV_V2]),
            testing::wrong_fields(&about, JSON_V2, KNOWN, &filled[CSV_V2]),
            testing::wrong_fields(&about, PORTAL_CSV, &portal::COLUMNS, &filled[PORTAL_CSV]),
        ];
        assert!(wrong.concat().is_empty(), "{}", wrong.concat().join("\n"));
    }
}
