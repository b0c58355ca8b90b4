//! What becomes of each member of an item of Sophos' billing usage, for `ratebook plugin inspect`.

use ratebook_plugin::Field;

use crate::BILLING_USAGE;

const UNUSED: &str = "not used";
const PERIOD: &str = "must have days of the month that is asked for";

/// A member: its name, the field of the line that it fills, how or why not.
type Member = (&'static str, Option<&'static str>, &'static str);

const MEMBERS: [Member; 35] = [
    ("accountId", Some("tenant"), "else the source's tenant, if it has one; warned of"),
    ("accountNumberOrSerialNumber", Some("tags"), ""),
    ("accountStatus", Some("tags"), "what a suspended account used is a line"),
    ("actualQuantity", Some("consumedQuantity"), ""),
    ("additionalDiscountPercentage", None, UNUSED),
    ("assignedAccountIdentifier", Some("tenantName"), ""),
    ("billableQuantity", Some("billableQuantity"), "required"),
    ("billingEndDate", None, PERIOD),
    ("billingStartDate", None, PERIOD),
    ("contactCity", None, UNUSED),
    ("contactCountry", None, UNUSED),
    ("contactEmail", None, UNUSED),
    ("contactName", None, UNUSED),
    ("contactStreet", None, UNUSED),
    ("contactZip", None, UNUSED),
    ("distributorAccountName", None, UNUSED),
    ("externalId", Some("customer"), ""),
    ("netPrice", None, "what it is the price of is not known"),
    ("netPriceCurrency", None, UNUSED),
    ("orderLineItemNumber", None, "a page is recognised by it"),
    ("orderNumber", None, UNUSED),
    ("orderedQuantity", None, "whether it is an entitlement is not known"),
    ("partnerAccountId", Some("partner"), ""),
    ("partnerAccountName", None, UNUSED),
    ("partnerEdiAccountNumber", None, UNUSED),
    ("priceWithTaxes", None, UNUSED),
    ("priceWithTaxesCurrency", None, UNUSED),
    ("productCode", Some("tags"), ""),
    ("productDescription", Some("skuName"), ""),
    ("productGroup", Some("meter"), ""),
    ("sku", Some("skuId"), "required"),
    ("unitMsrp", None, UNUSED),
    ("unitMsrpCurrency", None, UNUSED),
    ("unitPrice", Some("unitPrice"), "refused without a currency"),
    ("unitPriceCurrency", Some("currency"), ""),
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
