//! A comparison on a terminal.

use super::compared::Compared;
use super::view::{BillView, EditView, View};
use crate::failure::escaped;
use crate::output::table;

/// Comparisons, one below the other.
pub(crate) fn text(compared: &[Compared]) -> String {
    compared.iter().map(|compared| one(&View::of(compared))).collect::<Vec<_>>().join("\n\n")
}

fn one(view: &View) -> String {
    let mut text = format!("{}\n{}\n", escaped(&view.title), escaped(&view.usage));
    if view.no_edits {
        text += "\nThe rules say the same.\n";
    } else if !view.edits.is_empty() {
        text += "\nEdits\n";
        text += &view.edits.iter().chain(&view.indirect).map(edit).collect::<String>();
    }
    text += &format!("\n{}\n", view.verdict);
    if !view.bills.is_empty() {
        text.push('\n');
        text += &bills(view);
    }
    text += &view.bills.iter().map(lines).collect::<String>();
    text += &fates(view);
    if !view.reworded.is_empty() {
        let names: Vec<String> = view.reworded.iter().take(5).map(|name| escaped(name)).collect();
        let more = view.reworded.len().saturating_sub(5);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text += &format!(
            "\nOnly words change (names, SKUs, units, tax tags, rules), no amount: {}{more}\n",
            names.join(", ")
        );
    }
    if let Some(stops) = &view.stops {
        text += &format!("\n{}\n", escaped(stops));
    }
    for passed in &view.passed {
        text += &format!("\nLimit passed: {}\n", escaped(passed));
    }
    text
}

fn edit(edit: &EditView) -> String {
    let number = if edit.number == 0 { "-".to_owned() } else { edit.number.to_string() };
    let place = if edit.place.is_empty() { String::new() } else { format!("  ({})", edit.place) };
    format!("{number:>3}  {}{}\n     {}\n", escaped(&edit.text), escaped(&place), edit.effect)
}

fn bills(view: &View) -> String {
    let mut rows: Vec<Vec<String>> = view
        .bills
        .iter()
        .map(|bill| {
            let BillView { customer, name, old, new, difference, percent, edits, note, .. } = bill;
            [customer, name, old, new, difference, percent, edits, note].map(|text| escaped(text)).to_vec()
        })
        .collect();
    for total in &view.totals {
        let row = [&total.name, &total.bills, &total.old, &total.new, &total.difference, &total.percent]
            .map(|text| escaped(text));
        rows.push(row.into_iter().chain([String::new(), String::new()]).collect());
    }
    let header = ["customer", "name", "before", "after", "difference", "%", "edits", ""];
    table::plain(&header, &rows, &[2, 3, 4, 5])
}

/// The lines of a bill, if they were asked for.
fn lines(bill: &BillView) -> String {
    if bill.skus.is_empty() {
        return String::new();
    }
    let mut rows = Vec::new();
    for sku in &bill.skus {
        rows.push(
            [&sku.sku, &sku.old, &sku.new, &sku.difference, "", ""].map(|text: &str| escaped(text)).to_vec(),
        );
        for line in &sku.lines {
            let name = format!("  {}", line.name);
            let row = [&name, &line.old, &line.new, &line.difference, &line.edits, &line.sources];
            rows.push(row.map(|text: &String| escaped(text)).to_vec());
        }
    }
    let header = ["sku, lines", "before", "after", "difference", "edits", "usage"];
    let heading = format!(
        "\n{}  {}  {} -> {}\n",
        escaped(&bill.customer),
        escaped(&bill.name),
        none(&bill.old),
        none(&bill.new)
    );
    heading + &table::plain(&header, &rows, &[1, 2, 3])
}

fn none(amount: &str) -> &str {
    if amount.is_empty() { "none" } else { amount }
}

fn fates(view: &View) -> String {
    if view.fates.is_empty() {
        return "\nNo line is newly held, dropped or unpriced.\n".to_owned();
    }
    let mut text = if view.some { "\nLines of all customers\n" } else { "\nLines\n" }.to_owned();
    for fate in &view.fates {
        text += &format!("  {}\n", escaped(&fate.what));
        text +=
            &fate.examples.iter().map(|example| format!("    {}\n", escaped(example))).collect::<String>();
    }
    text
}
