//! The end of a run for people: a table per customer, and what to do about what is held.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal, Month, Rounding};
use ratebook_rating::Counts;

use super::{money, table};
use crate::failure::escaped;
use crate::run::{HeldLines, HeldWhy, LineFacts, MonthFolder, Normalized, Rows};
use crate::store::BillHead;

/// What stands for a cost that neither a payload nor a rule tells, and for a margin over it.
const UNKNOWN: &str = "unknown";

/// The end of a run: what came in, the bills, what is held, where it all is.
pub(crate) fn run(
    folder: &MonthFolder,
    normalized: &[Normalized],
    rows: &Rows<'_>,
    facts: &LineFacts,
) -> String {
    let mut text = String::new();
    for source in normalized {
        let counts = &source.counts;
        text += &format!("{}: {}", escaped(&source.source), counted(counts.records, "record"));
        text += &format!(", {}", counted(counts.lines, "billable line"));
        if !counts.skipped.is_empty() {
            let why: Vec<String> =
                counts.skipped.iter().map(|(why, count)| format!("{count} {why}")).collect();
            text += &format!(", {} skipped ({})", counts.skipped.values().sum::<u64>(), why.join(", "));
        }
        text.push('\n');
    }
    text.push('\n');
    text += &bills(folder.month, rows, facts);
    text += &costs(normalized, rows);
    let bills = folder.bill_tables().bills;
    text += &todo(folder.month, rows);
    text + &format!(
        "\nThe bills are in {}; `ratebook export --month {} --format csv` writes them for other programs\n",
        bills.display(),
        folder.month
    )
}

/// The bills of a month, a line each, and what is held or dropped.
pub(crate) fn bills(month: Month, rows: &Rows<'_>, facts: &LineFacts) -> String {
    let counts = rows.counts;
    let mut text = format!(
        "{month}: {}; {}: {} priced, {} held, {} dropped\n\n",
        counted(rows.bills.len() as u64, "bill"),
        counted(counts.lines, "line"),
        counts.priced,
        counts.held,
        counts.dropped
    );
    text += &bill_table(&rows.bills);
    text += &held(&rows.held, facts);
    text += &dropped(&rows.dropped);
    text
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn bill_table(bills: &[BillHead]) -> String {
    let mut rows = Vec::new();
    let mut totals: BTreeMap<Currency, (u32, Total)> = BTreeMap::new();
    let (mut starred, mut ours) = (false, false);
    for bill in bills {
        let cost = &bill.cost;
        let known = !cost.by_currency.is_empty() || !cost.ours.is_empty();
        let own = if cost.ours.is_empty() { "" } else { " o" };
        ours |= !own.is_empty();
        let partly = known && cost.lines_unknown > 0;
        starred |= partly;
        let in_bill = cost.in_bill_currency.filter(|_| known);
        let total = &mut totals.entry(bill.currency).or_insert((bill.places, Total::default())).1;
        total.add(bill, in_bill.filter(|_| !partly));
        let cost_text = match in_bill {
            None if !known => UNKNOWN.to_owned(),
            None => cost
                .by_currency
                .iter()
                .chain(&cost.ours)
                .map(|(currency, sum)| money(*sum, currency.places(), *currency))
                .collect::<Vec<_>>()
                .join(" + "),
            Some(sum) => money(sum, bill.places, bill.currency),
        };
        let margin = in_bill
            .filter(|_| !partly)
            .map_or(UNKNOWN.to_owned(), |cost| margin(bill.total, cost, bill.places));
        rows.push(row(
            &escaped(bill.name.as_deref().unwrap_or(&bill.customer)),
            &bill.counts,
            &money(bill.total, bill.places, bill.currency),
            &format!("{cost_text}{own}{}", if partly { " *" } else { "" }),
            &margin,
            if bill.complete { "" } else { "incomplete" },
        ));
    }
    for (currency, (places, total)) in &totals {
        let cost = total.cost.filter(|_| total.complete);
        rows.push(row(
            &format!("all bills in {currency}"),
            &total.counts,
            &total.amount.map_or("too large".to_owned(), |amount| money(amount, *places, *currency)),
            &cost.map_or(UNKNOWN.to_owned(), |cost| money(cost, *places, *currency)),
            &cost
                .zip(total.amount)
                .map_or(UNKNOWN.to_owned(), |(cost, amount)| margin(amount, cost, *places)),
            "",
        ));
    }
    let header = ["customer", "lines", "held", "dropped", "total", "vendor cost", "margin", ""];
    let mut text = table::plain(&header, &rows, &[1, 2, 3, 4, 5, 6]);
    if starred {
        text += "* the cost is known for a part of the lines only\n";
    }
    if ours {
        text += "o with what we pay by our own rules, for lines whose vendor says no cost\n";
    }
    text
}

fn row(name: &str, counts: &Counts, total: &str, cost: &str, margin: &str, mark: &str) -> Vec<String> {
    let counts = [counts.lines, counts.held, counts.dropped].map(|count| count.to_string());
    let [lines, held, dropped] = counts;
    [name, &lines, &held, &dropped, total, cost, margin, mark].map(str::to_owned).to_vec()
}

/// The bills of one currency together.
struct Total {
    counts: Counts,
    amount: Option<Decimal>,
    cost: Option<Decimal>,
    complete: bool,
}

impl Default for Total {
    fn default() -> Total {
        Total {
            counts: Counts::default(),
            amount: Some(Decimal::ZERO),
            cost: Some(Decimal::ZERO),
            complete: true,
        }
    }
}

impl Total {
    fn add(&mut self, bill: &BillHead, cost: Option<Decimal>) {
        self.counts += bill.counts;
        self.amount = self.amount.and_then(|sum| sum.checked_add(bill.total).ok());
        self.complete &= cost.is_some();
        self.cost = self.cost.zip(cost).and_then(|(sum, cost)| sum.checked_add(cost).ok());
    }
}

/// What the vendors charge for the usage against what of it is on bills: the rest is nobody's.
fn costs(normalized: &[Normalized], rows: &Rows<'_>) -> String {
    let mut sums: BTreeMap<Currency, [Option<Decimal>; 2]> = BTreeMap::new();
    let charged = normalized.iter().flat_map(|source| &source.counts.costs).map(|cost| (0, cost));
    let billed = rows.bills.iter().flat_map(|bill| &bill.cost.by_currency).map(|cost| (1, cost));
    for (side, (currency, cost)) in charged.chain(billed) {
        let sum = &mut sums.entry(*currency).or_insert([Some(Decimal::ZERO); 2])[side];
        *sum = sum.and_then(|sum| sum.checked_add(*cost).ok());
    }
    let mut text = String::new();
    for (currency, [charged, billed]) in sums {
        let rest = charged.zip(billed).and_then(|(charged, billed)| charged.checked_sub(billed).ok());
        let (Some(charged), Some(rest)) = (charged, rest) else { continue };
        let places = currency.places();
        text += &format!("\nVendor cost: {} in the usage, ", money(charged, places, currency));
        text += &match rest.is_zero() {
            true => "all of it on bills\n".to_owned(),
            false => {
                format!("{} of it on no bill (held or dropped lines)\n", not_nothing(rest, places, currency))
            }
        };
    }
    text
}

/// An amount, rounded for showing if it has more places than its currency.
fn money(amount: Decimal, places: u32, currency: Currency) -> String {
    money::money(amount.round(places, Rounding::HalfUp), places, currency)
}

/// The same, but what is too small to be seen when it is rounded is shown whole: it is not nothing.
fn not_nothing(amount: Decimal, places: u32, currency: Currency) -> String {
    match amount.round(places, Rounding::HalfUp).is_zero() {
        true => format!("{amount} {currency}"),
        false => money(amount, places, currency),
    }
}

/// What is left of a total after cost, and how much of the total that is: `97.16 (21.9 %)`.
fn margin(total: Decimal, cost: Decimal, places: u32) -> String {
    let Ok(left) = total.checked_sub(cost) else { return String::new() };
    let text = money::fixed(left.round(places, Rounding::HalfUp), places);
    // The share is that of what is left, not of what is shown of it.
    match money::parts(left, total, 1000).and_then(|share| Decimal::new(share, 1).ok()) {
        Some(share) => format!("{text} ({} %)", money::fixed(share, 1)),
        None => text,
    }
}

fn held(held: &BTreeMap<HeldWhy<'_>, HeldLines>, facts: &LineFacts) -> String {
    if held.is_empty() {
        return String::new();
    }
    let mut text = "\nHeld: not billed until somebody decides\n".to_owned();
    for (HeldWhy { code, rule, reason }, lines) in held {
        let why = match (*code, rule) {
            ("rule", Some(rule)) => format!("rule {rule}: {reason}"),
            (code, Some(rule)) => format!("{code} (rule {rule})"),
            (code, None) => code.to_owned(),
        };
        text += &format!("  {}  {}\n", counted(lines.count, "line"), escaped(&why));
        for (line, customer) in &lines.examples {
            let customer = customer.as_deref().unwrap_or("no customer");
            let about = format!("    line {line}  {customer}  {}", facts.of(*line));
            text += &escaped(about.trim_end());
            text.push('\n');
        }
        let more = lines.count - lines.examples.len() as u64;
        if more > 0 {
            text += &format!("    and {more} more\n");
        }
        text += &format!("    {}\n", advice(code, *rule));
    }
    text + "  Then: ratebook rate, which asks no vendor again.\n"
}

/// Where all that waits is to be had, ready to paste.
pub(crate) fn todo(month: Month, rows: &Rows<'_>) -> String {
    if rows.held.is_empty() {
        return String::new();
    }
    format!("\nTo do: ratebook todo --month {month} lists all that is held, ready to paste into the rules\n")
}

/// What to do about lines that are held for a reason.
pub(super) fn advice(code: &str, rule: Option<&str>) -> String {
    match code {
        "rule" => {
            format!("To bill them: narrow rule {}, or add a rule with keep = true.", rule.unwrap_or_default())
        }
        "unknown-customer" => {
            "To bill them: list the tenant, as \"vendor:tenant\", at a customer.".to_owned()
        }
        "no-price" => "To bill them: add a [[rule]] with a price that matches.".to_owned(),
        "no-book-entry" => "To bill them: add the SKU to the price book.".to_owned(),
        "no-cost" => "To bill them: the vendor gives no cost; set a price that needs none.".to_owned(),
        "no-quantity" => "To bill them: `use` another of the vendor's quantities.".to_owned(),
        "unit-mismatch" => "To bill them: convert the unit, or correct the unit in the price.".to_owned(),
        "negative-quantity" => {
            "To bill them: pool = \"customer\", which adds them to what they correct, or a credit.".to_owned()
        }
        "late-line" => "To bill them: close their month, then ratebook adjust.".to_owned(),
        "unexpected-quantity" => "To bill them: look at them, then widen `expect` in the price.".to_owned(),
        _ => "To bill them: change the rules so that the problem is gone.".to_owned(),
    }
}

fn dropped(rules: &BTreeMap<&str, (u64, &str)>) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let lines = rules.iter().map(|(rule, (count, reason))| {
        format!("  {}  rule {}: {}\n", counted(*count, "line"), escaped(rule), escaped(reason))
    });
    "\nDropped: on nobody's bill\n".to_owned() + &lines.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn margins_are_of_the_total() {
        assert_eq!(margin(dec("50.00"), dec("40"), 2), "10.00 (20.0 %)");
        assert_eq!(margin(dec("30"), dec("40"), 2), "-10.00 (-33.3 %)");
        assert_eq!(margin(dec("0"), dec("40"), 2), "-40.00");
        assert_eq!(margin(dec("3"), dec("1"), 0), "2 (66.7 %)");
        // 0.01 - 0.005 = 0.005, half of 0.01, although 0.01 is shown of it.
        assert_eq!(margin(dec("0.01"), dec("0.005"), 2), "0.01 (50.0 %)");
    }
}
