//! A bill as text: what a snapshot holds and a person approves. The same bill is the same text, on any machine.

use ratebook_line::{Currency, Decimal};
use ratebook_rating::{Bill, BillLine, Kind};

use crate::failure::escaped;
use crate::output::money::{at_least, fixed, money};
use crate::output::{paper, table};

/// The key whose line holds the total; see [`total_of`].
const TOTAL: &str = "total";

/// The key whose line holds whose bill it is.
const CUSTOMER: &str = "customer";

/// A bill as text.
pub(crate) fn bill_text(bill: &Bill<'_>) -> String {
    let places = bill.places();
    let mut text = String::new();
    let mut fact = |key: &str, value: &str| text += &format!("{key:<11}{}\n", escaped(value));
    fact(CUSTOMER, bill.customer());
    if let Some(name) = bill.name() {
        fact("name", name);
    }
    fact(TOTAL, &money(bill.total(), places, bill.currency()));
    let taxes: Vec<String> =
        bill.tax_totals().iter().map(|(tag, total)| format!("{} {tag}", fixed(*total, places))).collect();
    fact("tax", &taxes.join(", "));
    for (rule, left) in bill.credit_left() {
        fact("credit", &format!("{} left of {rule}", fixed(left, places)));
    }
    let counts = bill.counts();
    fact("lines", &format!("{} priced, {} held, {} dropped", counts.priced, counts.held, counts.dropped));
    if !bill.complete() {
        fact("", "not complete: held lines wait");
    }
    text.push('\n');
    let rows: Vec<Vec<String>> = bill.lines().map(|line| row(&line, places)).collect();
    let header = ["amount", "line", "sku", "quantity", "unit", "unit price", "tax", "rules"];
    let table = table::steady(&header, &rows, &[0, 3, 5], &[10, 32, 16, 12, 10, 10, 10, 6]);
    let mut papers = [None].into_iter().chain(bill.lines().map(|line| line.paper));
    for row in table.lines() {
        text += row;
        text.push('\n');
        if let Some(paper) = papers.next().flatten() {
            text += &format!("{:12}{}\n", "", escaped(&paper::words(&paper, places)));
        }
    }
    text
}

fn row(line: &BillLine<'_>, places: u32) -> Vec<String> {
    let text = |value: Option<&str>| value.map(escaped).unwrap_or_default();
    let number = |value: Option<Decimal>| value.map(|value| value.to_string()).unwrap_or_default();
    let name = match line.kind {
        Kind::Usage => escaped(line.name),
        kind => format!("{}: {}", kind.word(), escaped(line.name)),
    };
    let row = [
        fixed(line.amount, places),
        name,
        text(line.sku),
        number(line.quantity),
        text(line.unit),
        line.unit_price.map(|price| at_least(price, places)).unwrap_or_default(),
        escaped(line.tax),
        escaped(&line.rules.join(", ")),
    ];
    // No cell is empty: then a text says what it says however wide its columns are.
    row.map(|cell| if cell.is_empty() { "-".to_owned() } else { cell }).into()
}

/// The customer that a bill's text says.
pub(crate) fn customer_of(text: &str) -> Option<String> {
    fact_of(text, CUSTOMER).map(str::to_owned)
}

fn fact_of<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(key)).map(str::trim)
}

/// The total and its currency that a bill's text says; nothing if somebody took the line out of it.
pub(crate) fn total_of(text: &str) -> Option<(Decimal, Currency)> {
    let (amount, currency) = fact_of(text, TOTAL)?.split_once(' ')?;
    Some((amount.parse().ok()?, currency.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_a_text_is_read_and_nothing_else_is_taken_for_it() {
        let text =
            "customer   acme\nname       total 5.00 USD\ntotal      -1147.50 EUR\ntax        1 standard\n";
        let (total, currency) = total_of(text).unwrap();
        assert_eq!((total.to_string(), currency.code()), ("-1147.5".to_owned(), "EUR"));
        for none in ["", "customer acme\n", "total\n", "total      many EUR\n", "total      1.00\n"] {
            assert_eq!(total_of(none), None, "{none:?}");
        }
    }
}
