//! What stands on the bills of a closed month once later rules have decided what waited in it.
//!
//! Each line of usage is decided by the first rule set of a chain that does not hold it: the rules that the month was
//! closed with, then those kept with each adjustment of it, then today's. So what was billed stays as it was billed,
//! whatever the rules are by now. Of a later rule set only bill lines count that hold usage which it is the first to
//! decide; what is on a whole bill (fees, minimums, discounts) is that of the rules that the month was closed with.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::{Currency, Decimal};
use ratebook_rating::{Bill, BillLine, Kind, Rated, Rulebook};

use crate::failure::{Exit, Failure, Failures};
use crate::rating::{self, How, Sorted, Usage, rate_failures};

/// A rule set of the chain. It holds what it cannot price.
#[derive(Debug)]
pub(crate) struct RuleSet {
    /// The rules.
    pub rules: Rulebook,
    /// What they are called: `rules kept with the adjustments of 2026-04`.
    pub title: String,
}

/// Usage, and by which rule sets it is decided.
pub(super) struct Decided<'s> {
    usage: &'s Usage,
    /// The rule sets that decide anything, each with the lines that it is the first to decide; of the first set that is
    /// whatever it does not hold, and it is not listed.
    stages: Vec<(&'s RuleSet, BTreeSet<u64>)>,
    /// The lines that wait after all of them.
    pub waiting: BTreeSet<u64>,
}

/// The bill of a customer as it stands.
pub(super) struct Standing<'a> {
    /// The currency of its amounts.
    pub currency: Currency,
    /// Decimal places of its amounts.
    pub places: u32,
    /// Its lines.
    pub lines: Vec<BillLine<'a>>,
    /// The place of each on the bill as it was closed; none of what was decided later.
    pub at: Vec<Option<u64>>,
}

impl<'s> Decided<'s> {
    /// Finds which rule set decides which lines.
    ///
    /// # Errors
    /// What cannot be read; what rules cannot price even though they may hold.
    pub(super) fn new(
        how: How<'_>,
        usage: &'s Usage,
        sets: impl IntoIterator<Item = &'s RuleSet>,
    ) -> Result<Decided<'s>, Failures> {
        let mut decided = Decided { usage, stages: Vec::new(), waiting: BTreeSet::new() };
        for (stage, set) in sets.into_iter().enumerate() {
            // Rules that may have nothing to say of a month so old are not asked if nothing waits for them.
            if stage > 0 && decided.waiting.is_empty() {
                break;
            }
            let held = rating::rate_each(usage, &set.rules, how, |_, rated| {
                Ok(rated.held().iter().map(|held| held.line).collect::<Vec<_>>())
            });
            let held: BTreeSet<u64> =
                held.map_err(|failures| noted(failures, set))?.into_iter().flatten().collect();
            decided.take(stage, set, held);
        }
        Ok(decided)
    }

    /// Takes what the next rule set holds; false if it decides nothing.
    fn take(&mut self, stage: usize, set: &'s RuleSet, held: BTreeSet<u64>) -> bool {
        let mut first = BTreeSet::new();
        if stage == 0 {
            self.waiting = held;
        } else {
            first = self.waiting.difference(&held).copied().collect();
            self.waiting.retain(|line| held.contains(line));
        }
        let decides = stage == 0 || !first.is_empty();
        if decides {
            self.stages.push((set, first));
        }
        decides
    }

    /// How many lines waited under the first rules and do not any more.
    pub(super) fn later(&self) -> u64 {
        self.stages.iter().map(|(_, first)| first.len() as u64).sum()
    }

    /// The lines sorted into parts, once for each rule set. `name` tells the two sides of a comparison apart on disk.
    ///
    /// # Errors
    /// What cannot be read or written.
    pub(super) fn sorted<'j>(&'j self, hows: &'j [How<'j>]) -> Result<Vec<Sorted<'j, 's>>, Failure>
    where
        's: 'j,
    {
        self.stages
            .iter()
            .zip(hows)
            .map(|((set, _), how)| Sorted::new(self.usage, &set.rules, *how))
            .collect()
    }

    /// How many rule sets decide anything.
    pub(super) fn len(&self) -> usize {
        self.stages.len()
    }

    /// Rates a part by every rule set.
    ///
    /// # Errors
    /// As for [`Sorted::rate`].
    pub(super) fn rate(&self, sorted: &[Sorted<'_, 's>], part: u32) -> Result<Vec<Rated<'s>>, Failure> {
        let rated = sorted.iter().zip(&self.stages).map(|(sorted, (set, _))| {
            sorted.rate(part)?.map_err(|error| {
                let failures = noted(rate_failures(&error, self.usage), set);
                failures
                    .0
                    .into_iter()
                    .next()
                    .unwrap_or_else(|| Failure::new(Exit::Internal, "E-INTERNAL", "no error"))
            })
        });
        rated.collect()
    }

    /// The bills of a part as they stand, by customer.
    ///
    /// # Errors
    /// If a later rule set puts usage that waited on one line with usage that was billed in another way, so that what
    /// is owed for it cannot be told.
    pub(super) fn standing<'a>(
        &self,
        rated: &'a [Rated<'s>],
    ) -> Result<BTreeMap<&'a str, Standing<'a>>, Failure> {
        let mut bills: BTreeMap<&str, Standing<'_>> = BTreeMap::new();
        for (stage, (rated, (set, first))) in rated.iter().zip(&self.stages).enumerate() {
            for bill in rated.bills() {
                if stage == 0 {
                    let lines: Vec<BillLine<'_>> = bill.lines().collect();
                    let at = (0..lines.len() as u64).map(Some).collect();
                    let (currency, places) = (bill.currency(), bill.places());
                    bills.insert(bill.customer(), Standing { currency, places, lines, at });
                    continue;
                }
                for line in bill.lines().filter(|line| line.kind == Kind::Usage) {
                    if line.sources.iter().any(|source| first.contains(source)) {
                        let standing = bills.entry(bill.customer()).or_insert_with(|| Standing::none(&bill));
                        standing.add(&bill, line, set, first)?;
                    }
                }
            }
        }
        Ok(bills)
    }
}

fn noted(failures: Failures, set: &RuleSet) -> Failures {
    let note = format!("So it is with the {}.", set.title);
    Failures(failures.0.into_iter().map(|failure| failure.note(note.clone())).collect())
}

impl<'a> Standing<'a> {
    fn none(bill: &Bill<'a>) -> Standing<'a> {
        Standing { currency: bill.currency(), places: bill.places(), lines: Vec::new(), at: Vec::new() }
    }

    /// The sum of its lines.
    pub(super) fn total(&self) -> Result<Decimal, ratebook_line::NumberError> {
        self.lines.iter().try_fold(Decimal::ZERO, |sum, line| sum.checked_add(line.amount))
    }

    /// Puts a line on the bill that holds usage which `set` is the first to decide. What was billed of the other usage
    /// in it goes: the line is for both.
    fn add(
        &mut self,
        bill: &Bill<'a>,
        line: BillLine<'a>,
        set: &RuleSet,
        first: &BTreeSet<u64>,
    ) -> Result<(), Failure> {
        let refused = |why: String| {
            let failure = Failure::new(Exit::Review, "E-ADJUSTMENT", why).note("Nothing was written.");
            failure.fix(format!(
                "Rules of their own for the usage that waited keep the two apart; these are the {}.",
                set.title
            ))
        };
        if self.currency != bill.currency() {
            let (was, is) = (self.currency, bill.currency());
            return Err(refused(format!(
                "the bill of {} was in {was} and is in {is} by now",
                bill.customer()
            )));
        }
        let billed: BTreeSet<u64> =
            line.sources.iter().filter(|source| !first.contains(source)).copied().collect();
        // A commitment of which nothing was used before is used by now.
        let is_commitment = |other: &BillLine<'_>| {
            other.kind == Kind::Commitment
                && other.rules.iter().any(|rule| line.rules.contains(rule) && set.rules.commits(rule))
        };
        let mut known: BTreeSet<u64> = BTreeSet::new();
        let mut replaced = Vec::new();
        for (index, other) in self.lines.iter().enumerate() {
            if !other.sources.iter().any(|source| billed.contains(source)) && !is_commitment(other) {
                continue;
            }
            if !other.sources.iter().all(|source| billed.contains(source)) {
                let name = &line.name;
                return Err(refused(format!(
                    "{name} of {} holds usage that waited, and a part of what was billed as {}",
                    bill.customer(),
                    other.name
                )));
            }
            known.extend(other.sources);
            replaced.push(index);
        }
        if let Some(elsewhere) = billed.iter().find(|source| !known.contains(source)) {
            return Err(refused(format!(
                "{} of {} holds usage that waited, and line {elsewhere} of the usage, which was decided otherwise: dropped, or billed to another customer",
                line.name,
                bill.customer()
            )));
        }
        let Some(&place) = replaced.first() else {
            self.lines.push(line);
            self.at.push(None);
            return Ok(());
        };
        self.lines[place] = line;
        for index in replaced.into_iter().skip(1).rev() {
            self.lines.remove(index);
            self.at.remove(index);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
