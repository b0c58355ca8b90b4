//! Whose bill moves: one usage under two rule sets, or two months under one.
//!
//! Both sides are rated as a run rates them, part by part, and compared bill by bill. A part holds the same customers on
//! both sides, so memory is bounded by a part and by what moves. Nothing is written.

mod bills;
mod fates;
mod git;
mod limits;
mod rule_set;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use ratebook_line::{Currency, Decimal, NumberError};
use ratebook_rating::{Bill, Edit, Edits, Rated, Rulebook, RunError};

pub(crate) use bills::{BillMove, BillSide, LineMove, LineSide, pairs};
pub(crate) use fates::{Fate, FateMove, OffBill};
pub(crate) use limits::{Limit, Metric};
pub(crate) use rule_set::{RuleSet, RuleSource};

use crate::failure::{Exit, Failure, Failures};
use crate::rating::{How, Sorted, Usage, each_part, rate_failures};
use crate::terminal::Voice;
use bills::{Causes, Compared};
use fates::OffBy;

/// One side of a comparison: usage and rules.
#[derive(Clone, Copy)]
pub(crate) struct Side<'s> {
    /// The lines.
    pub usage: &'s Usage,
    /// The rules; they hold what cannot be priced.
    pub rules: &'s Rulebook,
    /// What the side is called: `rules of git main (1a2b3c4)`.
    pub title: &'s str,
}

/// What is compared, and how much of it is kept.
pub(crate) struct Job<'j> {
    /// Before and after.
    pub sides: [Side<'j>; 2],
    /// How many lines are rated at once.
    pub part_lines: u64,
    /// A folder for lines sorted into parts.
    pub spill: &'j Path,
    /// Set to true to stop soon.
    pub cancel: &'j AtomicBool,
    /// Who says what is being done.
    pub voice: &'j Voice,
    /// Only these customers; all if empty.
    pub customers: &'j [String],
    /// True to keep the lines of bills that move.
    pub lines: bool,
}

/// What moves between two sides.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// What differs between the two rule sets.
    pub edits: Vec<Edit>,
    /// What each edit does, in the order of the edits; the last entry is what no edit is about.
    pub effects: Vec<Effect>,
    /// How many customers have a bill on either side.
    pub bills: u64,
    /// Those whose bill moves, the largest difference first.
    pub moved: Vec<BillMove>,
    /// Customers whose bill says the same amounts in other words.
    pub reworded: Vec<String>,
    /// Sums by currency.
    pub totals: BTreeMap<Currency, Totals>,
    /// What newly waits, is dropped or cannot be priced, and what no longer.
    pub fates: Vec<FateMove>,
    /// Lines of usage on each side.
    pub lines: [u64; 2],
    /// Lines on each side that cannot be priced.
    pub unpriced: [u64; 2],
}

/// The bills of one currency, before and after.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    /// Decimal places.
    pub places: u32,
    /// Sums.
    pub sums: [Decimal; 2],
    /// How many bills.
    pub bills: [u64; 2],
    /// How many of them move.
    pub moved: u64,
}

/// What one edit does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effect {
    /// How many bills have a line that moved with it.
    pub bills: u64,
    /// What these lines moved by.
    pub difference: BTreeMap<Currency, (u32, Decimal)>,
    /// True if some of these lines moved with other edits too, so that their difference is in several effects.
    pub shared: bool,
}

/// What a part has to say.
#[derive(Default)]
struct Part {
    comparison: Comparison,
    off_bill: [OffBill; 2],
}

/// Compares two sides.
///
/// # Errors
/// Lines that are damaged, what cannot be read or written, what rules cannot price even if they may hold.
pub(crate) fn compare(job: &Job<'_>, edits: &Edits) -> Result<Comparison, Failures> {
    let [old, new] = job.sides;
    let parts = old.usage.parts(job.part_lines)?.max(new.usage.parts(job.part_lines)?);
    let (spill_old, spill_new) = (job.spill.join("old"), job.spill.join("new"));
    let before = Sorted::new(old.usage, old.rules, how(job, parts, &spill_old))?;
    let after = Sorted::new(new.usage, new.rules, how(job, parts, &spill_new))?;
    let same_usage = old.usage == new.usage;
    let compared =
        each_part(parts, |part| {
            let (before, after) = (before.rate(part)?, after.rate(part)?);
            Ok(match (before, after) {
                (Ok(before), Ok(after)) => Ok(compare_part(job, edits, &before, &after, same_usage)
                    .map_err(|error| too_large(&error))?),
                (Err(error), _) => Err((0, error)),
                (_, Err(error)) => Err((1, error)),
            })
        })?;
    let empty = Part { comparison: Comparison::new(edits), ..Part::default() };
    let all = all_told(job, compared)?
        .into_iter()
        .try_fold(empty, Part::merge)
        .map_err(|error| too_large(&error))?;
    let mut comparison = all.comparison;
    comparison.edits = edits.all().to_vec();
    comparison.fates = fates::moves(&all.off_bill[0], &all.off_bill[1], same_usage);
    comparison.unpriced = [all.off_bill[0].unpriced(), all.off_bill[1].unpriced()];
    comparison.reworded.sort();
    comparison.moved.sort_by(|one, other| {
        let size = |moved: &BillMove| moved.difference().map(Decimal::abs);
        size(other).cmp(&size(one)).then_with(|| one.customer.cmp(&other.customer))
    });
    Ok(comparison)
}

/// All parts, or everything that stands in the way, with the side that it stands on.
fn all_told(job: &Job<'_>, parts: Vec<Result<Part, (usize, RunError)>>) -> Result<Vec<Part>, Failures> {
    let (mut compared, mut told) = (Vec::new(), [const { Vec::<RunError>::new() }; 2]);
    for part in parts {
        match part {
            Ok(part) => compared.push(part),
            Err((side, error)) => told[side].push(error),
        }
    }
    let mut failures = Vec::new();
    for (side, errors) in job.sides.iter().zip(told) {
        let Some(error) = errors.into_iter().reduce(RunError::merge) else { continue };
        let told = rate_failures(&error, side.usage).0.into_iter();
        failures.extend(told.map(|failure| failure.note(format!("So it is with the {}.", side.title))));
    }
    if failures.is_empty() { Ok(compared) } else { Err(Failures(failures)) }
}

fn how<'h>(job: &Job<'h>, parts: u32, spill: &'h Path) -> How<'h> {
    How { parts, spill, cancel: job.cancel, voice: job.voice }
}

fn too_large(error: &NumberError) -> Failure {
    Failure::new(Exit::Review, "E-NUMBER", format!("the sum of the bills: {error}"))
}

fn compare_part(
    job: &Job<'_>,
    edits: &Edits,
    old: &Rated<'_>,
    new: &Rated<'_>,
    same_usage: bool,
) -> Result<Part, NumberError> {
    let mut comparison = Comparison::new(edits);
    comparison.lines = [old.counts().lines, new.counts().lines];
    let mut customers: BTreeMap<&str, [Option<Bill<'_>>; 2]> = BTreeMap::new();
    for (side, rated) in [old, new].into_iter().enumerate() {
        for bill in rated.bills() {
            if job.customers.is_empty() || job.customers.iter().any(|customer| customer == bill.customer()) {
                customers.entry(bill.customer()).or_default()[side] = Some(bill);
            }
        }
    }
    let off_by = if same_usage { OffBy::of([old, new], edits) } else { OffBy::default() };
    let causes = Causes { edits, off_by };
    for (customer, [old, new]) in customers {
        comparison.bills += 1;
        let compared = bills::compare(old, new, &causes, same_usage);
        let moves = matches!(compared, Compared::Moved(_));
        comparison.add_totals(old, new, moves)?;
        match compared {
            Compared::Same => {}
            Compared::Reworded => comparison.reworded.push(customer.to_owned()),
            Compared::Moved(mut moved) => {
                comparison.add_effects(&moved)?;
                if !job.lines {
                    moved.lines = Vec::new();
                }
                comparison.moved.push(moved);
            }
        }
    }
    Ok(Part { comparison, off_bill: [OffBill::of(old), OffBill::of(new)] })
}

impl Part {
    fn merge(mut self, other: Part) -> Result<Part, NumberError> {
        let [old, new] = self.off_bill;
        let [other_old, other_new] = other.off_bill;
        self.off_bill = [old.merge(other_old), new.merge(other_new)];
        let (own, theirs) = (&mut self.comparison, other.comparison);
        own.bills += theirs.bills;
        own.moved.extend(theirs.moved);
        own.reworded.extend(theirs.reworded);
        for (lines, more) in own.lines.iter_mut().zip(theirs.lines) {
            *lines += more;
        }
        for (currency, totals) in theirs.totals {
            let sum = own.totals.entry(currency).or_insert(Totals::none(totals.places));
            for side in 0..2 {
                sum.sums[side] = sum.sums[side].checked_add(totals.sums[side])?;
                sum.bills[side] += totals.bills[side];
            }
            sum.moved += totals.moved;
        }
        for (effect, more) in own.effects.iter_mut().zip(theirs.effects) {
            effect.bills += more.bills;
            effect.shared |= more.shared;
            for (currency, (places, difference)) in more.difference {
                effect.add(currency, places, difference)?;
            }
        }
        Ok(self)
    }
}

impl Comparison {
    fn new(edits: &Edits) -> Comparison {
        Comparison { effects: vec![Effect::default(); edits.all().len() + 1], ..Comparison::default() }
    }

    fn add_totals(
        &mut self,
        old: Option<Bill<'_>>,
        new: Option<Bill<'_>>,
        moves: bool,
    ) -> Result<(), NumberError> {
        let mut currencies = BTreeSet::new();
        for (side, bill) in [old, new].into_iter().enumerate() {
            let Some(bill) = bill else { continue };
            let totals = self.totals.entry(bill.currency()).or_insert(Totals::none(bill.places()));
            totals.bills[side] += 1;
            totals.sums[side] = totals.sums[side].checked_add(bill.total())?;
            // A bill that changes its currency moves in both.
            totals.moved += u64::from(moves && currencies.insert(bill.currency()));
        }
        Ok(())
    }

    fn add_effects(&mut self, moved: &BillMove) -> Result<(), NumberError> {
        let none = self.effects.len() - 1;
        let mut touched = BTreeSet::new();
        for line in &moved.lines {
            let causes: Vec<usize> =
                if line.edits.is_empty() { vec![none] } else { line.edits.iter().copied().collect() };
            for cause in &causes {
                let effect = &mut self.effects[*cause];
                effect.shared |= causes.len() > 1;
                effect.bills += u64::from(touched.insert(*cause));
                for (bill, side, is_old) in [(moved.old, &line.old, true), (moved.new, &line.new, false)] {
                    if let (Some(bill), Some(side)) = (bill, side) {
                        let amount = if is_old { -side.amount } else { side.amount };
                        effect.add(bill.currency, bill.places, amount)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Totals {
    fn none(places: u32) -> Totals {
        Totals { places, sums: [Decimal::ZERO; 2], bills: [0; 2], moved: 0 }
    }
}

impl Effect {
    fn add(&mut self, currency: Currency, places: u32, amount: Decimal) -> Result<(), NumberError> {
        let sum = &mut self.difference.entry(currency).or_insert((places, Decimal::ZERO)).1;
        *sum = sum.checked_add(amount)?;
        Ok(())
    }
}
