//! Which column is which field: by its name first, then by what stands in its cells.

use super::facts::Facts;
use super::names::{self, FIELDS, Known, SURE};
use super::table::{Column, Table};

/// A column with what its cells are.
pub(super) struct Looked<'t> {
    pub(super) column: &'t Column,
    pub(super) facts: Facts,
}

/// A column given to a field.
pub(super) struct Given<'l> {
    pub(super) field: &'static str,
    pub(super) looked: &'l Looked<'l>,
    /// False if its name is only like one that means the field.
    pub(super) by_name: bool,
    /// Columns whose numbers are added to it.
    pub(super) plus: Vec<&'l Looked<'l>>,
    /// Other columns that might be it, the likeliest first.
    pub(super) others: Vec<&'l Looked<'l>>,
}

/// How many others are named.
const OTHERS: usize = 3;

/// What is proposed.
pub(super) struct Choice<'l> {
    pub(super) given: Vec<Given<'l>>,
    /// The column that says when, and others that might.
    pub(super) when: Option<(&'l Looked<'l>, Vec<&'l Looked<'l>>)>,
    /// The currency that the name of a column is, where no column holds one.
    pub(super) currency: Option<String>,
}

/// Looks at all columns.
pub(super) fn look(table: &Table) -> Vec<Looked<'_>> {
    table.columns.iter().map(|column| Looked { column, facts: Facts::of(column) }).collect()
}

/// Gives each field its likeliest column; a column goes to one field.
pub(super) fn choose<'l>(looked: &'l [Looked<'l>]) -> Choice<'l> {
    let when = when(looked);
    let date = when.as_ref().map(|(found, _)| found.column.name.as_str());
    let mut given: Vec<Given<'l>> = Vec::new();
    for known in &FIELDS {
        let is_free = |one: &&Looked<'_>| {
            let name = one.column.name.as_str();
            date != Some(name) && !given.iter().any(|given| given.looked.column.name == name)
        };
        let scored = looked.iter().filter(is_free).filter_map(|one| Some((score(known, one)?, one)));
        let Some((best, others)) = ranked(scored.collect()) else { continue };
        let by_name = known.fits(&best.column.name).is_some_and(|score| score >= SURE);
        let others = others
            .into_iter()
            .filter(|(_, one)| !by_name || known.fits(&one.column.name).is_some_and(|score| score >= SURE));
        let others = others.map(|(_, one)| one).take(OTHERS).collect();
        given.push(Given { field: known.field, looked: best, by_name, plus: Vec::new(), others });
    }
    let mut currency = None;
    if !given.iter().any(|given| given.field == "totalCost") {
        // A column of amounts may be called after its currency.
        let named = looked.iter().find(|one| {
            let name = one.column.name.trim();
            name.parse::<ratebook_line::Currency>().is_ok() && one.facts.are_numbers()
        });
        if let Some(looked) = named {
            currency = Some(looked.column.name.trim().to_owned());
            given.push(Given {
                field: "totalCost",
                looked,
                by_name: true,
                plus: Vec::new(),
                others: Vec::new(),
            });
        }
    }
    let credits: Vec<&Looked<'_>> = looked
        .iter()
        .filter(|one| names::is_credit(&one.column.name) && one.facts.are_numbers() && !one.facts.is_zero())
        .filter(|one| !given.iter().any(|given| given.looked.column.name == one.column.name))
        .collect();
    if let Some(cost) = given.iter_mut().find(|given| given.field == "totalCost") {
        cost.plus = credits;
    }
    Choice { given, when, currency }
}

/// The best, and the others behind it; of equals the first in the file.
fn ranked<'l>(
    mut scored: Vec<(u32, &'l Looked<'l>)>,
) -> Option<(&'l Looked<'l>, Vec<(u32, &'l Looked<'l>)>)> {
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let mut scored = scored.into_iter();
    let (_, best) = scored.next()?;
    Some((best, scored.collect()))
}

/// How likely a column is the field; none if it cannot be.
fn score(known: &Known, one: &Looked<'_>) -> Option<u32> {
    let facts = &one.facts;
    let name = known.fits(&one.column.name);
    if facts.filled == 0 || known.is_number && !facts.are_numbers() {
        return None;
    }
    let varies = facts.distinct > 1;
    let often = u32::try_from(facts.filled * 20 / facts.records.max(1)).unwrap_or_default();
    let name = match known.field {
        // Codes of currencies are hardly anything else.
        "currency" if facts.are_currencies => name.unwrap_or(20),
        "currency" => return None,
        "billingUnit" if facts.are_numbers() => return None,
        "skuName" | "tenantName" if facts.are_numbers() => name?.checked_sub(20)?,
        _ => name?,
    };
    let by_cells = match known.field {
        "tenant" | "skuId" if varies => 25,
        _ if known.is_number && facts.is_zero() => return (name + often).checked_sub(30),
        _ if known.is_number && varies => 10,
        _ => 0,
    };
    Some(name + often + by_cells)
}

/// The column that says when: its cells are dates, best of one month.
fn when<'l>(looked: &'l [Looked<'l>]) -> Option<(&'l Looked<'l>, Vec<&'l Looked<'l>>)> {
    let scored = looked.iter().filter_map(|one| {
        let is_one_month = one.facts.months()?.len() == 1;
        // Whatever their column is called, dates of one month may say which it is.
        let name = names::says_when(&one.column.name).or_else(|| is_one_month.then_some(0))?;
        // A count of days is one by its name alone.
        let is_serial =
            one.facts.surest().is_some_and(|(pattern, _)| *pattern == ratebook_plugin::written::SERIAL);
        let often = u32::try_from(one.facts.filled * 20 / one.facts.records.max(1)).unwrap_or_default();
        (!is_serial || name >= SURE).then(|| (name + often + if is_one_month { 25 } else { 0 }, one))
    });
    let (best, others) = ranked(scored.collect())?;
    let name = |one: &Looked<'_>| names::says_when(&one.column.name).unwrap_or_default();
    let others =
        others.into_iter().map(|(_, one)| one).filter(|one| name(one) >= SURE).take(OTHERS).collect();
    Some((best, others))
}
