//! Sophos' answers in Sophos' words, not yet judged: members as raw JSON text, so that no digit is lost.
//!
//! Source of the names: Sophos' own collection of requests (github.com/sophos/sophos-central-apis-postman, "Sophos
//! Central APIs", Partner API, "Get usage report"), answer "Billing report." and its errors.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use ratebook_plugin::{Problem, each_member};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// What an item is known to have. Those that no line needs (contacts, list prices, the order) are among them.
pub(crate) const KNOWN: [&str; 35] = [
    "accountId",
    "accountNumberOrSerialNumber",
    "accountStatus",
    "actualQuantity",
    "additionalDiscountPercentage",
    "assignedAccountIdentifier",
    "billableQuantity",
    "billingEndDate",
    "billingStartDate",
    "contactCity",
    "contactCountry",
    "contactEmail",
    "contactName",
    "contactStreet",
    "contactZip",
    "distributorAccountName",
    "externalId",
    "netPrice",
    "netPriceCurrency",
    "orderLineItemNumber",
    "orderNumber",
    "orderedQuantity",
    "partnerAccountId",
    "partnerAccountName",
    "partnerEdiAccountNumber",
    "priceWithTaxes",
    "priceWithTaxesCurrency",
    "productCode",
    "productDescription",
    "productGroup",
    "sku",
    "unitMsrp",
    "unitMsrpCurrency",
    "unitPrice",
    "unitPriceCurrency",
];

/// One page of the billing usage.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    /// The items as they stand, each an object as its raw text.
    pub(crate) items: Vec<&'a RawValue>,
    pub(crate) pages: Pages,
}

/// Where a page stands among the others; `fromKey`, `size`, `maxSize` and `items` are not needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Pages {
    /// Where the next page begins; the last page has none.
    pub(crate) next_key: Option<String>,
    /// How many pages there are, if that was asked.
    pub(crate) total: Option<u64>,
}

#[derive(Deserialize)]
struct WrittenPage<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
    pages: Pages,
}

impl<'a> Page<'a> {
    /// Reads a page; a BOM is allowed.
    pub(crate) fn from_json(bytes: &'a [u8]) -> Result<Page<'a>, Problem> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let WrittenPage { items, pages } = serde_json::from_slice(text)
            .map_err(|error| Problem::unexpected("billing usage as JSON", bytes, error))?;
        Ok(Page { items, pages })
    }
}

/// One item: each member as its raw JSON text.
#[derive(Debug)]
pub(crate) struct Item<'a>(BTreeMap<Cow<'a, str>, &'a str>);

impl<'a> Item<'a> {
    /// A member, absent if missing or `null`.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied().filter(|raw| *raw != "null")
    }

    /// The names of members that it is not known to have.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.keys().map(Cow::as_ref).filter(|name| !KNOWN.contains(name))
    }
}

impl<'de> Deserialize<'de> for Item<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Item<'de>, D::Error> {
        let mut members = BTreeMap::new();
        each_member(from, "an item of the billing usage, an object", |name, value| {
            if members.insert(name.clone(), value).is_some() {
                return Err(format!("it has {name:?} twice"));
            }
            Ok(())
        })?;
        Ok(Item(members))
    }
}

/// The answer of the token endpoint. Its life time is not needed: a 401 says when it is over.
#[derive(Deserialize)]
pub(crate) struct Token {
    pub(crate) access_token: String,
}

/// `GET /whoami/v1`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WhoAmI {
    pub(crate) id: String,
    /// `partner`, `organization` or `tenant`.
    pub(crate) id_type: String,
}

/// An error of the API: `error`, `message`, `correlationId` and more. The token endpoint says `errorCode` for `error`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorAnswer {
    #[serde(alias = "errorCode")]
    error: String,
    message: Option<String>,
    correlation_id: Option<String>,
}

impl fmt::Display for ErrorAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        if let Some(message) = &self.message {
            write!(f, ", {message:?}")?;
        }
        match &self.correlation_id {
            Some(id) => write!(f, " (correlationId {id})"),
            None => Ok(()),
        }
    }
}
