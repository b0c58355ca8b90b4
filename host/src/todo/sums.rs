//! How much usage lines are together: their number, their quantities, what the vendor charges.

use std::collections::BTreeMap;

use ratebook_line::{BillableLine, Currency, Decimal};

use super::fields::{quantity, text};

/// How much usage some lines are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// How many lines.
    pub lines: u64,
    /// What the vendor counts, by unit; none if a sum cannot be held exactly.
    pub quantities: BTreeMap<String, Option<Decimal>>,
    /// What the vendor charges, by currency; none if a sum cannot be held exactly.
    pub costs: BTreeMap<Currency, Option<Decimal>>,
    /// How many of the lines the vendor tells no cost of.
    pub without_cost: u64,
}

impl Sums {
    /// Adds a line.
    pub(super) fn add(&mut self, line: &BillableLine<'_>) {
        self.lines += 1;
        if let Some(quantity) = quantity(line) {
            add(&mut self.quantities, text(&line.billing_unit).to_owned(), Some(quantity));
        }
        match line.total_cost.zip(line.currency) {
            Some((cost, currency)) => add(&mut self.costs, currency, Some(cost)),
            None => self.without_cost += 1,
        }
    }

    /// Adds the lines of another.
    pub(super) fn add_all(&mut self, other: &Sums) {
        self.lines += other.lines;
        self.without_cost += other.without_cost;
        other.quantities.iter().for_each(|(unit, sum)| add(&mut self.quantities, unit.clone(), *sum));
        other.costs.iter().for_each(|(currency, sum)| add(&mut self.costs, *currency, *sum));
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, Option<Decimal>>, key: K, amount: Option<Decimal>) {
    let sum = sums.entry(key).or_insert(Some(Decimal::ZERO));
    *sum = sum.zip(amount).and_then(|(sum, amount)| sum.checked_add(amount).ok());
}
