//! A rated month laid down as tables, part by part; the bytes are those of a month in one part.

use std::collections::BTreeMap;
use std::path::Path;

use ratebook_line::{Currency, Decimal, Month, NumberError};
use ratebook_rating::{Bill, Counts, Dropped, Held, Kind, Noticed, Rated, Rulebook};

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

/// Rates a month and lays its bills down as tables.
///
/// # Errors
/// Those of [`rating::rate_each`]; what cannot be written.
pub(crate) fn lay_down<'r>(
    usage: &Usage,
    rulebook: &'r Rulebook,
    how: How<'_>,
    at: &BillTables,
) -> Result<Laid<'r>, Failures> {
    let month = usage.month;
    let (laid, tables) = if how.parts == 1 {
        let mut parts = rating::rate_each(usage, rulebook, how, |_, rated| LaidPart::new(rated, month, at))?;
        let tables = parts.iter_mut().find_map(|part| part.tables.take());
        let tables = tables.ok_or_else(|| Failure::new(Exit::Internal, "E-INTERNAL", "no part"))?;
        (parts, tables)
    } else {
        let spill = Spill::new(how.spill)?;
        let tables_of = |part: u32| BillTables::in_folder(&spill.path().join(part.to_string()));
        let lines = spill.path().join("lines");
        let parts = rating::rate_each(usage, rulebook, How { spill: &lines, ..how }, |part, rated| {
            let mut laid = LaidPart::new(rated, month, &tables_of(part))?;
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
            add_sku(&mut skus, sku, row)?;
        }
        part.held.into_iter().for_each(|(why, lines)| held.entry(why).or_default().add(lines));
        for (rule, (count, reason)) in part.dropped {
            dropped.entry(rule).or_insert((0, reason)).0 += count;
        }
        counts += part.counts;
        noticed = noticed.merge(&part.noticed);
    }
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

impl<'r> LaidPart<'r> {
    /// Writes the bills of a part and what became of its other lines, and keeps what stands for them.
    fn new(rated: &Rated<'r>, month: Month, at: &BillTables) -> Result<LaidPart<'r>, Failure> {
        let mut writer = BillsWriter::new(month, &at.bills, &at.lines)?;
        let mut bills = Vec::with_capacity(rated.bills().len());
        let mut skus = BTreeMap::new();
        for bill in rated.bills() {
            bills.push(writer.push(&bill)?);
            for (sku, amount) in skus_of(&bill)? {
                add_sku(&mut skus, (sku.to_owned(), bill.currency()), SkuRow { amount, bills: 1 })?;
            }
        }
        let [heads, lines] = writer.finish()?;
        let (held, dropped) = (rated.held(), rated.dropped());
        let fates = lay_fates(&held, &dropped, &at.fates)?;
        let mut kinds: BTreeMap<HeldWhy<'r>, HeldLines> = BTreeMap::new();
        held.into_iter().for_each(|held| kinds.entry(HeldWhy::of(&held)).or_default().push(held));
        let mut rules: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
        for dropped in dropped {
            rules.entry(dropped.rule).or_insert((0, dropped.reason)).0 += 1;
        }
        Ok(LaidPart {
            bills,
            skus,
            held: kinds,
            dropped: rules,
            counts: rated.counts(),
            noticed: rated.noticed(),
            tables: Some([heads, lines, fates]),
        })
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

/// What the usage on a bill comes to by SKU.
fn skus_of<'b>(bill: &Bill<'b>) -> Result<BTreeMap<&'b str, Decimal>, Failure> {
    let mut sums: BTreeMap<&str, Decimal> = BTreeMap::new();
    for line in bill.lines().filter(|line| matches!(line.kind, Kind::Usage | Kind::Commitment)) {
        let sum = sums.entry(line.sku.unwrap_or(line.name)).or_insert(Decimal::ZERO);
        *sum = sum.checked_add(line.amount).map_err(|error| too_large(&error))?;
    }
    Ok(sums)
}

fn add_sku(
    skus: &mut BTreeMap<(String, Currency), SkuRow>,
    sku: (String, Currency),
    row: SkuRow,
) -> Result<(), Failure> {
    let sum = skus.entry(sku).or_insert(SkuRow { amount: Decimal::ZERO, bills: 0 });
    sum.add(row).map_err(|error| too_large(&error))
}

fn too_large(error: &NumberError) -> Failure {
    Failure::new(Exit::Review, "E-NUMBER", format!("the sum of a SKU: {error}"))
}
