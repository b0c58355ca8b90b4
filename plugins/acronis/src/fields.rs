//! What becomes of each column of the reports, of tenants and of price lists, and which must be there: payloads are held
//! against it, and `ratebook plugin inspect` shows it.

use ratebook_plugin::Presence::{Always, Maybe, Present, Usual};
use ratebook_plugin::{Field, FieldRow};

use crate::formats::{CSV_V2, JSON_V2, PORTAL_CSV, PRICE_LIST, TENANTS};

const UNUSED: &str = "not used";
const MEASURE: &str = "if it is the configured measure, which is named beside it";
const PORTAL_MEASURE: &str = "if it is the configured measure; absolute stands in for effective";
const NO_CURRENCY: &str = "left out: the file names no currency";
const LISTED: &str = "if the price list has none";
const BY_THE_PIECE: &str = "of what is counted, by the piece";
const TIMES: &str = "times the quantity; of bytes with price_units alone";
const LIST_PRICE: &str = "the same, if list prices are configured";
const REFUSED: &str = "a file of another month is refused by it";

/// Columns of `csv_v2_0`, and the dotted names of `json_v2_0`. The header of a real file has all but those that may be
/// missing; Acronis' own report parser refuses a file without those that are always there, without `usage.*` and
/// `infra.*`. Without `measurement_unit` bytes would be taken for counts.
pub(crate) const REPORT: [FieldRow<'_>; 30] = [
    ("application.id", None, Always, "must not be empty"),
    ("application.name", None, Usual, UNUSED),
    ("date", None, Usual, REFUSED),
    ("edition", Some("edition"), Maybe, "older files lack it"),
    ("infra.backend_type", None, Present, UNUSED),
    ("infra.id", None, Present, UNUSED),
    ("infra.name", None, Usual, UNUSED),
    ("infra.owner_id", None, Present, UNUSED),
    ("is_range", None, Usual, "says what the effective usage is compared with"),
    ("measurement_unit", Some("billingUnit"), Present, "empty is a count"),
    ("name", Some("meter"), Always, "known pseudo-items are skipped by it"),
    ("pricing.currency", Some("currency"), Usual, "without it price and cost are left out"),
    ("pricing.mode", None, Usual, UNUSED),
    ("pricing.price", Some("unitPrice"), Usual, LISTED),
    ("pricing.total_cost", Some("totalCost"), Usual, LISTED),
    ("quota.value", None, Usual, "a limit that was set, not what the contract covers"),
    ("sku", Some("skuId"), Maybe, "there if Acronis shows SKUs to the partner; rows without one are skipped"),
    ("tenant.customer_id", Some("customer"), Usual, "the partner's own reference"),
    ("tenant.id", Some("tenant"), Always, "the root's own rows are skipped by it"),
    ("tenant.kind", None, Always, "kinds that are not configured are skipped"),
    ("tenant.name", Some("tenantName"), Usual, ""),
    ("usage.absolute.production", Some("consumedQuantity"), Present, MEASURE),
    ("usage.absolute.total", Some("consumedQuantity"), Present, MEASURE),
    ("usage.absolute.trial", Some("consumedQuantity"), Present, MEASURE),
    ("usage.delta.production", Some("consumedQuantity"), Present, MEASURE),
    ("usage.delta.total", Some("consumedQuantity"), Present, MEASURE),
    ("usage.delta.trial", Some("consumedQuantity"), Present, MEASURE),
    ("usage.effective.production", Some("consumedQuantity"), Present, MEASURE),
    ("usage.effective.total", Some("consumedQuantity"), Present, MEASURE),
    ("usage.effective.trial", Some("consumedQuantity"), Present, MEASURE),
];

/// Columns of the portal's file.
pub(crate) const PORTAL: [FieldRow<'_>; 23] = [
    ("Tenant name", Some("tenantName"), Always, "a path; the root's own rows are skipped by it"),
    ("Identifier", Some("tenant"), Always, ""),
    ("Type", None, Always, "kinds that are not configured are skipped"),
    ("Status", None, Usual, UNUSED),
    ("Mode", None, Usual, UNUSED),
    ("Service name", None, Usual, UNUSED),
    ("Edition", Some("edition"), Present, ""),
    ("Metric name", Some("meter"), Always, ""),
    ("Location", None, Usual, UNUSED),
    ("Metric unit", Some("billingUnit"), Present, ""),
    ("Quota", None, Usual, "a limit that was set, not what the contract covers"),
    ("Production usage", Some("consumedQuantity"), Present, PORTAL_MEASURE),
    ("Change in production usage", Some("consumedQuantity"), Present, PORTAL_MEASURE),
    ("Trial usage", Some("consumedQuantity"), Present, PORTAL_MEASURE),
    ("Change in trial usage", Some("consumedQuantity"), Present, PORTAL_MEASURE),
    ("Total usage", Some("consumedQuantity"), Present, PORTAL_MEASURE),
    ("Change in total usage", Some("consumedQuantity"), Present, PORTAL_MEASURE),
    ("Price", None, Usual, NO_CURRENCY),
    ("Cost", None, Usual, NO_CURRENCY),
    ("Billing model", None, Usual, UNUSED),
    ("Storage type", None, Usual, UNUSED),
    ("Pricing tier ID", None, Usual, UNUSED),
    ("SKU", Some("skuId"), Present, "rows without one are skipped"),
];

/// Members of a tenant, of which Acronis publishes more; what they fill is on the lines of the reports.
const TENANT: [FieldRow<'_>; 8] = [
    ("id", Some("partner"), Always, "of the tenants beneath it, if it is a partner"),
    ("parent_id", None, Always, "says who stands above whom"),
    ("name", Some("tenantName"), Usual, "if the report has none"),
    ("kind", None, Always, "says which tenants are partners"),
    ("customer_id", Some("customer"), Maybe, "the partner's own; if the report has none"),
    ("internal_tag", Some("customer"), Maybe, "the partner's own; if it is the configured reference"),
    ("pricing_mode", Some("tags"), Always, "a trial is tagged, or its rows are skipped, if so configured"),
    ("deleted_at", None, Maybe, "usage of a deleted tenant is told"),
];

/// Members of a price list, of which Acronis publishes more; a list has the configured one of its two prices. Those that fill two fields stand twice.
const PRICES: [FieldRow<'_>; 10] = [
    ("month", None, Always, "lists of other months are not taken"),
    ("currency", Some("currency"), Always, "of price and cost"),
    ("pricelist_code", None, Maybe, "says which of several lists is the configured one"),
    ("prices.sku", None, Always, "says whose price it is"),
    ("prices.effective_price", Some("unitPrice"), Maybe, BY_THE_PIECE),
    ("prices.effective_price", Some("totalCost"), Maybe, TIMES),
    ("prices.list_price", Some("unitPrice"), Maybe, LIST_PRICE),
    ("prices.list_price", Some("totalCost"), Maybe, LIST_PRICE),
    ("prices.name", Some("skuName"), Maybe, "if friendly_name is empty"),
    ("prices.friendly_name", Some("skuName"), Maybe, ""),
];

/// Every column of every format.
pub(crate) fn fields() -> Vec<Field> {
    let formats = [
        (CSV_V2, REPORT.as_slice()),
        (JSON_V2, &REPORT),
        (PORTAL_CSV, &PORTAL),
        (TENANTS, &TENANT),
        (PRICE_LIST, &PRICES),
    ];
    let mut fields: Vec<Field> =
        formats.into_iter().flat_map(|(format, columns)| Field::table(format, columns)).collect();
    for field in fields.iter_mut().filter(|field| field.format == JSON_V2) {
        // No real body is known, and what is null on every row looks as if it were not there.
        field.presence = match field.presence {
            Always => Always,
            Present if field.name == "measurement_unit" => Usual,
            Present | Usual | Maybe => Maybe,
        };
    }
    fields
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use ratebook_plugin::testing::Fixture;
    use ratebook_plugin::{VendorPlugin, testing};

    use super::*;
    use crate::Acronis;
    use crate::payload::prices::{Price, PriceList};
    use crate::payload::tenants::Tenant;
    use crate::payload::{KNOWN, portal};

    /// The members of a type that is read; it does not compile while one is missing.
    macro_rules! members {
        ($read:ident: $($name:ident),*) => {{
            let _all = |$read { $($name: _),* }: $read| ();
            vec![$(stringify!($name)),*]
        }};
    }

    /// The fields of the line that are not what they are without what is looked up.
    fn changed(without: &testing::Mapped, with: &testing::Mapped) -> BTreeSet<String> {
        let mut changed = BTreeSet::new();
        for line in &with.lines {
            let other = without.lines.iter().find(|other| other.origin == line.origin).unwrap();
            let other = serde_json::to_value(other).unwrap();
            let line = serde_json::to_value(line).unwrap();
            let names = line.as_object().unwrap().iter();
            changed.extend(
                names.filter(|(name, value)| other.get(name) != Some(value)).map(|(name, _)| name.clone()),
            );
        }
        changed
    }

    /// The fields of the line that the fixtures of each format fill; of those that are looked up, that they change.
    fn filled() -> BTreeMap<String, BTreeSet<String>> {
        let mut filled: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for fixture in Fixture::all(env!("CARGO_MANIFEST_DIR")).unwrap() {
            let format = fixture.format.clone().unwrap();
            let map = |fixture: &Fixture| fixture.map(&Acronis::open(&fixture.config).unwrap(), &format);
            let mut alone = Fixture { references: BTreeMap::new(), ..fixture.clone() };
            for needs_tenants in ["reference", "trials"] {
                alone.config.values.as_object_mut().and_then(|keys| keys.remove(needs_tenants));
            }
            let Ok(without) = map(&alone) else { continue };
            filled.entry(format.clone()).or_default().extend(testing::filled(&without));
            for (reference, files) in &fixture.references {
                let references = BTreeMap::from([(reference.clone(), files.clone())]);
                if let Ok(with) = map(&Fixture { references, ..fixture.clone() }) {
                    filled.entry(reference.clone()).or_default().extend(changed(&without, &with));
                }
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
        let tenant = members!(
            Tenant: id, parent_id, name, kind, customer_id, internal_tag, pricing_mode, deleted_at
        );
        let list = members!(PriceList: month, currency, pricelist_code, prices);
        let price = members!(Price: sku, effective_price, list_price, name, friendly_name);
        let price: Vec<String> = price.iter().map(|name| format!("prices.{name}")).collect();
        let list = list.into_iter().filter(|name| *name != "prices");
        let prices: Vec<&str> = list.chain(price.iter().map(String::as_str)).collect();
        // What a real json_v2_0 body holds is not known: its names are the CSV's, and so is what becomes of them.
        let wrong = [
            testing::wrong_fields(&about, CSV_V2, KNOWN, &filled[CSV_V2]),
            testing::wrong_fields(&about, JSON_V2, KNOWN, &filled[CSV_V2]),
            testing::wrong_fields(&about, PORTAL_CSV, &portal::COLUMNS, &filled[PORTAL_CSV]),
            testing::wrong_fields(&about, TENANTS, &tenant, &filled[TENANTS]),
            testing::wrong_fields(&about, PRICE_LIST, &prices, &filled[PRICE_LIST]),
        ];
        assert!(wrong.concat().is_empty(), "{}", wrong.concat().join("\n"));
    }
}
