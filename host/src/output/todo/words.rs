//! How much lines are together in words, and texts as TOML writes them on one line.

use ratebook_line::{Currency, Decimal};

use crate::failure::escaped;
use crate::output::money::{at_least, counted};
use crate::todo::Sums;

/// What stands for a sum that cannot be held exactly.
const TOO_LARGE: &str = "too large a sum";

/// `12 Hours + 3 GB`.
pub(super) fn quantities(sums: &Sums) -> String {
    let each = sums.quantities.iter().map(|(unit, sum)| match sum {
        Some(sum) => format!("{sum} {}", escaped(unit)).trim_end().to_owned(),
        None => TOO_LARGE.to_owned(),
    });
    each.collect::<Vec<_>>().join(" + ")
}

/// `7.00 USD + 1.00 EUR`.
pub(super) fn costs(sums: &Sums) -> String {
    let each = sums.costs.iter().map(|(currency, sum)| cost(*sum, *currency));
    each.collect::<Vec<_>>().join(" + ")
}

fn cost(sum: Option<Decimal>, currency: Currency) -> String {
    match sum {
        Some(sum) => format!("{} {currency}", at_least(sum, currency.places())),
        None => TOO_LARGE.to_owned(),
    }
}

/// `12 Hours, vendor cost 7.00 USD, 2 lines`.
pub(super) fn amounts(sums: &Sums) -> String {
    let quantities = Some(quantities(sums)).filter(|text| !text.is_empty());
    let cost = match (sums.costs.is_empty(), sums.without_cost) {
        (true, _) => "vendor cost unknown".to_owned(),
        (false, 0) => format!("vendor cost {}", costs(sums)),
        (false, without) => format!("vendor cost {} (unknown of {without})", costs(sums)),
    };
    let lines = counted(sums.lines, "line");
    quantities.into_iter().chain([cost, lines]).collect::<Vec<_>>().join(", ")
}

/// A text in quotes, on one line whatever is in it.
pub(super) fn quoted(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for letter in text.chars() {
        match letter {
            '"' => written += "\\\"",
            '\\' => written += "\\\\",
            // Marks of direction too: they would show what is not there.
            c if c.is_control() || escaped(c.encode_utf8(&mut [0; 4])).starts_with("\\u") => {
                written += &format!("\\u{:04X}", u32::from(c));
            }
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

/// A key of a table.
pub(super) fn key(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if plain { name.to_owned() } else { quoted(name) }
}

/// A list of texts on one line.
pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(quoted).collect();
    match texts.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_from_toml_as_they_were() {
        for text in ["plain", "a \"b\" \\ c", "two\nlines\ttab \u{7f}", "\u{202e}turned", "Müller 株"] {
            let read: toml::Table = format!("{} = {}", key(text), quoted(text)).parse().unwrap();
            assert_eq!(read.iter().next(), Some((&text.to_owned(), &toml::Value::String(text.to_owned()))));
            assert!(!quoted(text).contains(['\n', '\u{202e}']), "{text:?}");
        }
    }
}
