//! Exports, through maps of the kinds that fixtures use.

use ratebook_plugin::testing::Bodies;
use ratebook_plugin_table::Table;
use serde_json::{Value, json};

use crate::mapped::{Target, mapped, open};

/// The targets, by the name of their folder in `corpus/`.
pub(crate) const TARGETS: [Target; 3] =
    [("table-csv", table_csv), ("table-json", table_json), ("table-xlsx", table_xlsx)];

fn table_csv(data: &[u8]) {
    let of = |columns: Value, more: Value| {
        let mut config = json!({ "columns": columns });
        for (key, value) in more.as_object().into_iter().flatten() {
            config[key] = value.clone();
        }
        mapped(&open::<Table>(config), "table-csv", Bodies::of(data));
    };
    let columns = json!({ "tenant": "Customer", "skuId": "SKU", "consumedQuantity": "Quantity" });
    of(columns.clone(), json!({}));
    let skip = json!([
        { "column": "Customer", "equals": "Total", "reason": "aggregate" },
        { "column": "Quantity", "zero": true, "reason": "zero" },
    ]);
    of(columns, json!({ "skip": skip, "month": { "column": "Used on" } }));
}

fn table_json(data: &[u8]) {
    let columns = json!({
        "tenant": "/account/id", "tenantName": "/account/name", "skuId": "sku", "consumedQuantity": "/usage/0/value",
    });
    let plugin = open::<Table>(json!({ "rows": "/data/items", "columns": columns }));
    mapped(&plugin, "table-json", Bodies::of(data));
    mapped(&plugin, "table-jsonl", Bodies::of(data));
}

fn table_xlsx(data: &[u8]) {
    let columns =
        json!({ "tenant": "Customer", "skuId": "SKU", "consumedQuantity": "Quantity", "tags": "Trial" });
    let plugin = open::<Table>(json!({
        "columns": columns, "dates": "DD.MM.YYYY", "month": { "column": "Day" },
    }));
    mapped(&plugin, "table-xlsx", Bodies::of(data));
    let columns = json!({ "tenant": "Customer", "skuId": "SKU", "consumedQuantity": "Quantity" });
    mapped(&open::<Table>(json!({ "columns": columns, "sheet": "March" })), "table-xlsx", Bodies::of(data));
}
