//! `[fx."2026-03"]`: what one unit of a currency costs in another, month by month.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal, Month};

use crate::rules::problem::LoadCode;
use crate::rules::written::{Key, Node, Place, Sources, Value};

/// Exchange rates: `(month, from, to)`. No inverse, no crossing, no neighbouring month.
pub(crate) type Rates = BTreeMap<(Month, Currency, Currency), Decimal>;

/// Rates that a contract fixes, in every month: `(from, to)`.
pub(crate) type Fixed = BTreeMap<(Currency, Currency), Decimal>;

pub(super) fn read(node: &Node, rates: &mut Rates, sources: &mut Sources) {
    let Value::Table(months) = &node.value else {
        sources.report(node.place, LoadCode::Value, "rates stand under their month: [fx.\"2026-03\"]");
        return;
    };
    for (key, node) in &months.0 {
        let month = match key.name.parse::<Month>() {
            Ok(month) => month,
            Err(error) => {
                sources.report(key.place, LoadCode::Month, error.to_string());
                continue;
            }
        };
        let Value::Table(pairs) = &node.value else {
            sources.report(node.place, LoadCode::Value, "rates are a table: \"USD/EUR\" = \"0.9215\"");
            continue;
        };
        read_pairs(&pairs.0, sources, &mut |(from, to), rate, place, sources| {
            if rates.insert((month, from, to), rate).is_some() {
                let message = format!("the rate {from}/{to} of {month} is given twice");
                sources.report(place, LoadCode::Duplicate, message);
            }
        });
    }
}

/// `fx = { "USD/EUR" = "0.92" }` of a customer: rates that a contract fixes.
pub(super) fn read_fixed(node: &Node, sources: &mut Sources) -> Option<Fixed> {
    let Value::Table(pairs) = &node.value else {
        sources.report(node.place, LoadCode::Value, "rates are a table: { \"USD/EUR\" = \"0.92\" }");
        return None;
    };
    let before = sources.count();
    let mut rates = Fixed::new();
    read_pairs(&pairs.0, sources, &mut |pair, rate, place, sources| {
        if rates.insert(pair, rate).is_some() {
            let message = format!("the rate {}/{} is given twice", pair.0, pair.1);
            sources.report(place, LoadCode::Duplicate, message);
        }
    });
    (sources.count() == before).then_some(rates)
}

/// Takes a pair, its rate and its place.
type TakeRate<'t> = dyn FnMut((Currency, Currency), Decimal, Place, &mut Sources) + 't;

fn read_pairs(pairs: &[(Key, Node)], sources: &mut Sources, take: &mut TakeRate<'_>) {
    for (key, node) in pairs {
        let pair = key
            .name
            .split_once('/')
            .and_then(|(from, to)| Some((from.parse::<Currency>().ok()?, to.parse::<Currency>().ok()?)));
        let Some(pair) = pair.filter(|(from, to)| from != to) else {
            let message = format!("\"{}\" is not a pair of currencies", key.name);
            sources.report_hint(key.place, LoadCode::Value, message, "write: \"USD/EUR\" = \"0.9215\"");
            continue;
        };
        if let Some(rate) = sources.positive_of(node) {
            take(pair, rate, key.place, sources);
        }
    }
}
