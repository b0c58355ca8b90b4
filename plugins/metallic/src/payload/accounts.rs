//! Pages of accounts and of their usage in Metallic's words, not yet judged.
//!
//! Source of the names: Metallic API reference, "Get accounts", "Get account by id" and "Get Aggregator Usage". What
//! the answer calls its list of rows is not among them, so it is whichever member is a list.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use ratebook_plugin::Problem;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::members::row;

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    /// The rows as they stand, each an object as its raw text.
    pub(crate) rows: Vec<&'a str>,
    /// Which page of how much it is.
    pub(crate) pagination: Pagination,
    /// Members beside the list and `metadata`.
    pub(crate) unknown: BTreeSet<String>,
}

/// `metadata.pagination`; its `pageSize` is not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pagination {
    /// Counted from 0.
    pub(crate) page_number: u64,
    /// Rows of all pages.
    pub(crate) total_records: u64,
}

#[derive(Deserialize)]
struct Metadata {
    pagination: Pagination,
}

impl<'a> Page<'a> {
    /// Reads a page of `what`; a BOM is allowed, two lists or a missing `metadata.pagination` are not.
    pub(crate) fn from_json(bytes: &'a [u8], what: &str) -> Result<Page<'a>, Problem> {
        super::from_json(bytes, what)
    }
}

struct PageVisitor;

impl<'de> Visitor<'de> for PageVisitor {
    type Value = Page<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list and `metadata`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Page<'de>, M::Error> {
        let (mut list, mut metadata, mut unknown) = (None, None, BTreeSet::new());
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "metadata" {
                let told: Metadata = map.next_value()?;
                if metadata.replace(told).is_some() {
                    return Err(M::Error::duplicate_field("metadata"));
                }
                continue;
            }
            let value = map.next_value::<&'de RawValue>()?.get();
            if !value.starts_with('[') {
                unknown.insert(key.into_owned());
            } else if list.replace(value).is_some() {
                return Err(M::Error::custom(format!("a second list, {key:?}, and one was expected")));
            }
        }
        let list = list.ok_or_else(|| M::Error::custom("no list of rows"))?;
        let rows: Vec<&'de RawValue> = serde_json::from_str(list).map_err(M::Error::custom)?;
        let metadata = metadata.ok_or_else(|| M::Error::missing_field("metadata"))?;
        let rows = rows.into_iter().map(RawValue::get).collect();
        Ok(Page { rows, pagination: metadata.pagination, unknown })
    }
}

impl<'de> Deserialize<'de> for Page<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Page<'de>, D::Error> {
        deserializer.deserialize_map(PageVisitor)
    }
}

row! {
    /// An account of the list; members that bills do not need are not named here.
    AccountRow, "an account, an object" {
        id = "id",
        /// What the partner calls it.
        external_id = "externalId",
        name = "name",
        /// `POC`, `Internal` or `Production`.
        kind = "type",
        /// A list of [`ServiceRow`].
        services = "services",
    }
}

row! {
    /// What an account has: `quantity` and `orderDate` are not needed.
    ServiceRow, "a service of an account, an object" {
        sku = "sku",
        /// `trial` or `paid`.
        kind = "serviceType",
        trial_end = "trialEndDate",
    }
}

row! {
    /// The usage of one SKU by one account: `cost` and `unit` where the summary says `totalCost` and `billingUnit`.
    UsageRow, "a row of the usage by account, an object" {
        /// The day in it is not said to mean anything.
        usage_month = "usageMonth",
        sub_msp_id = "subMspId",
        sub_msp_name = "subMspName",
        external_sub_msp_id = "externalSubMspId",
        account_id = "accountId",
        account_name = "accountName",
        external_account_id = "externalAccountId",
        sku_id = "skuId",
        /// The peak of the month.
        consumed_quantity = "consumedQuantity",
        entitled_quantity = "entitledQuantity",
        overage_quantity = "overageQuantity",
        billable_quantity = "billableQuantity",
        unit_price = "unitPrice",
        /// Not explained by the vendor.
        unit_quantity = "unitQuantity",
        unit = "unit",
        currency = "currency",
        cost = "cost",
    }
}
