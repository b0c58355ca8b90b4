//! How many columns of real exports are proposed rightly: the files are fixtures of the plugin `table`.

use std::fs;
use std::path::Path;

use super::proposal::text;
use super::table::Table;

/// A file, and what is right for it: tenant, SKU, quantity, cost, month, currency.
type Right = (&'static str, [&'static str; 6]);

const RIGHT: [Right; 6] = [
    (
        "real-aws-cur",
        [
            "lineItem/UsageAccountId",
            "product/sku",
            "lineItem/UsageAmount",
            "lineItem/UnblendedCost",
            "lineItem/UsageStartDate",
            "lineItem/CurrencyCode",
        ],
    ),
    (
        "real-oci-cost",
        [
            "product/compartmentId",
            "cost/productSku",
            "usage/billedQuantity",
            "cost/myCost",
            "lineItem/intervalUsageStart",
            "cost/currencyCode",
        ],
    ),
    (
        "real-gcp-legacy",
        [
            "Project ID",
            "Line Item",
            "Measurement1 Total Consumption",
            "Cost + Credit1 Amount",
            "Start Time",
            "Currency",
        ],
    ),
    (
        "real-azure-ea-legacy",
        ["SubscriptionId", "Meter ID", "Consumed Quantity", "ExtendedCost", "Date", "constant"],
    ),
    ("real-hosting-invoice", ["project_name", "product", "hours", "USD", "start", "USD"]),
    (
        "real-focus-saas",
        [
            "BillingAccountId",
            "SkuId",
            "PricingQuantity or ConsumedQuantity",
            "BilledCost or EffectiveCost",
            "BillingPeriodStart or ChargePeriodStart",
            "BillingCurrency",
        ],
    ),
];

/// What is proposed for a file, in the same order.
fn proposed(config: &toml::Value) -> [String; 6] {
    let text = |value: Option<&toml::Value>| match value {
        Some(toml::Value::String(text)) => text.clone(),
        Some(toml::Value::Table(sum)) => {
            let parts = sum.get("sum").or_else(|| sum.get("preamble")).cloned();
            match parts {
                Some(toml::Value::Array(parts)) => {
                    parts.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(" + ")
                }
                Some(toml::Value::String(word)) => word,
                _ => String::new(),
            }
        }
        _ => String::new(),
    };
    let column = |field: &str| text(config.get("columns").and_then(|columns| columns.get(field)));
    let quantity = [column("consumedQuantity"), column("billableQuantity")];
    let constant = || text(config.get("constants").and_then(|constants| constants.get("currency")));
    let currency = Some(column("currency")).filter(|name| !name.is_empty()).unwrap_or_else(constant);
    let month = text(config.get("month").and_then(|month| month.get("column")));
    let [consumed, billable] = quantity;
    let quantity = if consumed.is_empty() { billable } else { consumed };
    [column("tenant"), column("skuId"), quantity, column("totalCost"), month, currency]
}

#[test]
fn real_exports_are_proposed_rightly() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/table/fixtures");
    let fields = ["tenant", "SKU", "quantity", "cost", "month", "currency"];
    let (mut told, mut right, mut all) = (String::new(), 0, 0);
    for (case, expected) in &RIGHT {
        let bytes = fs::read(fixtures.join(case).join("payload.csv")).unwrap_or_default();
        let table = Table::read(&bytes[..bytes.len().min(64 << 10)])
            .unwrap_or_else(|error| panic!("{case}: {error}"));
        let text = text(&table, "payload.csv", "shop");
        let whole: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        let found = proposed(&whole["source"]["shop"]["config"]);
        for ((field, expected), found) in fields.iter().zip(expected).zip(&found) {
            let fits = match *expected {
                // No column says it: a person does.
                "constant" => found.len() == 3,
                expected => expected.split(" or ").any(|one| one == found),
            };
            (right, all) = (right + usize::from(fits), all + 1);
            if !fits {
                told += &format!("{case}: {field} is {found:?}, right is {expected:?}\n");
            }
        }
    }
    let score = format!("{right} of {all} columns of real exports are proposed rightly\n{told}");
    println!("{score}");
    insta::assert_snapshot!(score);
}
