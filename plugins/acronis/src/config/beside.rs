//! What is asked for beside the report, and what it is used for: the tenant tree and the price list.

use std::collections::BTreeMap;

use ratebook_plugin::{Decimal, NumberError, Problem};
use serde::Deserialize;

/// Which of the tenant's fields is the line's `customer`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reference {
    /// `customer_id`, which the report has too.
    #[default]
    CustomerId,
    /// `internal_tag`, which only the tree has.
    InternalTag,
}

/// Which partner above a tenant is the line's `partner`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PartnerAbove {
    /// The one that sells to it.
    #[default]
    Nearest,
    /// The one next beneath the root, which the root sells to.
    Topmost,
}

/// What becomes of tenants whose `pricing_mode` is `trial`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Trials {
    /// Lines as any other.
    #[default]
    Bill,
    /// Lines with the tag `trial`.
    Tag,
    /// Skipped as `trial`.
    Skip,
}

/// Whether Acronis' price list is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UsePrices {
    /// If the API client may read it.
    #[default]
    Auto,
    /// Without it, nothing is billed.
    Require,
    /// No.
    Off,
}

/// Which price of the list is our cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PriceColumn {
    /// After discounts.
    #[default]
    Effective,
    /// Before them.
    List,
}

/// What a price of something that is reported in bytes is per.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum PriceUnit {
    /// 10^3 bytes.
    KB,
    /// 10^6 bytes.
    MB,
    /// 10^9 bytes.
    GB,
    /// 10^12 bytes.
    TB,
    /// 2^10 bytes.
    KiB,
    /// 2^20 bytes.
    MiB,
    /// 2^30 bytes. (2^-40 has more places than a number may have.)
    GiB,
}

impl PriceUnit {
    /// Units in a byte, exact: `10^-n`, or `2^-n` as `5^n / 10^n`.
    pub(crate) fn in_a_byte(self) -> Result<Decimal, NumberError> {
        let (mantissa, places) = match self {
            PriceUnit::KB => (1, 3),
            PriceUnit::MB => (1, 6),
            PriceUnit::GB => (1, 9),
            PriceUnit::TB => (1, 12),
            PriceUnit::KiB => (5_i128.pow(10), 10),
            PriceUnit::MiB => (5_i128.pow(20), 20),
            PriceUnit::GiB => (5_i128.pow(30), 30),
        };
        Decimal::new(mantissa, places)
    }
}

/// How the price list is used.
#[derive(Debug)]
pub(crate) struct PriceSettings {
    pub(crate) wanted: UsePrices,
    pub(crate) column: PriceColumn,
    /// The `pricelist_code`, if there are several.
    pub(crate) list: Option<String>,
    /// By SKU; `*` stands for the others.
    pub(crate) units: BTreeMap<String, PriceUnit>,
}

impl PriceSettings {
    /// What the price of a SKU that is reported in bytes is per.
    pub(crate) fn unit_of(&self, sku: &str) -> Option<PriceUnit> {
        self.units.get(sku).or_else(|| self.units.get("*")).copied()
    }
}

/// What is looked up in the tenant tree.
#[derive(Debug)]
pub(crate) struct TreeSettings {
    /// Whether it is fetched and used.
    pub(crate) wanted: bool,
    pub(crate) reference: Reference,
    pub(crate) partner: PartnerAbove,
    pub(crate) trials: Trials,
    /// Keeps lines of tenants above and beneath each other.
    pub(crate) keep_nested: bool,
}

impl TreeSettings {
    /// Refuses to do without the tree where something else was asked of it.
    pub(crate) fn do_without(&self) -> Result<(), Problem> {
        let (key, asked) = match self {
            TreeSettings { reference: Reference::InternalTag, .. } => ("reference", "internal_tag"),
            TreeSettings { trials: Trials::Tag, .. } => ("trials", "tag"),
            TreeSettings { trials: Trials::Skip, .. } => ("trials", "skip"),
            _ => return Ok(()),
        };
        let message = format!("{asked} needs the list of tenants, and there is none");
        Err(Problem::config(key, message)
            .advise("Set tenants = true and fetch the month again, or import the list with the report."))
    }
}
