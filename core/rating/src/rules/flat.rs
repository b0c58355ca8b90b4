//! A table as written, flattened to dotted keys and value texts, so that two of them can be compared.
//!
//! Constants are put in. What is only spelling is gone: the order of keys, the order of a list of texts, a list
//! of one text, the short forms of a price and a bound.

use std::collections::BTreeMap;

use ratebook_line::Decimal;

use super::checked::parties::Party;
use super::checked::tenants::Tenant;
use super::written::{Node, Table, Value};

/// Dotted key and value text.
pub(crate) type Flat = BTreeMap<String, String>;

/// Short forms, and the key that they are short for. A book's price stands under no key of its own.
const SHORT: [(&str, &str); 4] =
    [("price", "price.each"), ("minimum", "minimum.amount"), ("maximum", "maximum.amount"), ("", "each")];

/// Last parts of keys whose values are numbers or percentages, of which `2.1` and `2.10` are the same.
const NUMBERS: [&str; 24] = [
    "amount", "credit", "discount", "divide", "each", "flat", "included", "margin", "markup", "max",
    "maximum", "min", "minimum", "multiply", "overage", "percent", "places", "quantity", "rate", "size",
    "unit_max", "unit_min", "up_to", "uplift",
];

/// The keys of a table.
pub(crate) fn table(table: &Table, skip: &[&str]) -> Flat {
    let mut flat = Flat::new();
    for (key, node) in table.0.iter().filter(|(key, _)| !skip.contains(&key.name.as_str())) {
        put(&mut flat, &key.name, node);
    }
    flat
}

/// Puts a value in under its key: a table as its keys, tiers by their number.
pub(crate) fn put(flat: &mut Flat, key: &str, node: &Node) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    let text = match &node.value {
        Value::Text(text) => item(text),
        Value::Whole(digits) => digits.clone(),
        Value::Bool(bool) => bool.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Refused => return,
        Value::Table(table) => {
            table.0.iter().for_each(|(name, node)| put(flat, &below(&name.name), node));
            return;
        }
        Value::List(list) => {
            let texts = list.iter().map(|node| match &node.value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            });
            match texts.collect::<Option<Vec<&str>>>() {
                Some(texts) => set(&texts),
                None => {
                    (1..).zip(list).for_each(|(number, node)| put(flat, &below(&number.to_string()), node));
                    return;
                }
            }
        }
    };
    let long = SHORT.iter().find(|(short, _)| *short == key).map_or(key, |(_, long)| long);
    flat.insert(long.to_owned(), text);
}

/// The cells of a row in CSV, without those of the column that names it.
pub(crate) fn cells(mut row: BTreeMap<String, String>, skip: &str) -> Flat {
    row.retain(|column, cell| column != skip && !cell.is_empty());
    for cell in row.values_mut().filter(|cell| !is_plain(cell)) {
        *cell = item(cell);
    }
    row
}

/// Puts the matcher that a file narrows all of its rules by into a rule's own.
pub(crate) fn narrow(flat: &mut Flat, only: &Flat) {
    // Two exclusions are not one with the keys of both.
    let excludes = flat.keys().any(|key| key.starts_with("when.not."));
    for (key, text) in only {
        let within = if excludes && key.starts_with("not.") { "only" } else { "when" };
        flat.entry(format!("{within}.{key}")).or_insert_with(|| text.clone());
    }
}

/// A customer or a partner, from a table or from a list in CSV.
pub(crate) fn party(party: &Party) -> Flat {
    let tenants: Vec<String> = party.tenants.iter().map(Tenant::words).collect();
    let texts = |list: &[String]| {
        let texts: Vec<&str> = list.iter().map(String::as_str).collect();
        (!texts.is_empty()).then(|| set(&texts))
    };
    let keys = [
        ("currency", party.currency.map(|currency| currency.to_string())),
        ("end", party.end.map(|date| date.to_string())),
        ("groups", texts(&party.groups)),
        ("name", party.name.as_deref().map(item)),
        ("start", party.start.map(|date| date.to_string())),
        ("tenants", texts(&tenants)),
    ];
    let rates = party.fx.iter().map(|((from, to), rate)| (format!("fx.{from}/{to}"), rate.to_string()));
    keys.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?))).chain(rates).collect()
}

/// True if two texts of a key say the same.
pub(crate) fn same(key: &str, a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let last = key.rsplit('.').next().unwrap_or(key);
    if !NUMBERS.contains(&last) || a.ends_with('%') != b.ends_with('%') {
        return false;
    }
    let number = |text: &str| {
        let text = text.strip_suffix('%').unwrap_or(text);
        text.parse::<Decimal>().ok()
    };
    number(a).zip(number(b)).is_some_and(|(a, b)| a == b)
}

/// Texts of which any may hold: their order says nothing.
fn set(texts: &[&str]) -> String {
    let mut items: Vec<String> = texts.iter().map(|text| item(text)).collect();
    items.sort();
    items.dedup();
    items.join(", ")
}

/// One text of perhaps several: in quotes where its end could not be seen.
fn item(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { format!("{text:?}") }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.chars().any(|c| matches!(c, ',' | '"') || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers_and_names_as_texts() {
        assert!(same("price.each", "2.1", "2.10"));
        assert!(same("discount", "5%", "5.0%"));
        assert!(same("price.uplift", "10%", "10.0%"));
        assert!(same("price.unit_min", "1", "1.00"));
        assert!(!same("discount", "5%", "5"));
        assert!(!same("when.sku", "7", "7.0"));
        assert!(!same("price.each", "2.1", "2.2"));
    }

    #[test]
    fn the_end_of_a_text_can_be_seen() {
        assert_eq!(set(&["b", "a", "b"]), "a, b");
        assert_ne!(set(&["a, b"]), set(&["a", "b"]));
        assert_eq!(set(&[""]), "\"\"");
    }
}
