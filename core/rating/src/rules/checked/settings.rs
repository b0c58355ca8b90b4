//! `[settings]`: what holds for all rules.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Rounding};

use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources, Value};

/// Who gets a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillTo {
    /// Each customer.
    Customer,
    /// Each partner: a distributor bills MSPs.
    Partner,
}

/// What happens to lines with a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpriced {
    /// No bill is made.
    Error,
    /// The line is held.
    Hold,
    /// A line without a price is billed at vendor cost.
    PassThrough,
}

/// How percentages of several discounts go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Discounts {
    Compound,
    Add,
}

/// Where amounts are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoundAt {
    Line,
    Bill,
}

/// `[settings]`, checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) currency: Currency,
    pub(crate) bill_to: BillTo,
    pub(crate) unpriced: Unpriced,
    pub(crate) discounts: Discounts,
    pub(crate) round_at: RoundAt,
    pub(crate) mode: Rounding,
    pub(crate) places: BTreeMap<Currency, u32>,
    pub(crate) units: BTreeMap<String, String>,
    /// Tenants that nobody lists are customers of their own.
    pub(crate) tenants_are_customers: bool,
    pub(crate) tax: String,
}

pub(crate) const MODES: [(&str, Rounding); 4] = [
    ("half_up", Rounding::HalfUp),
    ("half_even", Rounding::HalfEven),
    ("up", Rounding::Up),
    ("down", Rounding::Down),
];

/// The word for a rounding mode, as rules spell it.
pub(crate) fn mode_word(mode: Rounding) -> &'static str {
    MODES.iter().find(|(_, m)| *m == mode).map_or("", |(word, _)| word)
}

impl Settings {
    pub(crate) fn places(&self, currency: Currency) -> u32 {
        self.places.get(&currency).copied().unwrap_or_else(|| currency.places())
    }

    pub(crate) fn read(node: &Node, sources: &mut Sources) -> Option<Settings> {
        let mut fields = Fields::of(node, sources, LoadCode::Settings, "[settings] is a table")?;
        let code = LoadCode::Settings;
        let currency = match fields.take("currency") {
            Some(node) => sources.currency_of(node, code),
            None => {
                let hint = "write: currency = \"EUR\"";
                sources.report_hint(fields.place, code, "[settings] must name a currency", hint);
                None
            }
        };
        let mut word = |name, words| fields.take(name).map(|node| sources.word_of(node, code, words));
        let bill_to = word("bill_to", &[("customer", 0), ("partner", 1)]);
        let unpriced = word("unpriced", &[("error", 0), ("hold", 1), ("pass_through", 2)]);
        let discounts = word("discounts", &[("compound", 0), ("add", 1)]);
        let customers = word("customers", &[("declared", 0), ("tenants", 1)]);
        let rounding = fields.take("rounding").map(|node| read_rounding(node, sources));
        let places = fields.take("places").map(|node| read_places(node, sources));
        let units = fields.take("units").map(|node| read_units(node, sources));
        let tax = fields.take("tax").map(|node| sources.text_of(node, code));
        fields.finish(sources, &[]);
        let (round_at, mode) = rounding.unwrap_or(Some((RoundAt::Line, Rounding::HalfUp)))?;
        Some(Settings {
            currency: currency?,
            bill_to: if bill_to.unwrap_or(Some(0))? == 1 { BillTo::Partner } else { BillTo::Customer },
            unpriced: match unpriced.unwrap_or(Some(0))? {
                0 => Unpriced::Error,
                1 => Unpriced::Hold,
                _ => Unpriced::PassThrough,
            },
            discounts: if discounts.unwrap_or(Some(0))? == 1 { Discounts::Add } else { Discounts::Compound },
            round_at,
            mode,
            places: places.unwrap_or_else(|| Some(BTreeMap::new()))?,
            units: units.unwrap_or_else(|| Some(BTreeMap::new()))?,
            tenants_are_customers: customers.unwrap_or(Some(0))? == 1,
            tax: tax.unwrap_or_else(|| Some("standard".to_owned()))?,
        })
    }
}

fn read_rounding(node: &Node, sources: &mut Sources) -> Option<(RoundAt, Rounding)> {
    let code = LoadCode::Settings;
    let mut fields =
        Fields::of(node, sources, code, "rounding is a table: { at = \"line\", mode = \"half_up\" }")?;
    let at = fields
        .take("at")
        .map(|node| sources.word_of(node, code, &[("line", RoundAt::Line), ("bill", RoundAt::Bill)]));
    let mode = fields.take("mode").map(|node| sources.word_of(node, code, &MODES));
    fields.finish(sources, &[]);
    Some((at.unwrap_or(Some(RoundAt::Line))?, mode.unwrap_or(Some(Rounding::HalfUp))?))
}

fn read_places(node: &Node, sources: &mut Sources) -> Option<BTreeMap<Currency, u32>> {
    let Value::Table(table) = &node.value else {
        sources.report(node.place, LoadCode::Settings, "places is a table: { HUF = 0 }");
        return None;
    };
    let mut places = BTreeMap::new();
    for (key, node) in &table.0 {
        match key.name.parse::<Currency>() {
            Ok(currency) => {
                if let Some(count) = sources.places_of(node) {
                    places.insert(currency, count);
                }
            }
            Err(error) => sources.report(key.place, LoadCode::Settings, error.to_string()),
        }
    }
    Some(places)
}

fn read_units(node: &Node, sources: &mut Sources) -> Option<BTreeMap<String, String>> {
    let Value::Table(table) = &node.value else {
        sources.report(node.place, LoadCode::Settings, "units is a table: { bytes = \"B\" }");
        return None;
    };
    let mut units = BTreeMap::new();
    for (key, node) in &table.0 {
        if let Some(unit) = sources.text_of(node, LoadCode::Settings) {
            units.insert(key.name.clone(), unit);
        }
    }
    Some(units)
}
