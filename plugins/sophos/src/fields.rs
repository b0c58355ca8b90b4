//! What becomes of each member of an item of Sophos' billing usage, and which must be there: items are held against it, and
//! `ratebook plugin inspect` shows it.

use ratebook_plugin::Presence::{Always, Maybe, Usual};
use ratebook_plugin::{Field, FieldRow};

use crate::formats::BILLING_USAGE;

const UNUSED: &str = "not used";
const PERIOD: &str = "must have days of the month that is asked for";

/// Sophos' example has all of them; whether all always come is not known, so those that lines do without may be missing.
const MEMBERS: [FieldRow<'_>; 35] = [
    (
        "accountId",
        Some("tenant"),
        Maybe,
        "a Device has none: the source's tenant, if it has one, and warned of; others are refused without it",
    ),
    ("accountNumberOrSerialNumber", Some("tags"), Maybe, ""),
    ("accountStatus", Some("tags"), Maybe, "what a suspended account used is a line"),
    ("actualQuantity", Some("consumedQuantity"), Usual, ""),
    ("additionalDiscountPercentage", None, Maybe, UNUSED),
    ("assignedAccountIdentifier", Some("tenantName"), Maybe, ""),
    ("billableQuantity", Some("billableQuantity"), Always, ""),
    ("billingEndDate", None, Maybe, PERIOD),
    ("billingStartDate", None, Maybe, PERIOD),
    ("contactCity", None, Maybe, UNUSED),
    ("contactCountry", None, Maybe, UNUSED),
    ("contactEmail", None, Maybe, UNUSED),
    ("contactName", None, Maybe, UNUSED),
    ("contactStreet", None, Maybe, UNUSED),
    ("contactZip", None, Maybe, UNUSED),
    ("distributorAccountName", None, Maybe, UNUSED),
    ("externalId", Some("customer"), Maybe, ""),
    ("netPrice", None, Maybe, "what it is the price of is not known"),
    ("netPriceCurrency", None, Maybe, UNUSED),
    ("orderLineItemNumber", None, Maybe, "a page is recognised by it"),
    ("orderNumber", None, Maybe, UNUSED),
    ("orderedQuantity", None, Maybe, "whether it is an entitlement is not known"),
    ("partnerAccountId", Some("partner"), Maybe, ""),
    ("partnerAccountName", None, Maybe, UNUSED),
    ("partnerEdiAccountNumber", None, Maybe, UNUSED),
    ("priceWithTaxes", None, Maybe, UNUSED),
    ("priceWithTaxesCurrency", None, Maybe, UNUSED),
    ("productCode", Some("tags"), Maybe, ""),
    ("productDescription", Some("skuName"), Usual, ""),
    ("productGroup", Some("meter"), Maybe, ""),
    ("sku", Some("skuId"), Always, ""),
    ("unitMsrp", None, Maybe, UNUSED),
    ("unitMsrpCurrency", None, Maybe, UNUSED),
    ("unitPrice", Some("unitPrice"), Usual, "refused without a currency"),
    ("unitPriceCurrency", Some("currency"), Usual, ""),
];

/// Every member of an item.
pub(crate) fn fields() -> Vec<Field> {
    Field::table(BILLING_USAGE, &MEMBERS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ratebook_plugin::testing::Fixture;
    use ratebook_plugin::{VendorPlugin, testing};

    use super::*;
    use crate::Sophos;
    use crate::payload::KNOWN;

    /// The fields of the line that the fixtures fill.
    fn filled() -> BTreeSet<String> {
        let mut filled = BTreeSet::new();
        for fixture in Fixture::all(env!("CARGO_MANIFEST_DIR")).unwrap() {
            if let Ok(mapped) = fixture.map(&Sophos::open(&fixture.config).unwrap(), BILLING_USAGE) {
                filled.extend(testing::filled(&mapped));
            }
        }
        filled
    }

    #[test]
    fn every_member_is_named_and_fills_what_is_said() {
        let wrong = testing::wrong_fields(&Sophos::about(), BILLING_USAGE, &KNOWN, &filled());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
