//! What a session ends in: bills, and what became of every line.

use ratebook_line::Month;

use crate::bill::{Bill, Laid};
use crate::outcome::{Counts, Dropped, Fate, Held};
use crate::rules::problem::Warning;
use crate::settled::Settled;
use crate::warnings::Noticed;

/// The bills of a month, or of some partitions of it.
#[derive(Debug)]
pub struct Rated<'r> {
    pub(crate) parts: Vec<Part<'r>>,
    /// Part and bill, by customer.
    order: Vec<(usize, usize)>,
}

/// What one session ended in.
#[derive(Debug)]
pub(crate) struct Part<'r> {
    pub(crate) settled: Settled<'r>,
    pub(crate) laid: Laid,
    pub(crate) noticed: Noticed,
}

impl Part<'_> {
    fn bill(&self, index: usize) -> Bill<'_> {
        Bill { settled: &self.settled, laid: &self.laid, record: &self.laid.bills[index] }
    }
}

/// Whom the bill is for that is in a part at a place; bills are in the order of it.
fn customer_at<'p>(parts: &'p [Part<'_>], (part, bill): (usize, usize)) -> &'p str {
    parts[part].bill(bill).customer()
}

impl<'r> Rated<'r> {
    pub(crate) fn of(part: Part<'r>) -> Rated<'r> {
        Rated::join(vec![part])
    }

    /// Several partitions of one month as one.
    #[must_use]
    pub fn merge(rated: impl IntoIterator<Item = Rated<'r>>) -> Rated<'r> {
        Rated::join(rated.into_iter().flat_map(|rated| rated.parts).collect())
    }

    fn join(parts: Vec<Part<'r>>) -> Rated<'r> {
        let mut order: Vec<(usize, usize)> = parts
            .iter()
            .enumerate()
            .flat_map(|(p, part)| (0..part.laid.bills.len()).map(move |b| (p, b)))
            .collect();
        order.sort_by_key(|place| customer_at(&parts, *place));
        Rated { parts, order }
    }

    /// The billed month.
    #[must_use]
    pub fn month(&self) -> Option<Month> {
        self.parts.first().map(|part| part.settled.state.month)
    }

    /// The bills, by customer id.
    pub fn bills(&self) -> impl ExactSizeIterator<Item = Bill<'_>> {
        self.order.iter().map(|(part, bill)| self.parts[*part].bill(*bill))
    }

    /// The bill of a customer (or partner, if those are billed).
    #[must_use]
    pub fn bill(&self, customer: &str) -> Option<Bill<'_>> {
        let found = self.order.binary_search_by(|place| customer_at(&self.parts, *place).cmp(customer));
        let (part, bill) = self.order[found.ok()?];
        Some(self.parts[part].bill(bill))
    }

    /// The lines that wait, by number. They outlive the bills.
    #[must_use]
    pub fn held(&self) -> Vec<Held<'r>> {
        let mut held: Vec<Held<'r>> = self.parts.iter().flat_map(|part| part.settled.state.held()).collect();
        held.sort_by_key(|held| held.line);
        held
    }

    /// The lines that rules dropped, by number. They outlive the bills.
    #[must_use]
    pub fn dropped(&self) -> Vec<Dropped<'r>> {
        let mut dropped: Vec<Dropped<'r>> =
            self.parts.iter().flat_map(|part| part.settled.state.dropped()).collect();
        dropped.sort_by_key(|dropped| dropped.line);
        dropped
    }

    /// How many lines there were, and what became of them.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for part in &self.parts {
            counts += part.settled.state.counts();
        }
        counts
    }

    /// What became of every input line, by number.
    #[must_use]
    pub fn fates(&self) -> Vec<(u64, Fate)> {
        let mut fates = Vec::with_capacity(usize::try_from(self.counts().lines).unwrap_or(0));
        for (bill, view) in self.bills().enumerate() {
            for (line, view) in view.lines().enumerate() {
                fates.extend(view.sources.iter().map(|source| (*source, Fate::Priced { bill, line })));
            }
        }
        fates.extend(self.held().iter().enumerate().map(|(index, held)| (held.line, Fate::Held(index))));
        let dropped = self.dropped();
        fates.extend(dropped.iter().enumerate().map(|(index, dropped)| (dropped.line, Fate::Dropped(index))));
        fates.sort_by_key(|(line, _)| *line);
        fates
    }

    /// What is worth a look in this month.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let state = self.parts.first().map(|part| &part.settled.state);
        state.map(|state| self.noticed().warnings(state.rulebook, state.month)).unwrap_or_default()
    }

    /// What warnings are made of, to be merged with that of other partitions.
    #[must_use]
    pub fn noticed(&self) -> Noticed {
        self.parts.iter().fold(Noticed::default(), |all, part| all.merge(&part.noticed))
    }
}
