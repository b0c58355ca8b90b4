//! Amounts over months: what a customer or a SKU came to, adjustments apart. Sums are exact: they are made of the texts.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal, Month, NumberError};

use super::fill::month_of;
use super::opened::Index;
use crate::failure::{Exit, Failure};

/// Whose amounts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'s> {
    /// A customer's: whole bills.
    Customer(&'s str),
    /// A SKU's: what was charged for its usage, before what is on whole bills.
    Sku(&'s str),
}

/// What it came to in a month, in one currency.
#[derive(Debug)]
pub(crate) struct AmountRow {
    /// The month.
    pub month: Month,
    /// `draft` or `closed`.
    pub state: String,
    /// The sources whose usage is missing; empty as it should be.
    pub missing: String,
    /// Decimal places of its amounts.
    pub places: u32,
    /// The currency, or none if there is nothing of it in the month.
    pub currency: Option<Currency>,
    /// What is the month's own.
    pub own: Decimal,
    /// What puts closed months right, by month.
    pub adjustments: BTreeMap<Month, Decimal>,
    /// The sum of these.
    pub adjusted: Decimal,
    /// Both.
    pub total: Decimal,
}

impl Index {
    /// What it came to, month by month, in all months of the index from one to another.
    ///
    /// # Errors
    /// If the index cannot be read; if a sum has more digits than can be held.
    pub(crate) fn history(
        &self,
        subject: Subject<'_>,
        from: Option<Month>,
        to: Option<Month>,
    ) -> Result<Vec<AmountRow>, Failure> {
        let (id, amounts, adjustments) = match subject {
            Subject::Customer(id) => (
                id,
                "SELECT currency, total FROM bills WHERE month = ?1 AND customer = ?2",
                "SELECT b.currency, l.amount, l.adjusts_month FROM bill_lines l JOIN bills b USING (month, customer)
                 WHERE l.month = ?1 AND l.customer = ?2 AND l.kind = 'adjustment'",
            ),
            Subject::Sku(id) => (
                id,
                "SELECT currency, amount FROM skus WHERE month = ?1 AND sku = ?2",
                "SELECT b.currency, l.amount, l.adjusts_month FROM bill_lines l JOIN bills b USING (month, customer)
                 WHERE l.month = ?1 AND coalesce(l.sku, l.name) = ?2 AND l.kind = 'adjustment'",
            ),
        };
        let mut history = Vec::new();
        for (month, state, missing) in self.months()? {
            if from.is_some_and(|from| month < from) || to.is_some_and(|to| month > to) {
                continue;
            }
            let mut found: BTreeMap<Currency, AmountRow> = BTreeMap::new();
            let row = |currency| AmountRow {
                month,
                state: state.clone(),
                missing: missing.clone(),
                places: 0,
                currency,
                own: Decimal::ZERO,
                adjustments: BTreeMap::new(),
                adjusted: Decimal::ZERO,
                total: Decimal::ZERO,
            };
            for [currency, amount] in self.rows(amounts, month, id)? {
                let (currency, places) = (self.currency(&currency)?, places_of(&amount));
                let row = found.entry(currency).or_insert_with(|| row(Some(currency)));
                (row.total, row.places) = (self.decimal(&amount)?, row.places.max(places));
            }
            for [currency, amount, closed] in self.rows(adjustments, month, id)? {
                let (currency, places) = (self.currency(&currency)?, places_of(&amount));
                let amount = self.decimal(&amount)?;
                let closed = month_of(&closed).map_err(|error| self.file.failed(&error))?;
                let row = found.entry(currency).or_insert_with(|| row(Some(currency)));
                row.places = row.places.max(places);
                row.adjusted = add(row.adjusted, amount)?;
                let sum = row.adjustments.entry(closed).or_insert(Decimal::ZERO);
                *sum = add(*sum, amount)?;
            }
            for row in found.values_mut() {
                match subject {
                    // A bill's total has its adjustments in it, what a SKU comes to has not.
                    Subject::Customer(_) => {
                        row.own = row.total.checked_sub(row.adjusted).map_err(|error| too_large(&error))?;
                    }
                    Subject::Sku(_) => (row.own, row.total) = (row.total, add(row.total, row.adjusted)?),
                }
            }
            if found.is_empty() {
                history.push(row(None));
            }
            history.extend(found.into_values());
        }
        Ok(history)
    }

    /// Everything of the kind that any month has.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub(crate) fn known(&self, subject: Subject<'_>) -> Result<Vec<String>, Failure> {
        let sql = match subject {
            Subject::Customer(_) => "SELECT DISTINCT customer FROM bills",
            Subject::Sku(_) => {
                "SELECT sku FROM skus UNION SELECT coalesce(sku, name) FROM bill_lines WHERE kind = 'adjustment'"
            }
        };
        let known = || -> rusqlite::Result<Vec<String>> {
            self.database.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        };
        known().map_err(|error| self.file.failed(&error))
    }

    fn months(&self) -> Result<Vec<(Month, String, String)>, Failure> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let sql = "SELECT month, state, missing FROM months ORDER BY month";
            let mut statement = self.database.prepare(sql)?;
            let months = statement
                .query_map([], |row| Ok((month_of(row.get_ref(0)?.as_str()?)?, row.get(1)?, row.get(2)?)))?;
            months.collect()
        };
        read().map_err(|error| self.file.failed(&error))
    }

    /// The rows of a month, so many columns of text each.
    fn rows<const COLUMNS: usize>(
        &self,
        sql: &str,
        month: Month,
        id: &str,
    ) -> Result<Vec<[String; COLUMNS]>, Failure> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let mut statement = self.database.prepare(sql)?;
            let mut rows = statement.query([month.to_string().as_str(), id])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                let mut texts = [const { String::new() }; COLUMNS];
                for (column, text) in texts.iter_mut().enumerate() {
                    *text = row.get(column)?;
                }
                all.push(texts);
            }
            Ok(all)
        };
        read().map_err(|error| self.file.failed(&error))
    }

    fn currency(&self, text: &str) -> Result<Currency, Failure> {
        text.parse().map_err(|_| self.not_ours(text))
    }

    fn decimal(&self, text: &str) -> Result<Decimal, Failure> {
        text.parse().map_err(|_| self.not_ours(text))
    }

    fn not_ours(&self, text: &str) -> Failure {
        Failure::new(
            Exit::Storage,
            "E-STORAGE",
            format!("the index holds {text:?}, which nobody of ours wrote"),
        )
        .fix("It is made from the months' files: `ratebook index --anew`.")
    }
}

/// How many decimal places a bill wrote an amount with.
fn places_of(amount: &str) -> u32 {
    amount.split_once('.').map_or(0, |(_, places)| places.len() as u32)
}

fn add(one: Decimal, other: Decimal) -> Result<Decimal, Failure> {
    one.checked_add(other).map_err(|error| too_large(&error))
}

fn too_large(error: &NumberError) -> Failure {
    Failure::new(Exit::Review, "E-NUMBER", format!("a sum of the history: {error}"))
}
