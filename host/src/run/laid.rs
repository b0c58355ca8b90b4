//! A rated month laid down as tables, part by part; the bytes are those of a month in one part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hashbrown::HashMap;
use ratebook_line::{Currency, Decimal, Month, NumberError};
use ratebook_rating::{Bill, Counts, Dropped, Ended, Held, Kind, Noticed, Rulebook};

use super::alike;
use super::month::BillTables;
use super::rows::{HeldLines, HeldWhy, Rows, SkuRow};
use crate::failure::{Exit, Failure, Failures};
use crate::files::Draft;
use crate::rating::{self, How, Spill, Usage};
use crate::store::{BillHead, BillsReader, BillsWriter, Fate, FatesReader, FatesWriter};

/// A month whose bills are in tables, which are not yet at their places.
pub(crate) struct Laid<'r> {
    /// What is known of it without them.
    pub rows: Rows<'r>,
    /// Bills, their lines, and the fates of the other lines of usage.
    pub tables: [Draft; 3],
}

/// What is kept of a part when its bills are written and let go.
struct LaidPart<'r> {
    bills: Vec<BillHead>,
    skus: BTreeMap<(String, Currency), SkuRow>,
    held: BTreeMap<HeldWhy<'r>, HeldLines>,
    dropped: BTreeMap<&'r str, (u64, &'r str)>,
    counts: Counts,
    noticed: Noticed,
    /// Its tables; none if they are on disk already.
    tables: Option<[Draft; 3]>,
}

/// What takes the bills of a part.
struct Taker {
    writer: BillsWriter,
    bills: Vec<BillHead>,
    skus: SkuSums,
    fates: PathBuf,
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
    let (laid, tables) = if how.parts == 1 {
        let mut parts =
            rating::rate_bills(usage, rulebook, how, |_| Taker::new(month, at), Taker::take, Taker::end)?;
        let tables = parts.iter_mut().find_map(|part| part.tables.take());
        let tables = tables.ok_or_else(|| Failure::new(Exit::Internal, "E-INTERNAL", "no part"))?;
        (parts, tables)
    } else {
        let spill = Spill::new(how.spill)?;
        let tables_of = |part: u32| BillTables::in_folder(&spill.path().join(part.to_string()));
        let lines = spill.path().join("lines");
        let how = How { spill: &lines, ..how };
        let begin = |part| Taker::new(month, &tables_of(part));
        let parts = rating::rate_bills(usage, rulebook, how, begin, Taker::take, |taker, ended| {
            let mut laid = taker.end(ended)?;
            for table in laid.tables.take().into_iter().flatten() {
                table.publish()?;
            }
            Ok(laid)
        })?;
        (parts, merged(how.parts, month, tables_of, at)?)
    };
    let (mut bills, mut counts, mut noticed) = (Vec::new(), Counts::default(), Noticed::default());
    let mut held: BTreeMap<HeldWhy<'r>, HeldLines> = BTreeMap::new();
    let (mut dropped, mut skus) = (BTreeMap::new(), BTreeMap::new());
    for part in laid {
        bills.extend(part.bills);
        for (sku, row) in part.skus {
            let sum = skus.entry(sku).or_insert(SkuRow { amount: Decimal::ZERO, bills: 0 });
            sum.add(row).map_err(|error| too_large(&error))?;
        }
        part.held.into_iter().for_each(|(why, lines)| held.entry(why).or_default().add(lines));
        for (rule, (count, reason)) in part.dropped {
            dropped.entry(rule).or_insert((0, reason)).0 += count;
        }
        counts += part.counts;
        noticed = noticed.merge(&part.noticed);
    }
    // The bills of one part are by customer already.
    bills.sort_by(|one, other| one.customer.cmp(&other.customer));
    let mut warnings = noticed.warnings(rulebook, month);
    warnings.extend(alike::warnings(bills.iter().map(|bill| bill.customer.as_str())));
    Ok(Laid { rows: Rows { bills, skus, held, dropped, counts, warnings }, tables })
}

/// The tables of all parts as one: bills by customer, fates by line.
fn merged(
    parts: u32,
    month: Month,
    tables_of: impl Fn(u32) -> BillTables,
    at: &BillTables,
) -> Result<[Draft; 3], Failure> {
    let all: Vec<BillTables> = (0..parts).map(tables_of).collect();
    let mut readers = Vec::new();
    let mut next = Vec::new();
    for tables in &all {
        let mut reader = BillsReader::open(&tables.bills, &tables.lines)?;
        next.push(reader.next()?);
        readers.push(reader);
    }
    let mut writer = BillsWriter::new(month, &at.bills, &at.lines)?;
    let first = |next: &[Option<BillHead>]| {
        let there = next.iter().enumerate().filter_map(|(part, head)| Some((&head.as_ref()?.customer, part)));
        there.min().map(|(_, part)| part)
    };
    while let Some(part) = first(&next) {
        if let Some(head) = next[part].take() {
            writer.copy(&head, &mut readers[part])?;
            next[part] = readers[part].next()?;
        }
    }
    let [bills, lines] = writer.finish()?;
    let mut readers =
        all.iter().map(|tables| FatesReader::open(&tables.fates)).collect::<Result<Vec<_>, _>>()?;
    let mut writer = FatesWriter::new(&at.fates)?;
    loop {
        let mut least: Option<(u64, usize)> = None;
        for (part, reader) in readers.iter_mut().enumerate() {
            if let Some(line) = reader.peek()? {
                least = Some(least.map_or((line, part), |least| least.min((line, part))));
            }
        }
        let Some((_, part)) = least else { break };
        if let Some(fate) = readers[part].next()? {
            writer.push(fate)?;
        }
    }
    Ok([bills, lines, writer.finish()?])
}

impl Taker {
    fn new(month: Month, at: &BillTables) -> Result<Taker, Failure> {
        let writer = BillsWriter::new(month, &at.bills, &at.lines)?;
        Ok(Taker { writer, bills: Vec::new(), skus: SkuSums::default(), fates: at.fates.clone() })
    }

    fn take(&mut self, bill: Bill<'_>) -> Result<(), Failure> {
        self.skus.add(&bill).map_err(|error| too_large(&error))?;
        self.bills.push(self.writer.push(&bill)?);
        Ok(())
    }

    fn end<'r>(self, ended: Ended<'r>) -> Result<LaidPart<'r>, Failure> {
        let [heads, lines] = self.writer.finish()?;
        let Ended { held, dropped, counts, noticed, .. } = ended;
        let fates = lay_fates(&held, &dropped, &self.fates)?;
        let mut kinds: BTreeMap<HeldWhy<'r>, HeldLines> = BTreeMap::new();
        held.into_iter().for_each(|held| kinds.entry(HeldWhy::of(&held)).or_default().push(held));
        let mut rules: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
        for dropped in dropped {
            rules.entry(dropped.rule).or_insert((0, dropped.reason)).0 += 1;
        }
        Ok(LaidPart {
            bills: self.bills,
            skus: self.skus.rows(),
            held: kinds,
            dropped: rules,
            counts,
            noticed,
            tables: Some([heads, lines, fates]),
        })
    }
}

/// What the usage on bills comes to, by SKU (by name for a line without one) and currency.
#[derive(Default)]
struct SkuSums {
    /// By the number of the text: its place among the sums.
    places: HashMap<(u32, Currency), usize>,
    /// The text, the currency, the sum so far, and the last bill that has it.
    sums: Vec<(String, Currency, SkuRow, u64)>,
    bills: u64,
}

impl SkuSums {
    fn add(&mut self, bill: &Bill<'_>) -> Result<(), NumberError> {
        self.bills += 1;
        let currency = bill.currency();
        for row in bill.rows().filter(|row| matches!(row.kind, Kind::Usage | Kind::Commitment)) {
            let id = if row.sku == 0 { row.name } else { row.sku };
            let place = *self.places.entry((id, currency)).or_insert_with(|| {
                let none = SkuRow { amount: Decimal::ZERO, bills: 0 };
                self.sums.push((bill.texts().get(id).to_owned(), currency, none, 0));
                self.sums.len() - 1
            });
            let (_, _, sum, last) = &mut self.sums[place];
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

/// The lines of usage that are on no bill, by number.
fn lay_fates(held: &[Held<'_>], dropped: &[Dropped<'_>], at: &Path) -> Result<Draft, Failure> {
    let mut writer = FatesWriter::new(at)?;
    let (mut held, mut dropped) = (held.iter().peekable(), dropped.iter().peekable());
    loop {
        let is_held = match (held.peek(), dropped.peek()) {
            (Some(held), Some(dropped)) => held.line < dropped.line,
            (held, dropped) if held.is_none() && dropped.is_none() => break,
            (held, _) => held.is_some(),
        };
        let fate = match is_held {
            true => held.next().map(|held| Fate {
                line: held.line,
                held: Some(held.code),
                rule: held.rule,
                reason: &held.reason,
                customer: held.customer.as_deref(),
            }),
            false => dropped.next().map(|dropped| Fate {
                line: dropped.line,
                held: None,
                rule: Some(dropped.rule),
                reason: dropped.reason,
                customer: None,
            }),
        };
        fate.map_or(Ok(()), |fate| writer.push(fate))?;
    }
    writer.finish()
}

fn too_large(error: &NumberError) -> Failure {
    Failure::new(Exit::Review, "E-NUMBER", format!("the sum of a SKU: {error}"))
}
