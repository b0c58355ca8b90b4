//! Whether what a plugin says of the vendor's fields is what it does.

use std::collections::BTreeSet;

use super::mapped::Mapped;
use crate::about::About;

/// The fields of the line that at least one line has, by their names in the schema; not those that the host fills.
#[must_use]
pub fn filled(mapped: &Mapped) -> BTreeSet<String> {
    const HOSTS: [&str; 4] = ["usageMonth", "source", "vendor", "origin"];
    let mut filled = BTreeSet::new();
    for line in &mapped.lines {
        if let Ok(serde_json::Value::Object(line)) = serde_json::to_value(line) {
            filled.extend(
                line.into_iter().map(|(name, _)| name).filter(|name| !HOSTS.contains(&name.as_str())),
            );
        }
    }
    filled
}

/// What is wrong with the fields that a plugin names for a format: `known` are the names that its reader knows, `made`
/// are the fields of the line that its fixtures of the format fill.
#[must_use]
pub fn wrong_fields(about: &About, format: &str, known: &[&str], made: &BTreeSet<String>) -> Vec<String> {
    let fields = || about.fields.iter().filter(|field| field.format.is_empty() || field.format == format);
    let said: BTreeSet<&str> = fields().map(|field| field.name.as_str()).collect();
    let lines: BTreeSet<&str> = fields().filter_map(|field| field.line.as_deref()).collect();
    let known: BTreeSet<&str> = known.iter().copied().collect();
    let made: BTreeSet<&str> = made.iter().map(String::as_str).collect();
    let tell = |names: Vec<&&str>, what: &str| -> Vec<String> {
        names.into_iter().map(|name| format!("{format}: {name} {what}")).collect()
    };
    let mut wrong = tell(known.difference(&said).collect(), "is read and not named");
    wrong.extend(tell(said.difference(&known).collect(), "is named and not read"));
    wrong.extend(tell(lines.difference(&made).collect(), "is filled by no fixture"));
    wrong.extend(tell(made.difference(&lines).collect(), "is filled, and no field is said to"));
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::about::Field;
    use ratebook_line::Month;

    #[test]
    fn what_is_said_and_what_is_done_are_compared_both_ways() {
        let month: Month = "2026-03".parse().unwrap();
        let line = ratebook_line::BillableLine {
            sku_id: Some("VM".into()),
            edition: Some("Plus".into()),
            ..ratebook_line::BillableLine::new(month)
        };
        let made = filled(&Mapped { lines: vec![line], ..Mapped::default() });
        let fields = vec![
            Field::mapped("a", "Sku", "skuId", ""),
            Field::mapped("", "Customer", "tenant", ""),
            Field::other("a", "Colour", "not used"),
            Field::mapped("b", "Elsewhere", "meter", ""),
        ];
        let about = About { fields, ..About::default() };
        assert_eq!(
            wrong_fields(&about, "a", &["Sku", "Customer", "Size"], &made),
            [
                "a: Size is read and not named",
                "a: Colour is named and not read",
                "a: tenant is filled by no fixture",
                "a: edition is filled, and no field is said to",
            ]
        );
    }
}
