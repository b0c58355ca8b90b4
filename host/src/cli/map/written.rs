//! How numbers and dates are written, as keys; where a cell may be two, that is said.

use std::collections::BTreeMap;

use ratebook_line::{Decimal, Month};
use ratebook_plugin::written::{DateFormat, EXAMPLES, PATTERNS};

use super::choice::{Given, Looked};
use super::facts::Facts;
use super::names::FIELDS;
use super::toml_words::quoted;

/// `numbers`, `numbers_in` and `beside`; nothing if all are written plainly.
pub(super) fn numbers(given: &[Given<'_>]) -> String {
    let is_number = |field: &str| FIELDS.iter().any(|known| known.field == field && known.is_number);
    let columns: Vec<&Looked<'_>> = given
        .iter()
        .filter(|given| is_number(given.field) || given.field == "totalCost")
        .flat_map(|given| std::iter::once(given.looked).chain(given.plus.iter().copied()))
        .filter(|one| !one.column.is_number)
        .collect();
    // The way that most columns can be written in; of equals the plainest.
    let mut ways: BTreeMap<&'static str, usize> = BTreeMap::new();
    for way in columns.iter().flat_map(|one| one.facts.numbers.iter().map(|(way, _)| *way)) {
        *ways.entry(way).or_default() += 1;
    }
    let order = |way: &str| EXAMPLES.iter().position(|known| *known == way);
    let usual = ways.keys().max_by_key(|way| (ways.get(**way), std::cmp::Reverse(order(way)))).copied();
    let mut text = String::new();
    if let Some(usual) = usual.filter(|usual| *usual != "1234.56") {
        text += &format!("numbers = {}\n", quoted(usual));
    }
    let mut own = Vec::new();
    for one in &columns {
        let name = quoted(&one.column.name);
        let way = one.facts.numbers.iter().find(|(way, _)| Some(*way) == usual).or(one.facts.numbers.first());
        let Some((way, numbers)) = way else { continue };
        if Some(*way) != usual {
            own.push(format!("{name} = {}", quoted(way)));
        }
        text += &doubt(one, &name, way, numbers);
    }
    if !own.is_empty() {
        text += &format!("numbers_in = {{ {} }}\n", own.join(", "));
    }
    let mut units: Vec<&str> = columns.iter().filter_map(|one| one.facts.unit.as_deref()).collect();
    units.sort_unstable();
    units.dedup();
    if !units.is_empty() {
        let units: Vec<String> = units.iter().map(|unit| quoted(unit)).collect();
        text += &format!("beside = [{}]  # what stands beside numbers\n", units.join(", "));
    }
    if columns.iter().any(|one| one.facts.is_negative()) {
        text += "negative = \"keep\"  # there are amounts below 0: credits\n";
    }
    text
}

/// Says that a cell would be another number, written in another way.
fn doubt(one: &Looked<'_>, name: &str, way: &str, numbers: &[Decimal]) -> String {
    let cells: Vec<&String> = one.column.cells.iter().filter(|cell| !cell.is_empty()).collect();
    let mut known = vec![numbers];
    let mut others = Vec::new();
    for (other, values) in &one.facts.numbers {
        if *other != way && !known.contains(&values.as_slice()) {
            known.push(values);
            others.push((other, values));
        }
    }
    let told: Vec<String> = others
        .into_iter()
        .filter_map(|(other, values)| {
            let at = numbers.iter().zip(values).position(|(one, other)| one != other)?;
            let (cell, here, there) = (cells.get(at)?, numbers.get(at)?, values.get(at)?);
            Some(format!("{cell} is {here} here, and {there} if numbers are written like {}", quoted(other)))
        })
        .collect();
    match told.is_empty() {
        true => String::new(),
        false => format!("# Look at {name}: {}. No cell says which.\n", told.join(", ")),
    }
}

/// `dates`; nothing if they are written as usual.
pub(super) fn dates(name: &str, facts: &Facts) -> String {
    let Some((first, months)) = facts.surest() else { return String::new() };
    let others: Vec<&(&'static str, _)> = facts.dates.iter().filter(|(other, _)| other != first).collect();
    let doubt: Vec<String> = others
        .iter()
        .filter(|(_, other)| other != months || months.len() > 1)
        .map(|(other, _)| quoted(other))
        .collect();
    let why = match (doubt.is_empty(), months.len()) {
        (true, _) => String::new(),
        (false, 1) => format!(
            "  # or {}: no cell says which, and so they are all of {}",
            doubt.join(", "),
            listed(months.iter())
        ),
        (false, _) => format!("  # or {}: no cell of {} says which", doubt.join(", "), quoted(name)),
    };
    match (*first, why.is_empty()) {
        ("YYYY-MM-DD", true) => String::new(),
        (first, _) => format!("dates = {}{why}\n", quoted(first)),
    }
}

fn listed<'m>(months: impl Iterator<Item = &'m Month>) -> String {
    months.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The pattern by which a period above the header holds dates.
pub(super) fn pattern(said: &str) -> Option<&'static str> {
    PATTERNS
        .into_iter()
        .find(|pattern| DateFormat::of_pattern(pattern).is_some_and(|format| !format.all_in(said).is_empty()))
}
