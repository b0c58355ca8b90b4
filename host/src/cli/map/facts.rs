//! What the cells of a column are: how many differ, whether they are dates of one month, how their numbers are written.

use std::collections::BTreeSet;

use ratebook_line::{Currency, Decimal, Month};
use ratebook_plugin::written::{
    Beside, DateFormat, EXAMPLES, Negative, NumberFormat, PATTERNS, SERIAL, seems,
};

use super::table::Column;

/// What the cells of a column are.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Cells that are not empty, and all of them.
    pub(super) filled: usize,
    pub(super) records: usize,
    /// How many of them differ.
    pub(super) distinct: usize,
    /// The patterns by which all are dates, each with the months that they are of; what reads the same is there once.
    pub(super) dates: Vec<(&'static str, BTreeSet<Month>)>,
    /// The ways by which all are numbers, each with the numbers.
    pub(super) numbers: Vec<(&'static str, Vec<Decimal>)>,
    /// What stands beside them.
    pub(super) unit: Option<String>,
    /// True if all are codes of currencies.
    pub(super) are_currencies: bool,
}

impl Facts {
    /// Looks at a column.
    pub(super) fn of(column: &Column) -> Facts {
        let cells: Vec<&str> = column
            .cells
            .iter()
            .map(String::as_str)
            .filter(|cell| !cell.is_empty() && *cell != "NULL")
            .collect();
        let distinct: BTreeSet<&str> = cells.iter().copied().collect();
        let unit = unit_of(&cells);
        Facts {
            filled: cells.len(),
            records: column.cells.len(),
            distinct: distinct.len(),
            dates: dates(&distinct),
            numbers: if column.is_number { plain(&cells) } else { numbers(&cells, unit.as_deref()) },
            unit: unit.filter(|_| !column.is_number),
            are_currencies: !cells.is_empty() && distinct.iter().all(|cell| cell.parse::<Currency>().is_ok()),
        }
    }

    pub(super) fn are_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// The months of the surest pattern.
    pub(super) fn months(&self) -> Option<&BTreeSet<Month>> {
        self.surest().map(|(_, months)| months)
    }

    /// The pattern that all dates follow; of several the first by which they are of one month.
    pub(super) fn surest(&self) -> Option<&(&'static str, BTreeSet<Month>)> {
        self.dates.iter().find(|(_, months)| months.len() == 1).or_else(|| self.dates.first())
    }

    /// True if every number is zero.
    pub(super) fn is_zero(&self) -> bool {
        self.numbers.first().is_some_and(|(_, numbers)| numbers.iter().all(|number| number.is_zero()))
    }

    /// True if some number is below zero.
    pub(super) fn is_negative(&self) -> bool {
        self.numbers.first().is_some_and(|(_, numbers)| numbers.iter().any(|number| number.is_negative()))
    }
}

/// The dates that cells are, by each pattern that all follow.
fn dates(cells: &BTreeSet<&str>) -> Vec<(&'static str, BTreeSet<Month>)> {
    let mut found: Vec<(&'static str, BTreeSet<Month>, Vec<_>)> = Vec::new();
    for pattern in PATTERNS.into_iter().chain([SERIAL]) {
        let Some(format) = DateFormat::of_pattern(pattern) else { continue };
        let read: Option<Vec<_>> = cells.iter().map(|cell| format.read(cell)).collect();
        let Some(days) = read.filter(|days| !days.is_empty()) else { continue };
        if found.iter().all(|(_, _, known)| *known != days) {
            found.push((pattern, days.iter().map(|day| Month::of(*day)).collect(), days));
        }
    }
    found.into_iter().map(|(pattern, months, _)| (pattern, months)).collect()
}

/// What stands beside each number that has anything beside it, if it is the same.
fn unit_of(cells: &[&str]) -> Option<String> {
    let mut units = cells.iter().filter_map(|cell| seems(cell));
    let first = units.next()?;
    units.all(|unit| unit == first).then(|| first.to_owned())
}

/// The numbers that cells are, by each way that all follow.
fn numbers(cells: &[&str], unit: Option<&str>) -> Vec<(&'static str, Vec<Decimal>)> {
    let beside = Beside::of(&unit.map(str::to_owned).into_iter().collect::<Vec<_>>()).unwrap_or_default();
    let mut found: Vec<(&'static str, Vec<Decimal>)> = Vec::new();
    for example in EXAMPLES {
        let Some(way) = NumberFormat::of_example(example) else { continue };
        let read =
            cells.iter().map(|cell| way.read(cell, Negative::Keep, &beside).ok().map(|(number, _)| number));
        let read: Option<Vec<Decimal>> = read.collect();
        if let Some(numbers) = read.filter(|numbers| !numbers.is_empty()) {
            found.push((example, numbers));
        }
    }
    found
}

/// Numbers of JSON or of a sheet.
fn plain(cells: &[&str]) -> Vec<(&'static str, Vec<Decimal>)> {
    let read: Option<Vec<Decimal>> = cells.iter().map(|cell| Decimal::from_json_number(cell).ok()).collect();
    read.filter(|numbers| !numbers.is_empty()).map(|numbers| (EXAMPLES[0], numbers)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[&str]) -> Facts {
        let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
        Facts::of(&Column { name: "x".to_owned(), cells, is_number: false })
    }

    #[test]
    fn only_ways_that_all_cells_follow_are_told() {
        let ways = |cells: &[&str]| of(cells).numbers.iter().map(|(way, _)| *way).collect::<Vec<_>>();
        assert_eq!(ways(&["1.234,56", "7"]), ["1.234,56"]);
        let pointed = ways(&["12.5", "-1"]);
        assert!(pointed[0] == "1234.56" && !pointed.iter().any(|way| way.ends_with(",56")), "{pointed:?}");
        let both = ways(&["1.234", ""]);
        assert!(both.contains(&"1234.56") && both.contains(&"1.234,56"), "it may be both");
        assert_eq!(ways(&["1 GB", "2 GB"])[0], "1234.56");
        assert_eq!(of(&["1 GB", "2 GB"]).unit.as_deref(), Some("GB"));
        assert_eq!(ways(&["1 GB", "2 MB"]), [""; 0]);
        assert_eq!(ways(&["6.71E-8"])[0], "1234.56");
    }

    #[test]
    fn dates_are_those_of_the_pattern_that_makes_one_month_of_them() {
        let surest = |cells: &[&str]| of(cells).surest().map(|(pattern, months)| (*pattern, months.len()));
        assert_eq!(surest(&["2026-03-31T00:00:00Z"]), Some(("YYYY-MM-DD", 1)));
        assert_eq!(surest(&["3/14/2026"]), Some(("M/D/YYYY", 1)));
        // By the other pattern they would be of two months.
        assert_eq!(surest(&["4/3/2026", "5/3/2026"]), Some(("D/M/YYYY", 1)));
        assert_eq!(surest(&["3/4/2026", "3/5/2026"]), Some(("M/D/YYYY", 1)));
        assert_eq!(surest(&["March 2026"]), Some(("MMMM YYYY", 1)));
        assert_eq!(surest(&["soon"]), None);
        assert_eq!(of(&["3/4/2026"]).dates.len(), 2);
    }
}
