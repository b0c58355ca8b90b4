//! The fingerprints of records, and which of them are there again: 24 bytes a record, and 12 more where each record must be
//! told at once.

use std::collections::BTreeMap;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::faults::Place;
use crate::fingerprint::Fingerprint;
use crate::problem::Problem;

/// How often the records are gone through at the end: each time, a part of them is sorted.
const PARTS: u64 = 4;

/// Records in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The first halves of their fingerprints, which hardly ever are the same for two records that differ.
    high: Vec<u64>,
    low: Vec<u64>,
    rows: Vec<u32>,
    /// The lines that they begin in; 0 where that is not known.
    lines: Vec<u32>,
    /// The places of records by the first halves, if each repeat is told at once.
    by_high: Option<HashTable<u32>>,
}

impl Seen {
    /// Tells each repeat at once, and keeps none.
    pub(super) fn answering() -> Seen {
        Seen { by_high: Some(HashTable::new()), ..Seen::default() }
    }

    /// Adds a record; the first one that is like it, if that is told at once.
    pub(super) fn add(&mut self, place: Place, fingerprint: Fingerprint) -> Result<Option<u64>, Problem> {
        let row = place.record;
        let (Ok(short), Ok(at)) = (u32::try_from(row), u32::try_from(self.rows.len())) else {
            return Err(Problem::data(format!(
                "record {row}: a payload may have at most {} records",
                u32::MAX
            ))
            .advise("Give it in parts."));
        };
        let halves = fingerprint.halves();
        if let Some(by_high) = &mut self.by_high {
            let (high, low) = (&self.high, &self.low);
            let of = |at: &u32| {
                let at = *at as usize;
                high.get(at).copied().zip(low.get(at).copied()).unwrap_or_default()
            };
            match by_high.entry(halves.0, |at| of(at) == halves, |at| of(at).0) {
                Entry::Occupied(first) => {
                    return Ok(self.rows.get(*first.get() as usize).map(|row| u64::from(*row)));
                }
                Entry::Vacant(free) => free.insert(at),
            };
        }
        self.high.push(halves.0);
        self.low.push(halves.1);
        self.rows.push(short);
        self.lines.push(place.line.and_then(|line| u32::try_from(line).ok()).unwrap_or_default());
        Ok(None)
    }

    /// Every record that is there again, in order, with the first that is like it.
    pub(super) fn repeats(&self) -> Vec<(Place, Place)> {
        let suspects = self.twice();
        let mut first: BTreeMap<(u64, u64), usize> = BTreeMap::new();
        let mut repeats = Vec::new();
        if suspects.is_empty() {
            return repeats;
        }
        for (at, (high, low)) in self.high.iter().zip(&self.low).enumerate() {
            if suspects.binary_search(high).is_err() {
                continue;
            }
            let first = *first.entry((*high, *low)).or_insert(at);
            if first != at {
                repeats.push((self.place(at), self.place(first)));
            }
        }
        repeats
    }

    fn place(&self, at: usize) -> Place {
        let of = |numbers: &[u32]| numbers.get(at).copied().map_or(0, u64::from);
        Place { record: of(&self.rows), line: Some(of(&self.lines)).filter(|line| *line > 0) }
    }

    /// The first halves that are there more than once, sorted.
    fn twice(&self) -> Vec<u64> {
        let (mut twice, mut part) = (Vec::new(), Vec::<u64>::new());
        for number in 0..PARTS {
            part.clear();
            part.extend(self.high.iter().filter(|high| **high >> 62 == number));
            part.sort_unstable();
            let again = part.windows(2).filter(|pair| pair.first() == pair.last());
            twice.extend(again.filter_map(|pair| pair.first()).copied());
        }
        twice.dedup();
        twice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(high: u64, low: u64) -> Fingerprint {
        Fingerprint::from_number(u128::from(high) << 64 | u128::from(low))
    }

    #[test]
    fn both_ways_find_the_same_and_half_a_fingerprint_is_not_enough() {
        let top = 1 << 63;
        let records = [(5, 1), (top, 2), (5, 2), (5, 1), (top, 2), (0, 0), (5, 2), (u64::MAX, 0), (5, 1)];
        let (mut late, mut at_once) = (Seen::default(), Seen::answering());
        let mut told = Vec::new();
        for (row, (high, low)) in (1..).zip(records) {
            let place = Place { record: row, line: Some(row + 7).filter(|_| row != 5) };
            assert_eq!(late.add(place, fingerprint(high, low)), Ok(None));
            let first = at_once.add(place, fingerprint(high, low)).unwrap();
            told.extend(first.map(|first| (row, first)));
        }
        assert_eq!(told, [(4, 1), (5, 2), (7, 3), (9, 1)]);
        let repeats = late.repeats();
        assert_eq!(repeats.iter().map(|(at, first)| (at.record, first.record)).collect::<Vec<_>>(), told);
        assert_eq!((repeats[0].0.line, repeats[0].1.line, repeats[1].0.line), (Some(11), Some(8), None));
        assert_eq!(at_once.repeats(), []);
    }

    #[test]
    fn a_record_that_cannot_be_numbered_is_refused() {
        let refused =
            Seen::default().add(Place { record: 1 << 32, line: None }, fingerprint(1, 1)).unwrap_err();
        assert_eq!(refused.message, "record 4294967296: a payload may have at most 4294967295 records");
    }
}
