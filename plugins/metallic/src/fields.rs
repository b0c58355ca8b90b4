//! What becomes of each member of Metallic's answers, and which must be there: rows are held against it, and
//! `ratebook plugin inspect` shows it.

use ratebook_plugin::Presence::{Always, Maybe, Usual};
use ratebook_plugin::{Field, FieldRow};

use crate::formats::{ACCOUNT_USAGE, ACCOUNTS, USAGE_SUMMARY};

const MONTH: &str = "must lie in the month that is asked for";
const PRICE: &str = "refused without a currency";
const NO_PLACE: &str = "has no place on a line";
const NO_PARTNER: &str = "whether rows of partners without sub MSPs have it is not said";
const OWN_NAME: &str = "the partner's own, if it was given";

/// Members of a row of the summary. The schema and every example have each that is always there.
const SUMMARY: [FieldRow<'_>; 12] = [
    ("usageMonth", None, Always, MONTH),
    ("skuId", Some("skuId"), Always, ""),
    ("consumedQuantity", Some("consumedQuantity"), Always, ""),
    ("entitledQuantity", Some("entitledQuantity"), Always, ""),
    ("overageQuantity", Some("overageQuantity"), Always, ""),
    ("billableQuantity", Some("billableQuantity"), Always, ""),
    ("unitPrice", Some("unitPrice"), Always, PRICE),
    ("billingUnit", Some("billingUnit"), Maybe, "every example leaves it out for SKUs per user"),
    ("totalCost", Some("totalCost"), Always, PRICE),
    ("currency", Some("currency"), Always, "of both"),
    ("paymentOption", Some("paymentOption"), Maybe, "the schema's name; a row has this or type"),
    ("type", Some("paymentOption"), Maybe, "the examples' name for the same"),
];

/// Members of a row of the usage by account.
const BY_ACCOUNT: [FieldRow<'_>; 17] = [
    ("usageMonth", None, Always, MONTH),
    ("accountId", Some("tenant"), Always, ""),
    ("accountName", Some("tenantName"), Usual, "else the name in the list of accounts"),
    (
        "externalAccountId",
        Some("customer"),
        Maybe,
        "the partner's own, if it was given; else externalId in the list of accounts",
    ),
    ("subMspId", Some("partner"), Maybe, NO_PARTNER),
    ("subMspName", None, Maybe, NO_PLACE),
    ("externalSubMspId", None, Maybe, NO_PLACE),
    ("skuId", Some("skuId"), Always, ""),
    ("consumedQuantity", Some("consumedQuantity"), Always, ""),
    ("entitledQuantity", Some("entitledQuantity"), Always, ""),
    ("overageQuantity", Some("overageQuantity"), Always, ""),
    ("billableQuantity", Some("billableQuantity"), Always, ""),
    ("unit", Some("billingUnit"), Maybe, "as billingUnit of the summary"),
    ("unitPrice", Some("unitPrice"), Always, PRICE),
    ("cost", Some("totalCost"), Always, PRICE),
    ("currency", Some("currency"), Always, "of both"),
    ("unitQuantity", Some("tags"), Always, "if it is not 1; the vendor does not say what it means"),
];

/// Members of an account and of its services. More are published than these, so others are not told.
const LIST: [FieldRow<'_>; 8] = [
    ("id", None, Always, "which account it is"),
    ("externalId", None, Maybe, OWN_NAME),
    ("name", None, Maybe, "the tenant's name of usage that names none"),
    ("type", None, Always, "usage of POC and internal accounts is skipped"),
    ("services", None, Always, "which SKUs are trials; the list may be empty"),
    ("services.sku", None, Always, "which SKU the service is of"),
    ("services.serviceType", None, Always, "usage of a trial is skipped"),
    ("services.trialEndDate", None, Maybe, "of trials; told with them"),
];

/// Every member of a row of each answer.
pub(crate) fn fields() -> Vec<Field> {
    let formats = [(USAGE_SUMMARY, SUMMARY.as_slice()), (ACCOUNT_USAGE, &BY_ACCOUNT), (ACCOUNTS, &LIST)];
    formats.into_iter().flat_map(|(format, rows)| Field::table(format, rows)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use ratebook_plugin::testing::Fixture;
    use ratebook_plugin::{VendorPlugin, testing};

    use crate::Metallic;
    use crate::formats::{ACCOUNT_USAGE, ACCOUNTS, USAGE_SUMMARY};
    use crate::payload::Row;
    use crate::payload::accounts::{AccountRow, ServiceRow, UsageRow};

    /// The fields of the line that the fixtures of each format fill.
    fn filled() -> BTreeMap<String, BTreeSet<String>> {
        let mut filled: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for fixture in Fixture::all(env!("CARGO_MANIFEST_DIR")).unwrap() {
            let format = fixture.format.as_deref().unwrap_or(USAGE_SUMMARY);
            if let Ok(mapped) = fixture.map(&Metallic::open(&fixture.config).unwrap(), format) {
                filled.entry(format.to_owned()).or_default().extend(testing::filled(&mapped));
            }
        }
        for made in filled.values_mut() {
            // The vendor says so of the call, not in a member.
            made.remove("measure");
        }
        filled
    }

    #[test]
    fn every_member_is_named_and_fills_what_is_said() {
        let (about, filled) = (Metallic::about(), filled());
        let services: Vec<String> =
            ServiceRow::MEMBERS.iter().map(|name| format!("services.{name}")).collect();
        let members = AccountRow::MEMBERS.iter().copied();
        let accounts: Vec<&str> = members.chain(services.iter().map(String::as_str)).collect();
        let wrong = [
            testing::wrong_fields(&about, USAGE_SUMMARY, Row::MEMBERS, &filled[USAGE_SUMMARY]),
            testing::wrong_fields(&about, ACCOUNT_USAGE, UsageRow::MEMBERS, &filled[ACCOUNT_USAGE]),
            testing::wrong_fields(&about, ACCOUNTS, &accounts, &BTreeSet::new()),
        ];
        assert!(wrong.concat().is_empty(), "{}", wrong.concat().join("\n"));
    }
}
