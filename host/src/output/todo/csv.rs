//! As CSV: a row for each tenant, SKU and thing that waits, for a spreadsheet.

use super::words::{costs, quantities};
use crate::failure::{Exit, Failure};
use crate::output::cell::harmless;
use crate::todo::{Sums, Todo};

const HEADER: [&str; 13] = [
    "month",
    "to_do",
    "customer",
    "vendor",
    "tenant",
    "sku",
    "name",
    "book",
    "rule",
    "why",
    "lines",
    "quantity",
    "vendor_cost",
];

/// What is to be done, a row each.
///
/// # Errors
/// If it cannot be written as CSV.
pub(crate) fn csv(todo: &Todo) -> Result<String, Failure> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(Exit::Internal, "E-INTERNAL", format!("cannot write CSV: {error}"))
    };
    let month = todo.month.to_string();
    rows.write_record(HEADER).map_err(|error| failed(&error))?;
    for texts in records(todo) {
        let record = std::iter::once(month.clone()).chain(texts.into_iter().map(|text| harmless(&text)));
        rows.write_record(record).map_err(|error| failed(&error))?;
    }
    let bytes = rows.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

/// The rows without the month.
fn records(todo: &Todo) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut put = |texts: [&str; 9], sums: &Sums| {
        let amounts = [sums.lines.to_string(), quantities(sums), costs(sums)];
        records.push(texts.into_iter().map(str::to_owned).chain(amounts).collect());
    };
    for payer in &todo.payers {
        let to_do = if payer.is_declared { "add to customer" } else { "new customer" };
        let to_do = to_do.replace("customer", todo.payers_are);
        for tenant in &payer.tenants {
            let name = tenant.name.as_deref().unwrap_or_default();
            let texts = [&to_do, &payer.id, &tenant.vendor, &tenant.tenant, "", name, "", "", ""];
            put(texts, &tenant.sums);
        }
    }
    for gap in &todo.gaps {
        for sku in &gap.skus {
            let customers = sku.customers.iter().cloned().collect::<Vec<_>>().join(" ");
            let name = sku.name.as_deref().unwrap_or_default();
            put(["price", &customers, &sku.vendor, "", &sku.sku, name, &gap.book, "", ""], &sku.sums);
        }
    }
    for decision in &todo.decisions {
        let rule = decision.rule.as_deref().unwrap_or_default();
        for waiting in &decision.waiting {
            let customer = waiting.customer.as_deref().unwrap_or_default();
            let name = waiting.name.as_deref().unwrap_or(&waiting.meter);
            let to_do = if decision.priority.is_some() { "decide" } else { decision.code };
            let texts = [
                to_do,
                customer,
                &waiting.vendor,
                &waiting.tenant,
                &waiting.sku,
                name,
                "",
                rule,
                &decision.why,
            ];
            put(texts, &waiting.sums);
        }
    }
    records
}
