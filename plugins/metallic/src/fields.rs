//! What becomes of each member of Metallic's answers, for `ratebook plugin inspect`.

use ratebook_plugin::Field;

use crate::{ACCOUNT_USAGE, ACCOUNTS, USAGE_SUMMARY};

/// Every member of a row of each answer.
pub(crate) fn fields() -> Vec<Field> {
    const MONTH: &str = "must lie in the month that is asked for";
    const PRICE: &str = "refused without a currency";
    let same = |format: &str| {
        ["consumedQuantity", "entitledQuantity", "overageQuantity", "billableQuantity"]
            .map(|name| Field::mapped(format, name, name, ""))
    };
    let mut fields = vec![
        Field::other(USAGE_SUMMARY, "usageMonth", MONTH),
        Field::mapped(USAGE_SUMMARY, "skuId", "skuId", "required"),
        Field::mapped(USAGE_SUMMARY, "billingUnit", "billingUnit", ""),
        Field::mapped(USAGE_SUMMARY, "unitPrice", "unitPrice", PRICE),
        Field::mapped(USAGE_SUMMARY, "totalCost", "totalCost", PRICE),
        Field::mapped(USAGE_SUMMARY, "currency", "currency", "of both"),
        Field::mapped(USAGE_SUMMARY, "paymentOption", "paymentOption", "the schema's name"),
        Field::mapped(USAGE_SUMMARY, "type", "paymentOption", "the examples' name for the same"),
    ];
    fields.extend(same(USAGE_SUMMARY));
    let usage = |name, line, why| Field::mapped(ACCOUNT_USAGE, name, line, why);
    let unused = |name| Field::other(ACCOUNT_USAGE, name, "has no place on a line");
    fields.extend([
        Field::other(ACCOUNT_USAGE, "usageMonth", MONTH),
        usage("accountId", "tenant", "required"),
        usage("accountName", "tenantName", "else the name in the list of accounts"),
        usage("externalAccountId", "customer", "else externalId in the list of accounts"),
        usage("subMspId", "partner", ""),
        unused("subMspName"),
        unused("externalSubMspId"),
        usage("skuId", "skuId", "required"),
        usage("unit", "billingUnit", ""),
        usage("unitPrice", "unitPrice", PRICE),
        usage("cost", "totalCost", PRICE),
        usage("currency", "currency", "of both"),
        usage("unitQuantity", "tags", "if it is not 1; the vendor does not say what it means"),
    ]);
    fields.extend(same(ACCOUNT_USAGE));
    fields.extend(
        [
            ("id", "which account it is"),
            ("externalId", "the customer of usage that names none"),
            ("name", "the tenant's name of usage that names none"),
            ("type", "usage of POC and internal accounts is skipped"),
            ("services.sku", "which SKU the service is of"),
            ("services.serviceType", "usage of a trial is skipped"),
            ("services.trialEndDate", "told with it"),
        ]
        .map(|(name, why)| Field::other(ACCOUNTS, name, why)),
    );
    fields
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use ratebook_plugin::testing::Fixture;
    use ratebook_plugin::{VendorPlugin, testing};

    use crate::payload::Row;
    use crate::payload::accounts::{AccountRow, ServiceRow, UsageRow};
    use crate::{ACCOUNT_USAGE, ACCOUNTS, Metallic, USAGE_SUMMARY};

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
        let members = AccountRow::MEMBERS.iter().copied().filter(|name| *name != "services");
        let accounts: Vec<&str> = members.chain(services.iter().map(String::as_str)).collect();
        let wrong = [
            testing::wrong_fields(&about, USAGE_SUMMARY, Row::MEMBERS, &filled[USAGE_SUMMARY]),
            testing::wrong_fields(&about, ACCOUNT_USAGE, UsageRow::MEMBERS, &filled[ACCOUNT_USAGE]),
            testing::wrong_fields(&about, ACCOUNTS, &accounts, &BTreeSet::new()),
        ];
        assert!(wrong.concat().is_empty(), "{}", wrong.concat().join("\n"));
    }
}
