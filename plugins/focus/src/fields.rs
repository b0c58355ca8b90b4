//! What becomes of each column of FOCUS, and which must be there: files are held against it, and `ratebook plugin inspect`
//! shows it.

use ratebook_plugin::Presence::{self, Always, Maybe, Present, Usual};
use ratebook_plugin::{Field, FieldRow};

const UNNAMED: &str = "not used, unless the configuration names it";
const COST: &str = "if it is the configured cost";
const PRICING: &str = "unless the consumed quantity is configured";
const CONSUMED: &str = "if the consumed quantity is configured";

/// The columns, as the usual configuration reads them; those that fill two fields stand twice. Those that must be there are
/// mandatory in every version of FOCUS, and those that must have a value are not nullable (specification/columns/*.md). A
/// column that the configuration names must be there whatever stands here. Costs that are not configured, and what FOCUS
/// calls conditional, may be missing: that depends on what a provider supports. Without SubAccountId every line is its
/// payer's, so that is warned of.
const COLUMNS: [FieldRow<'_>; 69] = [
    ("AllocatedMethodDetails", None, Maybe, UNNAMED),
    ("AllocatedMethodId", None, Maybe, UNNAMED),
    ("AllocatedResourceId", None, Maybe, UNNAMED),
    ("AllocatedResourceName", None, Maybe, UNNAMED),
    ("AllocatedTags", None, Maybe, UNNAMED),
    ("AvailabilityZone", None, Maybe, UNNAMED),
    ("BilledCost", Some("totalCost"), Always, "unless another cost is configured"),
    ("BillingAccountId", Some("partner"), Present, ""),
    ("BillingAccountId", Some("tenant"), Present, "if there is no sub account"),
    ("BillingAccountName", Some("tenantName"), Maybe, "if BillingAccountId is the tenant"),
    ("BillingAccountType", None, Maybe, UNNAMED),
    ("BillingCurrency", Some("currency"), Always, ""),
    (
        "BillingPeriodEnd",
        None,
        Always,
        "must be the month's end, exclusive, unless other periods are configured",
    ),
    ("BillingPeriodStart", None, Always, "of another month: refused, or skipped if so configured"),
    ("CapacityReservationId", None, Maybe, UNNAMED),
    ("CapacityReservationStatus", None, Maybe, UNNAMED),
    ("ChargeCategory", Some("tags"), Always, "taxes are skipped by it, unless the configuration names them"),
    ("ChargeClass", Some("tags"), Present, "corrections are skipped by it, if so configured"),
    ("ChargeDescription", Some("skuName"), Usual, ""),
    ("ChargeFrequency", None, Maybe, UNNAMED),
    ("ChargePeriodEnd", None, Maybe, UNNAMED),
    ("ChargePeriodStart", None, Always, "charges that began outside their billing period are warned of"),
    ("CommitmentDiscountCategory", None, Maybe, UNNAMED),
    ("CommitmentDiscountId", None, Maybe, UNNAMED),
    ("CommitmentDiscountName", None, Maybe, UNNAMED),
    ("CommitmentDiscountQuantity", None, Maybe, UNNAMED),
    ("CommitmentDiscountStatus", None, Maybe, UNNAMED),
    ("CommitmentDiscountType", None, Maybe, UNNAMED),
    ("CommitmentDiscountUnit", None, Maybe, UNNAMED),
    ("CommitmentProgramEligibilityDetails", None, Maybe, UNNAMED),
    ("ConsumedQuantity", Some("consumedQuantity"), Maybe, CONSUMED),
    ("ConsumedUnit", Some("billingUnit"), Maybe, CONSUMED),
    ("ContractApplied", None, Maybe, UNNAMED),
    ("ContractedCost", Some("totalCost"), Maybe, COST),
    ("ContractedUnitPrice", Some("unitPrice"), Maybe, "per PricingUnit, so none beside ConsumedQuantity"),
    ("EffectiveCost", Some("totalCost"), Maybe, COST),
    ("HostProviderName", None, Maybe, UNNAMED),
    ("InvoiceDetailId", None, Maybe, UNNAMED),
    ("InvoiceId", None, Maybe, UNNAMED),
    ("InvoiceIssuerName", None, Maybe, UNNAMED),
    ("ListCost", Some("totalCost"), Maybe, COST),
    ("ListUnitPrice", None, Maybe, UNNAMED),
    ("PricingCategory", Some("paymentOption"), Maybe, ""),
    ("PricingCurrency", None, Maybe, UNNAMED),
    ("PricingCurrencyContractedUnitPrice", None, Maybe, UNNAMED),
    ("PricingCurrencyEffectiveCost", None, Maybe, UNNAMED),
    ("PricingCurrencyListUnitPrice", None, Maybe, UNNAMED),
    ("PricingQuantity", Some("consumedQuantity"), Present, PRICING),
    ("PricingUnit", Some("billingUnit"), Present, PRICING),
    ("ProviderName", None, Maybe, UNNAMED),
    ("PublisherName", None, Maybe, UNNAMED),
    ("RegionId", Some("tags"), Maybe, ""),
    ("RegionName", None, Maybe, UNNAMED),
    ("ResourceId", None, Maybe, UNNAMED),
    ("ResourceName", None, Maybe, UNNAMED),
    ("ResourceType", None, Maybe, UNNAMED),
    ("ServiceCategory", None, Maybe, UNNAMED),
    ("ServiceName", Some("tags"), Usual, ""),
    ("ServiceName", Some("skuName"), Usual, "if ChargeDescription is null"),
    ("ServiceProviderName", None, Maybe, UNNAMED),
    ("ServiceSubcategory", None, Maybe, UNNAMED),
    ("SkuId", Some("skuId"), Maybe, ""),
    ("SkuMeter", Some("meter"), Maybe, ""),
    ("SkuPriceDetails", None, Maybe, UNNAMED),
    ("SkuPriceId", Some("skuId"), Maybe, "if SkuId is null"),
    ("SubAccountId", Some("tenant"), Usual, ""),
    ("SubAccountName", Some("tenantName"), Maybe, "if SubAccountId is the tenant"),
    ("SubAccountType", None, Maybe, UNNAMED),
    ("Tags", Some("tenant"), Maybe, "the tag that is configured, before any column"),
];

/// Whether files have a column.
pub(crate) fn presence(name: &str) -> Presence {
    COLUMNS.iter().find(|(known, ..)| *known == name).map_or(Maybe, |(_, _, presence, _)| *presence)
}

/// Every column; both formats have the same.
pub(crate) fn fields() -> Vec<Field> {
    Field::table("", &COLUMNS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ratebook_plugin::testing::Fixture;
    use ratebook_plugin::{Config, VendorPlugin, testing};
    use serde_json::{Value, json};

    use super::*;
    use crate::Focus;
    use crate::columns::FOCUS;
    use crate::config::COSTS;
    use crate::format::FocusFormat;

    fn open(values: Value) -> Focus {
        Focus::open(&Config { source: "test".to_owned(), url: None, values, secrets: Vec::new() }).unwrap()
    }

    /// The fields of the line that the CSV fixtures fill. Parquet makes the same lines: `tests/fixtures.rs` holds that.
    fn filled() -> BTreeSet<String> {
        let mut filled = BTreeSet::new();
        for fixture in Fixture::all(env!("CARGO_MANIFEST_DIR")).unwrap() {
            if fixture.file != "payload.csv" {
                continue;
            }
            let plugin = Focus::open(&fixture.config).unwrap();
            if let Ok(mapped) = fixture.map(&plugin, FocusFormat::Csv.id()) {
                filled.extend(testing::filled(&mapped));
            }
        }
        // The name of the quantity's column, not what is in one.
        filled.remove("measure");
        filled
    }

    #[test]
    fn every_column_is_named_and_fills_what_is_said() {
        let wrong = testing::wrong_fields(&Focus::about(), FocusFormat::Csv.id(), &FOCUS, &filled());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn the_columns_that_are_used_are_those_that_are_asked_for() {
        let costs = COSTS.map(|cost| json!({ "cost": cost }));
        let others = [json!({ "quantity": "consumed" }), json!({ "tenant_tag": "customer" })];
        let asked: BTreeSet<String> = (costs.into_iter().chain(others))
            .flat_map(|values| open(values).settings.wanted)
            .map(|column| column.name)
            .collect();
        let used = COLUMNS.iter().filter(|(.., why)| *why != UNNAMED);
        let used: BTreeSet<String> = used.map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(used, asked);
    }
}
