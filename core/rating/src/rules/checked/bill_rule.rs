//! `[[bill]]`: looks at one customer's bill.

use ratebook_line::{Date, Decimal};

use super::common::{Common, common_only_for, one_verb};
use super::months::optional;
use super::rule::{Off, read_off};
use super::when::{Scope, When};
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources, Value};

#[derive(Clone, Debug)]
pub(crate) struct BillRule {
    pub(crate) common: Common,
    pub(crate) verb: BillVerb,
}

#[derive(Clone, Debug)]
pub(crate) enum BillVerb {
    Add(Box<Add>),
    Discount(Off),
    Minimum(Bound),
    Maximum(Bound),
    Credit(Decimal),
}

/// A fee.
#[derive(Clone, Debug)]
pub(crate) struct Add {
    pub(crate) name: String,
    pub(crate) fee: Fee,
    pub(crate) prorate: bool,
    pub(crate) start: Option<Date>,
    pub(crate) end: Option<Date>,
    pub(crate) tax: Option<String>,
    pub(crate) sku: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Fee {
    Amount(Decimal),
    /// For each counted unit.
    Per {
        each: Decimal,
        per: When,
    },
    /// Of the amounts of matching usage lines.
    Percent {
        percent: Decimal,
        of: When,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) amount: Decimal,
    /// Which usage lines count; the whole bill if `None`.
    pub(crate) of: Option<When>,
    pub(crate) prorate: bool,
}

const VERBS: [&str; 5] = ["add", "discount", "minimum", "maximum", "credit"];

/// What only `[[rule]]` rules do.
const LINE_VERBS: [&str; 8] = ["drop", "hold", "keep", "set", "use", "convert", "price", "limit"];

impl BillRule {
    pub(crate) fn read(node: &Node, only: Option<&When>, sources: &mut Sources) -> Option<BillRule> {
        let mut fields = Fields::of(node, sources, LoadCode::Value, "a bill rule is a table: [[bill]]")?;
        let before = sources.count();
        let common = Common::read(&mut fields, Scope::Bill, only, sources);
        let verb = one_verb(&mut fields, &VERBS, &LINE_VERBS, sources);
        let read = verb.and_then(|verb| {
            let node = fields.take(verb)?;
            let read = match verb {
                "add" => read_add(node, sources).map(|add| BillVerb::Add(Box::new(add))),
                "discount" => read_off(node, sources).map(BillVerb::Discount),
                "minimum" => read_bound(node, sources).map(BillVerb::Minimum),
                "maximum" => read_bound(node, sources).map(BillVerb::Maximum),
                "credit" => sources.amount_of(node).map(BillVerb::Credit),
                _ => None,
            };
            Some((verb, read))
        });
        if let Some((verb, _)) = &read {
            common_only_for(&mut fields, verb, sources);
        }
        let also = LINE_VERBS.map(|key| (key, LoadCode::Verb, "only [[rule]] rules do this"));
        fields.finish(sources, &also);
        if let Some(common) = &common {
            sources.are_about(&common.id, before);
        }
        Some(BillRule { common: common?, verb: read?.1? })
    }
}

fn read_add(node: &Node, sources: &mut Sources) -> Option<Add> {
    let what = "add is a table: { name = \"Platform fee\", amount = \"49.00\" }";
    let mut fields = Fields::of(node, sources, LoadCode::Value, what)?;
    let name = match fields.take("name") {
        Some(node) => sources.text_of(node, LoadCode::Value),
        None => {
            sources.report_hint(
                node.place,
                LoadCode::Value,
                "a fee needs a name: it stands on the bill",
                what,
            );
            None
        }
    };
    let amount = fields.take("amount").map(|node| sources.decimal_of(node));
    let each = fields.take("each").map(|node| sources.decimal_of(node));
    let per = fields.take("per").map(|node| When::read(node, Scope::Line, sources));
    let percent = fields.take("percent").map(|node| sources.percent_of(node));
    let of = fields.take("of").map(|node| When::read(node, Scope::Line, sources));
    let prorate = fields.take("prorate").map(|node| sources.bool_of(node));
    let start = fields.take("start").map(|node| sources.date_of(node));
    let end = fields.take("end").map(|node| sources.date_of(node));
    let tax = fields.take("tax").map(|node| sources.text_of(node, LoadCode::Value));
    let sku = fields.take("sku").map(|node| sources.text_of(node, LoadCode::Value));
    let end_place = fields.key_place("end");
    fields.finish(sources, &[]);
    let fee = match (amount, each, per, percent, of) {
        (Some(amount), None, None, None, None) => Fee::Amount(amount?),
        (None, Some(each), Some(per), None, None) => Fee::Per { each: each?, per: per? },
        (None, None, None, Some(percent), of) => {
            Fee::Percent { percent: percent?, of: optional(of)?.unwrap_or_default() }
        }
        _ => {
            let message = "a fee is either `amount`, or `each` and `per`, or `percent` and `of`";
            sources.report_hint(node.place, LoadCode::Verb, message, what);
            return None;
        }
    };
    let (start, end) = (optional(start)?, optional(end)?);
    if let (Some(first), Some(last)) = (start, end)
        && first > last
    {
        sources.report(end_place, LoadCode::Range, format!("end {last} lies before start {first}"));
        return None;
    }
    Some(Add {
        name: name?,
        fee,
        prorate: optional(prorate)?.unwrap_or(false),
        start,
        end,
        tax: optional(tax)?,
        sku: optional(sku)?,
    })
}

fn read_bound(node: &Node, sources: &mut Sources) -> Option<Bound> {
    if !matches!(node.value, Value::Table(_)) {
        return sources.amount_of(node).map(|amount| Bound { amount, of: None, prorate: false });
    }
    let what =
        "a bound is an amount or { amount = \"500.00\", of = { vendor = \"acronis\" }, prorate = true }";
    let mut fields = Fields::of(node, sources, LoadCode::Value, what)?;
    let amount = match fields.take("amount") {
        Some(node) => sources.amount_of(node),
        None => {
            sources.report_hint(node.place, LoadCode::Value, "a bound needs an amount", what);
            None
        }
    };
    let of = fields.take("of").map(|node| When::read(node, Scope::Line, sources));
    let prorate = fields.take("prorate").map(|node| sources.bool_of(node));
    fields.finish(sources, &[]);
    Some(Bound { amount: amount?, of: optional(of)?, prorate: optional(prorate)?.unwrap_or(false) })
}
