//! How the numbers of each column are written.

use std::collections::BTreeMap;

use serde_json::Value;

use super::columns::Columns;
use super::keys::{Keys, Wrong};

/// The most decimals that a whole number may imply.
const MOST_IMPLIED: u32 = 20;

/// The ways in which numbers are written: the file's, and those of some columns by their places.
pub(super) struct Numbers {
    pub(super) usual: NumberFormat,
    of_columns: BTreeMap<usize, NumberFormat>,
}

impl Numbers {
    /// Takes `numbers` and `numbers_in`.
    pub(super) fn read(keys: &mut Keys, columns: &mut Columns, wrong: &mut Wrong) -> Numbers {
        let usual = keys.take::<String>("numbers", wrong);
        let usual = usual.and_then(|example| way(&example, "numbers", wrong)).unwrap_or_default();
        let mut of_columns = BTreeMap::new();
        let written: BTreeMap<String, Value> = keys.take("numbers_in", wrong).unwrap_or_default();
        for (column, value) in written {
            let path = format!("numbers_in.{column}");
            let Some(place) = columns.known(&column) else {
                let hint = columns.meant(&column);
                wrong.add::<()>(path, format_args!("{column:?} is not a column that the map uses{hint}"));
                continue;
            };
            if let Some(format) = of_column(value, usual, path, wrong) {
                of_columns.insert(place, format);
            }
        }
        Numbers { usual, of_columns }
    }

    /// The way of each column.
    pub(super) fn of_all(&self, columns: usize) -> Vec<NumberFormat> {
        (0..columns).map(|column| self.of_columns.get(&column).copied().unwrap_or(self.usual)).collect()
    }
}

fn way(example: &str, path: &str, wrong: &mut Wrong) -> Option<NumberFormat> {
    NumberFormat::of_example(example).or_else(|| wrong.choice(path, example, &EXAMPLES))
}

/// `"1.234,56"`, or `{ numbers = "1.234,56", implied_decimals = 10 }`.
fn of_column(value: Value, usual: NumberFormat, path: String, wrong: &mut Wrong) -> Option<NumberFormat> {
    if let Value::String(example) = value {
        return way(&example, &path, wrong);
    }
    let mut keys = Keys::of(path, value, wrong)?;
    let example = keys.take::<String>("numbers", wrong);
    let format = match example {
        Some(example) => way(&example, &keys.path("numbers"), wrong),
        None => Some(usual),
    };
    let implied = keys.take::<u32>("implied_decimals", wrong);
    if implied.is_some_and(|implied| !(1..=MOST_IMPLIED).contains(&implied)) {
        wrong.add::<()>(keys.path("implied_decimals"), format_args!("expected 1 to {MOST_IMPLIED}"));
    }
    keys.finish(wrong);
    let implied = implied.filter(|implied| *implied <= MOST_IMPLIED).unwrap_or(0);
    format.map(|format| format.with_implied_decimals(implied))
}
use ratebook_plugin::written::{EXAMPLES, NumberFormat};
