//! `[[rule]]`: looks at one usage line.

use ratebook_line::{Decimal, Rounding};

use super::common::{Common, common_only_for, one_verb};
use super::cost::Cost;
use super::months::optional;
use super::price::Price;
use super::settings::MODES;
use super::when::{Scope, When};
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources, Value};

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) common: Common,
    pub(crate) verb: Verb,
}

/// What a rule does; it decides the phase.
#[derive(Clone, Debug)]
pub(crate) enum Verb {
    Drop,
    Hold(String),
    Keep,
    Set(Set),
    Use(Used),
    Convert(Convert),
    Price(Box<Price>),
    Discount(Off),
    Limit(Limit),
    Cost(Cost),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    pub(crate) name: Option<String>,
    pub(crate) sku: Option<String>,
    pub(crate) tax: Option<String>,
}

/// Which of the vendor's quantities is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Used {
    Billable,
    Consumed,
    Entitled,
    Overage,
}

impl Used {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Used::Billable => "billable",
            Used::Consumed => "consumed",
            Used::Entitled => "entitled",
            Used::Overage => "overage",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Convert {
    pub(crate) into: Into,
    /// Decimal places the converted quantity is rounded to.
    pub(crate) places: Option<u32>,
    pub(crate) mode: Rounding,
}

#[derive(Clone, Debug)]
pub(crate) enum Into {
    /// Another unit of the same kind.
    Unit(String),
    /// A number and a unit of the rule's own.
    Factor { multiply: Decimal, divide: Decimal, unit: String },
}

/// What a discount takes off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Off {
    /// As a fraction: 10 % is 0.1.
    Percent(Decimal),
    Amount(Decimal),
}

#[derive(Clone, Debug)]
pub(crate) struct Limit {
    pub(crate) min: Option<Decimal>,
    pub(crate) max: Option<Decimal>,
}

const VERBS: [&str; 10] =
    ["drop", "hold", "keep", "set", "use", "convert", "price", "discount", "limit", "cost"];

/// What only `[[bill]]` rules do.
const BILL_VERBS: [&str; 4] = ["add", "minimum", "maximum", "credit"];

impl Rule {
    pub(crate) fn read(node: &Node, only: Option<&When>, sources: &mut Sources) -> Option<Rule> {
        let mut fields = Fields::of(node, sources, LoadCode::Value, "a rule is a table: [[rule]]")?;
        let before = sources.count();
        let common = Common::read(&mut fields, Scope::Line, only, sources);
        let verb = one_verb(&mut fields, &VERBS, &BILL_VERBS, sources);
        let read = verb.and_then(|verb| {
            let node = fields.take(verb)?;
            Some((verb, Verb::read(verb, node, sources)))
        });
        if let Some((verb, _)) = &read {
            common_only_for(&mut fields, verb, sources);
        }
        let also = BILL_VERBS.map(|key| (key, LoadCode::Verb, "only [[bill]] rules do this"));
        fields.finish(sources, &also);
        if let Some(common) = &common {
            sources.are_about(&common.id, before);
        }
        Some(Rule { common: common?, verb: read?.1? })
    }
}

impl Verb {
    fn read(verb: &str, node: &Node, sources: &mut Sources) -> Option<Verb> {
        let must_be_true = |verb: Verb, sources: &mut Sources| match sources.bool_of(node)? {
            true => Some(verb),
            false => {
                sources.report_hint(
                    node.place,
                    LoadCode::Verb,
                    "this rule does nothing",
                    "write true, or remove it",
                );
                None
            }
        };
        match verb {
            "drop" => must_be_true(Verb::Drop, sources),
            "keep" => must_be_true(Verb::Keep, sources),
            "hold" => match node.value {
                Value::Bool(_) => {
                    let hint = "write: hold = \"ask sales\"";
                    sources.report_hint(node.place, LoadCode::Value, "a hold says why the line waits", hint);
                    None
                }
                _ => sources.text_of(node, LoadCode::Value).map(Verb::Hold),
            },
            "set" => read_set(node, sources).map(Verb::Set),
            "use" => {
                let words = [Used::Billable, Used::Consumed, Used::Entitled, Used::Overage];
                sources.word_of(node, LoadCode::Value, &words.map(|used| (used.word(), used))).map(Verb::Use)
            }
            "convert" => read_convert(node, sources).map(Verb::Convert),
            "price" => Price::read(node, sources).map(|price| Verb::Price(Box::new(price))),
            "discount" => read_off(node, sources).map(Verb::Discount),
            "limit" => read_limit(node, sources).map(Verb::Limit),
            "cost" => Cost::read(node, sources).map(Verb::Cost),
            _ => None,
        }
    }
}

fn read_set(node: &Node, sources: &mut Sources) -> Option<Set> {
    let mut fields = Fields::of(
        node,
        sources,
        LoadCode::Value,
        "set is a table: { name = \"..\", sku = \"..\", tax = \"..\" }",
    )?;
    let name = fields.take("name").map(|node| sources.text_of(node, LoadCode::Value));
    let sku = fields.take("sku").map(|node| sources.text_of(node, LoadCode::Value));
    let tax = fields.take("tax").map(|node| sources.text_of(node, LoadCode::Value));
    if name.is_none() && sku.is_none() && tax.is_none() {
        sources.report(node.place, LoadCode::Verb, "this sets nothing: name, sku or tax");
        fields.finish(sources, &[]);
        return None;
    }
    fields.finish(sources, &[]);
    Some(Set { name: optional(name)?, sku: optional(sku)?, tax: optional(tax)? })
}

fn read_convert(node: &Node, sources: &mut Sources) -> Option<Convert> {
    let what = "convert is a table: { to = \"GiB\" } or { divide = 3600, unit = \"compute point\" }";
    let mut fields = Fields::of(node, sources, LoadCode::Value, what)?;
    let to = fields.take("to").map(|node| {
        let unit = sources.text_of(node, LoadCode::Value)?;
        if crate::units::kind(&unit).is_some() {
            return Some(unit);
        }
        let hint = format!("known: {}; others through divide or multiply", crate::units::names().join(", "));
        sources.report_hint(node.place, LoadCode::Value, format!("\"{unit}\" is not a known unit"), hint);
        None
    });
    let divide = fields.take("divide").map(|node| sources.positive_of(node));
    let multiply = fields.take("multiply").map(|node| sources.positive_of(node));
    let unit = fields.take("unit").map(|node| sources.text_of(node, LoadCode::Value));
    let places = fields.take("places").map(|node| sources.places_of(node));
    let mode = fields.take("mode").map(|node| sources.word_of(node, LoadCode::Value, &MODES));
    let unit_with_to = to.is_some() && (divide.is_some() || multiply.is_some() || unit.is_some());
    if unit_with_to || (to.is_none() && divide.is_none() && multiply.is_none()) {
        sources.report_hint(
            node.place,
            LoadCode::Verb,
            "a conversion goes either to a known unit, or by divide and multiply to a unit of your own",
            what,
        );
        fields.finish(sources, &[]);
        return None;
    }
    if to.is_none() && unit.is_none() {
        let message = "a conversion by divide and multiply says what the quantity is called then";
        sources.report_hint(node.place, LoadCode::Value, message, "add: unit = \"compute point\"");
        fields.finish(sources, &[]);
        return None;
    }
    fields.finish(sources, &[]);
    let into = match to {
        Some(unit) => Into::Unit(unit?),
        None => Into::Factor {
            multiply: optional(multiply)?.unwrap_or(Decimal::ONE),
            divide: optional(divide)?.unwrap_or(Decimal::ONE),
            unit: optional(unit)??,
        },
    };
    Some(Convert { into, places: optional(places)?, mode: optional(mode)?.unwrap_or_default() })
}

/// `"10%"` or `"5.00"`.
pub(super) fn read_off(node: &Node, sources: &mut Sources) -> Option<Off> {
    if let Value::Text(text) = &node.value
        && text.contains('%')
    {
        let percent = sources.percent_of(node)?;
        if percent.is_negative() || percent > Decimal::ONE {
            sources.report(node.place, LoadCode::Range, "a discount lies between 0% and 100%");
            return None;
        }
        return Some(Off::Percent(percent));
    }
    sources.is_plainly_money(node, "discount").then(|| sources.amount_of(node).map(Off::Amount))?
}

fn read_limit(node: &Node, sources: &mut Sources) -> Option<Limit> {
    let mut fields =
        Fields::of(node, sources, LoadCode::Value, "limit is a table: { min = \"5.00\", max = \"50.00\" }")?;
    let min = fields.take("min").map(|node| sources.amount_of(node));
    let max = fields.take("max").map(|node| sources.amount_of(node));
    if min.is_none() && max.is_none() {
        sources.report(node.place, LoadCode::Verb, "this limits nothing: min or max");
    }
    let place = fields.key_place("max");
    let empty = min.is_none() && max.is_none();
    fields.finish(sources, &[]);
    let (min, max) = (optional(min)?, optional(max)?);
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        sources.report(place, LoadCode::Range, format!("max {max} lies below min {min}"));
        return None;
    }
    (!empty).then_some(Limit { min, max })
}
