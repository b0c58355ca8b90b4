//! As JSON, for programs.

use serde_json::{Map, Value, json};

use crate::todo::{Sums, Todo};

/// What is to be done.
pub(crate) fn json(todo: &Todo) -> Value {
    let payers = todo.payers.iter().map(|payer| {
        let tenants = payer.tenants.iter().map(|tenant| {
            let own = json!({
                "listed": tenant.listed(), "vendor": tenant.vendor, "tenant": tenant.tenant,
                "name": tenant.name, "sources": tenant.sources,
            });
            with(own, &tenant.sums)
        });
        json!({
            "id": payer.id, "name": payer.name, "declared": payer.is_declared,
            "tenants": tenants.collect::<Vec<_>>(),
        })
    });
    let books = todo.gaps.iter().map(|gap| {
        let skus = gap.skus.iter().map(|sku| {
            with(json!({ "sku": sku.sku, "name": sku.name, "customers": sku.customers }), &sku.sums)
        });
        json!({
            "book": gap.book, "currency": gap.currency.code(), "from": gap.from.to_string(),
            "new": gap.rule.is_some(), "vendor": gap.rule.as_ref().map(|rule| &rule.vendor),
            "prices": skus.collect::<Vec<_>>(),
        })
    });
    let decisions = todo.decisions.iter().map(|decision| {
        let waiting = decision.waiting.iter().map(|waiting| {
            let own = json!({
                "customer": waiting.customer, "vendor": waiting.vendor, "source": waiting.source,
                "tenant": waiting.tenant, "sku": waiting.sku, "meter": waiting.meter,
                "name": waiting.name, "firstLine": waiting.first,
            });
            with(own, &waiting.sums)
        });
        json!({
            "code": decision.code, "rule": decision.rule, "why": decision.why,
            "waiting": waiting.collect::<Vec<_>>(),
        })
    });
    json!({
        "month": todo.month.to_string(),
        "payersAre": todo.payers_are,
        "payers": payers.collect::<Vec<_>>(),
        "books": books.collect::<Vec<_>>(),
        "decisions": decisions.collect::<Vec<_>>(),
    })
}

/// An object without what is absent, and how much its lines are.
fn with(object: Value, sums: &Sums) -> Value {
    let Value::Object(object) = object else { return object };
    let is_there = |value: &Value| !value.is_null() && value != "";
    let mut object: Map<String, Value> = object.into_iter().filter(|(_, value)| is_there(value)).collect();
    let quantities = sums
        .quantities
        .iter()
        .map(|(unit, sum)| json!({ "unit": unit, "quantity": sum.map(|sum| sum.to_string()) }));
    let costs = sums.costs.iter().map(
        |(currency, sum)| json!({ "currency": currency.code(), "cost": sum.map(|sum| sum.to_string()) }),
    );
    object.insert("lines".to_owned(), sums.lines.into());
    object.insert("quantities".to_owned(), quantities.collect());
    object.insert("costs".to_owned(), costs.collect());
    object.insert("linesWithoutCost".to_owned(), sums.without_cost.into());
    Value::Object(object)
}
