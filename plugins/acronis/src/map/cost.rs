//! What a row costs us: by Acronis' price list, else as the report's own columns say.
//!
//! A price has no unit in the list. What is counted is taken as priced by the piece. What is reported in bytes is priced
//! per something that only the config can say, and its cost is then exact or left out; seconds have none.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_plugin::{Currency, Decimal, Faults, Level as LogLevel, Lines, Month, Payload, Problem};

use crate::config::{PriceColumn, PriceSettings, UsePrices};
use crate::formats::PRICE_LIST;
use crate::payload::Row;
use crate::payload::prices::{LONGEST, Price, of_month};
use crate::rows::Examples;

/// What Acronis charges us for a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) unit_price: Option<Decimal>,
    pub(super) total_cost: Option<Decimal>,
    pub(super) currency: Option<Currency>,
}

/// The price list, if there is one, and what was noticed while it was used.
pub(super) struct Costs<'s> {
    settings: &'s PriceSettings,
    list: Option<List>,
    own_prices: Examples,
    inexact: Examples,
    not_listed: BTreeSet<String>,
    without_price: BTreeSet<String>,
    without_unit: BTreeSet<String>,
    pub(super) without_currency: Examples,
}

struct List {
    currency: Currency,
    by_sku: BTreeMap<String, Entry>,
}

struct Entry {
    name: Option<String>,
    price: Option<Decimal>,
}

impl<'s> Costs<'s> {
    /// Looks the price list up beside a report, if it is wanted and there.
    pub(super) fn beside(
        payload: &mut Payload<'_>,
        settings: &'s PriceSettings,
        month: Month,
    ) -> Result<Costs<'s>, Problem> {
        let answers = match settings.wanted {
            UsePrices::Off => Vec::new(),
            UsePrices::Auto | UsePrices::Require => payload.references(PRICE_LIST, LONGEST)?,
        };
        let list = match of_month(&answers, month, settings.list.as_deref())? {
            Some(list) => Some(List::of(&list.currency, list.prices, settings.column)?),
            None if settings.wanted == UsePrices::Require => {
                return Err(Problem::data(format!("there is no price list for {month}"))
                    .advise("Fetch the month again, or set prices = \"auto\" to go without."));
            }
            None => None,
        };
        Ok(Costs {
            settings,
            list,
            own_prices: Examples::default(),
            inexact: Examples::default(),
            not_listed: BTreeSet::new(),
            without_price: BTreeSet::new(),
            without_unit: BTreeSet::new(),
            without_currency: Examples::default(),
        })
    }

    /// The SKU's name in the price list.
    pub(super) fn name(&self, sku: &str) -> Option<&str> {
        self.list.as_ref()?.by_sku.get(sku)?.name.as_deref()
    }

    /// The price list's cost; where it has none, what the report says.
    pub(super) fn of(&mut self, row: &Row<'_>, sku: &str, quantity: Decimal, reported: Cost) -> Cost {
        let Some(cost) = self.listed(row, sku, quantity) else { return reported };
        if reported.currency.is_some() {
            self.own_prices.add(row.place);
        }
        cost
    }

    fn listed(&mut self, row: &Row<'_>, sku: &str, quantity: Decimal) -> Option<Cost> {
        let list = self.list.as_ref()?;
        let note = |skus: &mut BTreeSet<String>| {
            if !skus.contains(sku) {
                skus.insert(sku.to_owned());
            }
        };
        let Some(entry) = list.by_sku.get(sku) else {
            note(&mut self.not_listed);
            return None;
        };
        let Some(price) = entry.price else {
            note(&mut self.without_price);
            return None;
        };
        let (unit_price, units) = match (row.measurement_unit(), self.settings.unit_of(sku)) {
            ("" | "quantity", _) => (Some(price), Ok(quantity)),
            ("bytes", Some(unit)) => (None, unit.in_a_byte().and_then(|units| quantity.checked_mul(units))),
            _ => {
                note(&mut self.without_unit);
                return None;
            }
        };
        let Ok(total_cost) = units.and_then(|units| units.checked_mul(price)) else {
            self.inexact.add(row.place);
            return None;
        };
        Some(Cost { unit_price, total_cost: Some(total_cost), currency: Some(list.currency) })
    }

    /// What the report's own columns say, if it belongs together; `None` for cells that are no numbers.
    pub(super) fn reported(&mut self, row: &Row<'_>, faults: &mut Faults) -> Option<Cost> {
        if row.price().is_empty() && row.total_cost().is_empty() {
            return Some(Cost::default());
        }
        let mut amount = |name: &str, cell: &str| match cell {
            "" => Some(None),
            cell => cell
                .parse::<Decimal>()
                .map(Some)
                .map_err(|error| faults.add(row.place, format_args!("{name} {cell:?}: {error}")))
                .ok(),
        };
        let unit_price = amount("pricing.price", row.price())?;
        let total_cost = amount("pricing.total_cost", row.total_cost())?;
        if row.currency().is_empty() {
            self.without_currency.add(row.place);
            return Some(Cost::default());
        }
        match row.currency().parse::<Currency>() {
            Ok(currency) => Some(Cost { unit_price, total_cost, currency: Some(currency) }),
            Err(error) => {
                faults.add(row.place, format_args!("pricing.currency: {error}"));
                None
            }
        }
    }

    /// Tells where the price list did not help.
    pub(super) fn finish(&self, out: &mut Lines<'_>) -> Result<(), Problem> {
        for (skus, what) in [
            (&self.not_listed, "that are not in it"),
            (&self.without_price, "without a price"),
            (&self.without_unit, "with a price per an unknown unit (price_units says it for bytes)"),
        ] {
            if !skus.is_empty() {
                let named: Vec<&str> = skus.iter().map(String::as_str).collect();
                let text = format!(
                    "no cost from the price list for SKUs {what}: {} ({})",
                    skus.len(),
                    named.join(", ")
                );
                out.log(LogLevel::Warning, text)?;
            }
        }
        if let Some(rows) = self.inexact.told() {
            let text =
                format!("{rows}: the vendor cost has too many digits to be held exactly, it is left out");
            out.log(LogLevel::Warning, text)?;
        }
        if let Some(rows) = self.own_prices.told() {
            out.log(LogLevel::Note, format!("{rows}: the price list is used, not the report's own prices"))?;
        }
        Ok(())
    }
}

impl List {
    fn of(currency: &str, prices: Vec<Price>, column: PriceColumn) -> Result<List, Problem> {
        let currency =
            currency.parse().map_err(|error| Problem::data(format!("the price list's currency: {error}")))?;
        let name = match column {
            PriceColumn::Effective => "effective_price",
            PriceColumn::List => "list_price",
        };
        let has_price = |price: &Price| match column {
            PriceColumn::Effective => price.effective_price.is_some(),
            PriceColumn::List => price.list_price.is_some(),
        };
        if !prices.is_empty() && !prices.iter().any(has_price) {
            return Err(Problem::data(format!(
                "the price list has no {name} for any of its {} SKUs",
                prices.len()
            )));
        }
        let mut by_sku: BTreeMap<String, Entry> = BTreeMap::new();
        let mut wrong = Vec::new();
        for Price { sku, effective_price, list_price, name, friendly_name } in prices {
            let text = match column {
                PriceColumn::Effective => effective_price,
                PriceColumn::List => list_price,
            };
            let price = match text.as_deref().map(str::trim) {
                None | Some("") => None,
                Some(text) => match text.parse::<Decimal>() {
                    Ok(price) => Some(price),
                    Err(error) => {
                        wrong.push(format!("the price of {sku}, {text:?}: {error}"));
                        continue;
                    }
                },
            };
            let name = friendly_name.into_iter().chain(name).find(|name| !name.trim().is_empty());
            match by_sku.get(sku.trim()) {
                Some(known) if known.price != price => {
                    let prices = [known.price, price]
                        .map(|price| price.map_or("none".to_owned(), |price| price.to_string()));
                    wrong.push(format!("the price list has {sku} twice, at {}", prices.join(" and ")));
                }
                Some(_) => {}
                None => {
                    by_sku.insert(sku.trim().to_owned(), Entry { name, price });
                }
            }
        }
        if wrong.is_empty() { Ok(List { currency, by_sku }) } else { Err(Problem::data(wrong.join("\n"))) }
    }
}
