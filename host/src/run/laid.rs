//! A rated month laid down as tables, bill by bill as they come.

use std::collections::BTreeMap;
use std::path::Path;

use ratebook_line::{Currency, Decimal, NumberError};
use ratebook_rating::{Bill, Dropped, Ended, Kind, Rulebook};

use super::alike;
use super::month::BillTables;
use super::rows::{HeldLines, HeldWhy, Rows, SkuRow};
use crate::failure::{Exit, Failure, Failures};
use crate::files::Draft;
use crate::rating::{self, How, Usage};
use crate::store::{BillHead, BillsWriter, Fate, FatesWriter};

/// A month whose bills are in tables, which are not yet at their places.
pub(crate) struct Laid<'r> {
    /// What is known of it without them.
    pub rows: Rows<'r>,
    /// Bills, their lines, and the fates of the other lines of usage.
    pub tables: [Draft; 3],
}

/// What takes the bills of a month.
struct Taker {
    writer: BillsWriter,
    bills: Vec<BillHead>,
    skus: SkuSums,
}

/// Rates a month and lays its bills down as tables.
///
/// # Errors
/// Those of [`rating::rate_bills`]; what cannot be written.
pub(crate) fn lay_down<'r>(
    usage: &Usage,
    rulebook: &'r Rulebook,
    how: How<'_>,
    at: &BillTables,
) -> Result<Laid<'r>, Failures> {
    let month = usage.month;
    let writer = BillsWriter::new(month, &at.bills, &at.lines)?;
    let mut taker = Taker { writer, bills: Vec::new(), skus: SkuSums::default() };
    let ended = rating::rate_bills(usage, rulebook, how, &mut |bill| taker.take(bill))?;
    let Taker { writer, bills, skus } = taker;
    let [heads, lines] = writer.finish()?;
    let Fates { held, dropped, table } = lay_fates(&ended, &at.fates)?;
    let mut warnings = ended.noticed.warnings(rulebook, month);
    warnings.extend(alike::warnings(bills.iter().map(|bill| bill.customer.as_str())));
    let rows = Rows { bills, skus: skus.rows(), held, dropped, counts: ended.counts(), warnings };
    Ok(Laid { rows, tables: [heads, lines, table] })
}

impl Taker {
    fn take(&mut self, bill: Bill<'_>) -> Result<(), Failure> {
        self.skus.add(&bill).map_err(|error| too_large(&error))?;
        self.bills.push(self.writer.push(&bill)?);
        Ok(())
    }
}

/// What the usage on bills comes to, by SKU (by name for a line without one) and currency.
#[derive(Default)]
struct SkuSums {
    /// By currency and the number of the text: its place among the sums, from 1.
    places: Vec<(Currency, Vec<u32>)>,
    /// The text, the currency, the sum so far, and the last bill that has it.
    sums: Vec<(String, Currency, SkuRow, u64)>,
    bills: u64,
}

impl SkuSums {
    fn add(&mut self, bill: &Bill<'_>) -> Result<(), NumberError> {
        self.bills += 1;
        let currency = bill.currency();
        let found = self.places.iter().position(|(known, _)| *known == currency);
        let found = found.unwrap_or_else(|| {
            self.places.push((currency, Vec::new()));
            self.places.len() - 1
        });
        let places = &mut self.places[found].1;
        places.resize(bill.texts().len(), 0);
        for row in bill.rows().filter(|row| matches!(row.kind, Kind::Usage | Kind::Commitment)) {
            let id = if row.sku == 0 { row.name } else { row.sku };
            let place = &mut places[id as usize];
            if *place == 0 {
                let none = SkuRow { amount: Decimal::ZERO, bills: 0 };
                self.sums.push((bill.texts().get(id).to_owned(), currency, none, 0));
                *place = self.sums.len() as u32;
            }
            let (_, _, sum, last) = &mut self.sums[*place as usize - 1];
            sum.amount = sum.amount.checked_add(row.amount)?;
            if std::mem::replace(last, self.bills) != self.bills {
                sum.bills += 1;
            }
        }
        Ok(())
    }

    fn rows(self) -> BTreeMap<(String, Currency), SkuRow> {
        self.sums.into_iter().map(|(sku, currency, row, _)| ((sku, currency), row)).collect()
    }
}

/// What became of the lines of usage that are on no bill.
struct Fates<'r> {
    held: BTreeMap<HeldWhy<'r>, HeldLines>,
    dropped: BTreeMap<&'r str, (u64, &'r str)>,
    table: Draft,
}

/// Lays these lines down, by number.
fn lay_fates<'r>(ended: &Ended<'r>, at: &Path) -> Result<Fates<'r>, Failure> {
    let mut writer = FatesWriter::new(at)?;
    let mut kinds: BTreeMap<HeldWhy<'r>, HeldLines> = BTreeMap::new();
    let mut rules: BTreeMap<&'r str, (u64, &'r str)> = BTreeMap::new();
    let (mut held, mut dropped) = (ended.held().peekable(), ended.dropped().peekable());
    loop {
        let is_held = match (held.peek(), dropped.peek()) {
            (Some(held), Some(dropped)) => held.line < dropped.line,
            (None, None) => break,
            (held, _) => held.is_some(),
        };
        if let Some(held) = held.next_if(|_| is_held) {
            writer.push(Fate {
                line: held.line,
                held: Some(held.code),
                rule: held.rule,
                reason: &held.reason,
                customer: held.customer.as_deref(),
            })?;
            kinds.entry(HeldWhy::of(&held)).or_default().push(held);
        } else if let Some(dropped) = dropped.next() {
            let Dropped { line, rule, reason } = dropped;
            writer.push(Fate { line, held: None, rule: Some(rule), reason, customer: None })?;
            rules.entry(rule).or_insert((0, reason)).0 += 1;
        }
    }
    Ok(Fates { held: kinds, dropped: rules, table: writer.finish()? })
}

fn too_large(error: &NumberError) -> Failure {
    Failure::new(Exit::Review, "E-NUMBER", format!("the sum of a SKU: {error}"))
}
