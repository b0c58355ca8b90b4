//! From Acme's rows to lines: the only place for judgement of what the vendor means.
//!
//! The vendor's own numbers and units as they stand: rules convert, sum and round.

use ratebook_plugin::{Currency, Line, Lines, Month, Problem, Skip};

use crate::payload::{Item, Page};

/// Makes a line of each row, or skips it with a reason. Everything that is wrong is told at once.
pub(crate) fn page(page: &Page<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
    let mut faults = Vec::new();
    for (item, row) in page.items.iter().zip(1..) {
        match line(item, row, month) {
            Err(fault) => faults.push(format!("row {row}: {fault}")),
            Ok(_) if !faults.is_empty() => {}
            Ok(_) if item.trial => out.skip(row, Skip::Trial, &item.sku)?,
            Ok(line) => out.push(&line)?,
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::data(faults.join("\n"))) }
}

fn line<'i>(item: &'i Item<'_>, row: u64, month: Month) -> Result<Line<'i>, String> {
    if item.month.parse() != Ok(month) {
        return Err(format!("asked for {month}, the row is for {:?}", item.month));
    }
    if item.currency.is_none() && (item.unit_cost.is_some() || item.cost.is_some()) {
        return Err("a cost without a currency".to_owned());
    }
    let currency = item.currency.as_deref().map(str::parse::<Currency>).transpose();
    Ok(Line {
        tenant: Some(&item.customer_id),
        tenant_name: item.customer_name.as_deref(),
        sku_id: Some(&item.sku),
        consumed_quantity: Some(item.quantity.0),
        billing_unit: item.unit.as_deref(),
        unit_price: item.unit_cost.as_ref().map(|cost| cost.0),
        total_cost: item.cost.as_ref().map(|cost| cost.0),
        currency: currency.map_err(|error| error.to_string())?,
        ..Line::at(row)
    })
}
