//! Which rows are totals: those whose first cell that is not empty is one of a few words.

use serde_json::Value;

use super::keys::{Keys, Wrong, one_or_many};

/// The words that `totals = true` means.
const USUAL: [&str; 18] = [
    "total",
    "totals",
    "grand total",
    "sub total",
    "subtotal",
    "sub-total",
    "total cost",
    "total amount",
    "overall total",
    "sum",
    "summe",
    "gesamt",
    "gesamtsumme",
    "gesamtbetrag",
    "gesamtkosten",
    "zwischensumme",
    "endsumme",
    "insgesamt",
];

/// Takes `totals`: true, or words of one's own.
pub(super) fn read(keys: &mut Keys, wrong: &mut Wrong) -> Vec<String> {
    match keys.take::<Value>("totals", wrong) {
        None | Some(Value::Bool(false)) => Vec::new(),
        Some(Value::Bool(true)) => USUAL.map(str::to_owned).to_vec(),
        Some(value) => one_or_many(value, "totals", wrong).iter().map(|word| plain(word)).collect(),
    }
}

/// A word as it is compared.
pub(crate) fn plain(word: &str) -> String {
    word.trim().trim_end_matches(':').trim_end().to_lowercase()
}

/// True for a word that `totals = true` means.
pub(crate) fn is_usual(word: &str) -> bool {
    USUAL.contains(&plain(word).as_str())
}
