//! What becomes of each column of FOCUS, for `ratebook plugin inspect`.

use ratebook_plugin::Field;

const UNNAMED: &str = "not used, unless the configuration names it";
const COST: &str = "if it is the configured cost";
const PRICING: &str = "unless the consumed quantity is configured";
const CONSUMED: &str = "if the consumed quantity is configured";

/// A column: its name, the field of the line that it fills, how or why not.
type Column = (&'static str, Option<&'static str>, &'static str);

/// The columns, as the usual configuration reads them; those that fill two fields stand twice.
const COLUMNS: [Column; 69] = [
    ("AllocatedMethodDetails", None, UNNAMED),
    ("AllocatedMethodId", None, UNNAMED),
    ("AllocatedResourceId", None, UNNAMED),
    ("AllocatedResourceName", None, UNNAMED),
    ("AllocatedTags", None, UNNAMED),
    ("AvailabilityZone", None, UNNAMED),
    ("BilledCost", Some("totalCost"), "unless another cost is configured"),
    ("BillingAccountId", Some("partner"), "a file without it is refused"),
    ("BillingAccountId", Some("tenant"), "if there is no sub account"),
    ("BillingAccountName", Some("tenantName"), "if BillingAccountId is the tenant"),
    ("BillingAccountType", None, UNNAMED),
    ("BillingCurrency", Some("currency"), "required"),
    ("BillingPeriodEnd", None, "must be the month's end, exclusive, unless other periods are configured"),
    ("BillingPeriodStart", None, "of another month: refused, or skipped if so configured"),
    ("CapacityReservationId", None, UNNAMED),
    ("CapacityReservationStatus", None, UNNAMED),
    ("ChargeCategory", Some("tags"), "taxes are skipped by it, unless the configuration names them"),
    ("ChargeClass", Some("tags"), "corrections are skipped by it, if so configured"),
    ("ChargeDescription", Some("skuName"), ""),
    ("ChargeFrequency", None, UNNAMED),
    ("ChargePeriodEnd", None, UNNAMED),
    ("ChargePeriodStart", None, "charges that began outside their billing period are warned of"),
    ("CommitmentDiscountCategory", None, UNNAMED),
    ("CommitmentDiscountId", None, UNNAMED),
    ("CommitmentDiscountName", None, UNNAMED),
    ("CommitmentDiscountQuantity", None, UNNAMED),
    ("CommitmentDiscountStatus", None, UNNAMED),
    ("CommitmentDiscountType", None, UNNAMED),
    ("CommitmentDiscountUnit", None, UNNAMED),
    ("CommitmentProgramEligibilityDetails", None, UNNAMED),
    ("ConsumedQuantity", Some("consumedQuantity"), CONSUMED),
    ("ConsumedUnit", Some("billingUnit"), CONSUMED),
    ("ContractApplied", None, UNNAMED),
    ("ContractedCost", Some("totalCost"), COST),
    ("ContractedUnitPrice", Some("unitPrice"), "per PricingUnit, so none beside ConsumedQuantity"),
    ("EffectiveCost", Some("totalCost"), COST),
    ("HostProviderName", None, UNNAMED),
    ("InvoiceDetailId", None, UNNAMED),
    ("InvoiceId", None, UNNAMED),
    ("InvoiceIssuerName", None, UNNAMED),
    ("ListCost", Some("totalCost"), COST),
    ("ListUnitPrice", None, UNNAMED),
    ("PricingCategory", Some("paymentOption"), ""),
    ("PricingCurrency", None, UNNAMED),
    ("PricingCurrencyContractedUnitPrice", None, UNNAMED),
    ("PricingCurrencyEffectiveCost", None, UNNAMED),
    ("PricingCurrencyListUnitPrice", None, UNNAMED),
    ("PricingQuantity", Some("consumedQuantity"), PRICING),
    ("PricingUnit", Some("billingUnit"), PRICING),
    ("ProviderName", None, UNNAMED),
    ("PublisherName", None, UNNAMED),
    ("RegionId", Some("tags"), ""),
    ("RegionName", None, UNNAMED),
    ("ResourceId", None, UNNAMED),
    ("ResourceName", None, UNNAMED),
    ("ResourceType", None, UNNAMED),
    ("ServiceCategory", None, UNNAMED),
    ("ServiceName", Some("tags"), ""),
    ("ServiceName", Some("skuName"), "if ChargeDescription is null"),
    ("ServiceProviderName", None, UNNAMED),
    ("ServiceSubcategory", None, UNNAMED),
    ("SkuId", Some("skuId"), ""),
    ("SkuMeter", Some("meter"), ""),
    ("SkuPriceDetails", None, UNNAMED),
    ("SkuPriceId", Some("skuId"), "if SkuId is null"),
    ("SubAccountId", Some("tenant"), ""),
    ("SubAccountName", Some("tenantName"), "if SubAccountId is the tenant"),
    ("SubAccountType", None, UNNAMED),
    ("Tags", Some("tenant"), "the tag that is configured, before any column"),
];

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
    use crate::read::FocusFormat;

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
        let used = COLUMNS.iter().filter(|(_, _, why)| *why != UNNAMED);
        let used: BTreeSet<String> = used.map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(used, asked);
    }
}
