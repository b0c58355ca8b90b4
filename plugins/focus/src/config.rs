//! `[source.<name>.config]` of a FOCUS source, checked, and the columns it asks for.

use std::num::NonZeroU64;

use ratebook_plugin::{Config, Duplicates, Presence, Problem};
use serde::Deserialize;

use crate::columns::{Kind, Wanted, may_be};
use crate::fetch_keys::{Auth, FetchKeys};
use crate::fields;

/// Which of FOCUS's two quantities is the line's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Quantity {
    /// `PricingQuantity`: what the unit price is for.
    #[default]
    Pricing,
    /// `ConsumedQuantity`: what was used, on rows of usage alone.
    Consumed,
}

/// What is charged for: the categories of FOCUS, a closed list since 1.0 (columns/chargecategory.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Category {
    Usage,
    Purchase,
    Tax,
    Credit,
    Adjustment,
}

/// What becomes of corrections of closed billing periods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Corrections {
    #[default]
    Keep,
    Skip,
}

/// What becomes of records that belong to another billing month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OtherMonths {
    #[default]
    Refuse,
    Skip,
}

/// Which billing periods are a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Periods {
    /// From the first day to the first day of the next month.
    #[default]
    Calendar,
    /// Whatever begins in it.
    ByStart,
}

/// What becomes of binary floating numbers in a Parquet file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Floats {
    /// Each is the shortest decimal that is the same number.
    #[default]
    Shortest,
    Refuse,
}

/// How much a Parquet file may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holding {
    /// The most bytes.
    pub(crate) bytes: u64,
    /// How many times its own size.
    pub(crate) ratio: u64,
}

/// The keys as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    tenant: Option<Vec<String>>,
    tenant_tag: Option<String>,
    sku: Option<Vec<String>>,
    sku_name: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    payment_option: Option<Vec<String>>,
    unit_price: Option<Vec<String>>,
    cost: String,
    quantity: Quantity,
    charges: Vec<Category>,
    corrections: Corrections,
    other_months: OtherMonths,
    periods: Periods,
    floats: Floats,
    max_decoded_bytes: NonZeroU64,
    max_ratio: NonZeroU64,
    keep_zero: bool,
    duplicates: Duplicates,
    paths: Vec<String>,
    auth: Auth,
}

impl Default for Keys {
    fn default() -> Keys {
        Keys {
            tenant: None,
            tenant_tag: None,
            sku: None,
            sku_name: None,
            tags: None,
            payment_option: None,
            unit_price: None,
            cost: "BilledCost".to_owned(),
            quantity: Quantity::default(),
            charges: vec![Category::Usage, Category::Purchase, Category::Credit, Category::Adjustment],
            corrections: Corrections::default(),
            other_months: OtherMonths::default(),
            periods: Periods::default(),
            floats: Floats::default(),
            max_decoded_bytes: NonZeroU64::MIN.saturating_add((4 << 30) - 1),
            max_ratio: NonZeroU64::MIN.saturating_add(499),
            keep_zero: false,
            duplicates: Duplicates::default(),
            paths: Vec::new(),
            auth: Auth::default(),
        }
    }
}

/// The costs of FOCUS, each mandatory in every version.
pub(crate) const COSTS: [&str; 4] = ["BilledCost", "EffectiveCost", "ContractedCost", "ListCost"];

/// The configuration of a source. Columns are named by their places in `wanted`.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) wanted: Vec<Wanted>,
    /// Sets of wanted columns of which a file has one.
    pub(crate) one_of: Vec<Vec<usize>>,
    pub(crate) period_start: usize,
    pub(crate) period_end: usize,
    pub(crate) charge_start: usize,
    pub(crate) category: usize,
    pub(crate) class: usize,
    pub(crate) currency: usize,
    pub(crate) account: usize,
    pub(crate) meter: usize,
    /// The tag that names the tenant: its column and its key.
    pub(crate) tenant_tag: Option<usize>,
    /// Ids of tenants, each with its name.
    pub(crate) tenants: Vec<(usize, Option<usize>)>,
    pub(crate) sku: Vec<usize>,
    pub(crate) sku_name: Vec<usize>,
    pub(crate) tags: Vec<usize>,
    pub(crate) payment_option: Vec<usize>,
    pub(crate) quantity: usize,
    pub(crate) unit: usize,
    pub(crate) unit_price: Vec<usize>,
    pub(crate) cost: usize,
    pub(crate) charges: Vec<Category>,
    pub(crate) corrections: Corrections,
    pub(crate) other_months: OtherMonths,
    pub(crate) periods: Periods,
    pub(crate) floats: Floats,
    /// How much a Parquet file may hold.
    pub(crate) holding: Holding,
    pub(crate) keep_zero: bool,
    pub(crate) duplicates: Duplicates,
    pub(crate) fetch: FetchKeys,
}

impl Settings {
    /// Reads and checks the configuration.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(crate) fn from_config(config: &Config) -> Result<Settings, Problem> {
        let keys: Keys = config.read()?;
        let mut wrong = Vec::new();
        let mut columns = Columns { wanted: Vec::new(), wrong: &mut wrong };
        if !COSTS.contains(&keys.cost.as_str()) {
            columns.wrong.push(("cost", format!("{:?} is not one of {}", keys.cost, COSTS.join(", "))));
        }
        if keys.tenant_tag.as_deref() == Some("") {
            columns.wrong.push(("tenant_tag", "is empty".to_owned()));
        }
        if keys.quantity == Quantity::Consumed && keys.unit_price.is_some() {
            let what =
                "FOCUS gives prices per PricingUnit: with quantity = \"consumed\" lines have none".to_owned();
            columns.wrong.push(("unit_price", what));
        }
        let (quantity, unit) = match keys.quantity {
            Quantity::Pricing => ("PricingQuantity", "PricingUnit"),
            Quantity::Consumed => ("ConsumedQuantity", "ConsumedUnit"),
        };
        let tenants = columns.texts("tenant", keys.tenant.as_ref(), &["SubAccountId", "BillingAccountId"]);
        let named = |id: usize, columns: &mut Columns<'_>| {
            let name = columns.wanted[id].name.strip_suffix("Id").map(|stem| format!("{stem}Name"));
            name.filter(|name| may_be(name)).map(|name| columns.usual(&name, Kind::Text))
        };
        let tenants: Vec<_> = tenants.into_iter().map(|id| (id, named(id, &mut columns))).collect();
        let tags = ["ChargeCategory", "ChargeClass", "ServiceName", "RegionId"];
        let settings = Settings {
            period_start: columns.usual("BillingPeriodStart", Kind::Moment),
            period_end: columns.usual("BillingPeriodEnd", Kind::Moment),
            charge_start: columns.usual("ChargePeriodStart", Kind::Moment),
            category: columns.usual("ChargeCategory", Kind::Text),
            class: columns.usual("ChargeClass", Kind::Text),
            currency: columns.usual("BillingCurrency", Kind::Text),
            account: columns.usual("BillingAccountId", Kind::Text),
            meter: columns.usual("SkuMeter", Kind::Text),
            tenant_tag: keys.tenant_tag.map(|key| columns.named("Tags", Kind::Tag(key))),
            sku: columns.texts("sku", keys.sku.as_ref(), &["SkuId", "SkuPriceId"]),
            sku_name: columns.texts(
                "sku_name",
                keys.sku_name.as_ref(),
                &["ChargeDescription", "ServiceName"],
            ),
            tags: columns.texts("tags", keys.tags.as_ref(), &tags),
            payment_option: columns.texts(
                "payment_option",
                keys.payment_option.as_ref(),
                &["PricingCategory"],
            ),
            // Lines without it would have nothing to price.
            quantity: columns.named(quantity, Kind::Number),
            unit: columns.named(unit, Kind::Text),
            unit_price: match keys.quantity {
                Quantity::Pricing => columns.list(
                    "unit_price",
                    keys.unit_price.as_ref(),
                    &["ContractedUnitPrice"],
                    &Kind::Number,
                ),
                Quantity::Consumed => Vec::new(),
            },
            cost: columns.named(&keys.cost, Kind::Number),
            one_of: vec![tenants.iter().map(|(id, _)| *id).collect()],
            tenants,
            charges: keys.charges,
            corrections: keys.corrections,
            other_months: keys.other_months,
            periods: keys.periods,
            floats: keys.floats,
            holding: Holding { bytes: keys.max_decoded_bytes.get(), ratio: keys.max_ratio.get() },
            keep_zero: keys.keep_zero,
            duplicates: keys.duplicates,
            fetch: FetchKeys { paths: keys.paths, auth: keys.auth },
            wanted: columns.wanted,
        };
        settings.fetch.check(config, &mut wrong);
        match wrong.as_slice() {
            [] => Ok(settings),
            [(key, what)] => Err(Problem::config(*key, what)),
            [(first, _), ..] => {
                let all: Vec<String> = wrong.iter().map(|(key, what)| format!("{key}: {what}")).collect();
                Err(Problem::config(*first, format!("{} things are wrong:\n{}", all.len(), all.join("\n"))))
            }
        }
    }
}

/// The columns that are asked for so far, and what is wrong with the keys.
struct Columns<'w> {
    wanted: Vec<Wanted>,
    wrong: &'w mut Vec<(&'static str, String)>,
}

impl Columns<'_> {
    fn add(&mut self, name: &str, kind: Kind, presence: Presence) -> usize {
        self.wanted.push(Wanted { name: name.to_owned(), kind, presence });
        self.wanted.len() - 1
    }

    /// A column that is read if nothing else is configured.
    fn usual(&mut self, name: &str, kind: Kind) -> usize {
        self.add(name, kind, fields::presence(name))
    }

    /// A column that is asked for.
    fn named(&mut self, name: &str, kind: Kind) -> usize {
        let presence = fields::presence(name);
        self.add(name, kind, if presence.is_needed() { presence } else { Presence::Present })
    }

    /// The columns of a list: those of a configured one must be there, of the usual one those that are are taken.
    fn list(
        &mut self,
        key: &'static str,
        own: Option<&Vec<String>>,
        usual: &[&str],
        kind: &Kind,
    ) -> Vec<usize> {
        let Some(own) = own else {
            return usual.iter().map(|name| self.usual(name, kind.clone())).collect();
        };
        if own.is_empty() && key == "tenant" {
            self.wrong.push((key, "names no column".to_owned()));
        }
        for name in own.iter().filter(|name| !may_be(name)) {
            let what =
                format!("{name:?} is no column of FOCUS 1.0 to 1.4, nor a vendor's own, which begin with x_");
            self.wrong.push((key, what));
        }
        own.iter().map(|name| self.named(name, kind.clone())).collect()
    }

    fn texts(&mut self, key: &'static str, own: Option<&Vec<String>>, usual: &[&str]) -> Vec<usize> {
        self.list(key, own, usual, &Kind::Text)
    }
}
