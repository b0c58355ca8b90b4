//! What newly waits, is dropped or cannot be priced, and what no longer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ratebook_rating::{Edits, Rated};

/// Why a line is on no bill.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Why {
    /// What became of it.
    pub fate: Fate,
    /// The problem's code word; nothing for what a rule does.
    pub code: Option<&'static str>,
    /// The rule, if one did it or the problem is about one.
    pub rule: Option<String>,
    /// The rule's reason; nothing for a problem.
    pub reason: String,
}

/// What became of a line that is on no bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// A rule holds it.
    Held,
    /// It has a problem: a run would stop, or hold it if the settings say so.
    Unpriced,
    /// A rule drops it.
    Dropped,
}

impl Fate {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Fate::Held => "held",
            Fate::Unpriced => "unpriced",
            Fate::Dropped => "dropped",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, &self.rule) {
            (Some(code), Some(rule)) => write!(f, "{code} (rule {rule})"),
            (Some(code), None) => f.write_str(code),
            (None, Some(rule)) => write!(f, "rule {rule}: {}", self.reason),
            (None, None) => f.write_str(&self.reason),
        }
    }
}

/// Lines that are on no bill, on one side.
#[derive(Debug, Default)]
pub(crate) struct OffBill(BTreeMap<Why, BTreeSet<u64>>);

impl OffBill {
    /// Those of a part.
    pub(crate) fn of(rated: &Rated<'_>) -> OffBill {
        let mut lines: BTreeMap<Why, BTreeSet<u64>> = BTreeMap::new();
        for held in rated.held() {
            let by_rule = held.code == "rule";
            let why = Why {
                fate: if by_rule { Fate::Held } else { Fate::Unpriced },
                code: (!by_rule).then_some(held.code),
                rule: held.rule.map(str::to_owned),
                // The reason of a problem names the line's own facts; those of a rule are the rule's.
                reason: if by_rule { held.reason.into_owned() } else { String::new() },
            };
            lines.entry(why).or_default().insert(held.line);
        }
        for dropped in rated.dropped() {
            let why = Why {
                fate: Fate::Dropped,
                code: None,
                rule: Some(dropped.rule.to_owned()),
                reason: dropped.reason.to_owned(),
            };
            lines.entry(why).or_default().insert(dropped.line);
        }
        OffBill(lines)
    }

    /// Those of several parts.
    pub(crate) fn merge(mut self, other: OffBill) -> OffBill {
        for (why, lines) in other.0 {
            self.0.entry(why).or_default().extend(lines);
        }
        self
    }

    /// How many there are, by why.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&Why, u64)> {
        self.0.iter().map(|(why, lines)| (why, lines.len() as u64))
    }

    /// How many cannot be priced.
    pub(super) fn unpriced(&self) -> u64 {
        self.counts().filter(|(why, _)| why.fate == Fate::Unpriced).map(|(_, count)| count).sum()
    }

    fn by_fate(&self) -> BTreeMap<Fate, BTreeSet<u64>> {
        let mut fates: BTreeMap<Fate, BTreeSet<u64>> = BTreeMap::new();
        for (why, lines) in &self.0 {
            fates.entry(why.fate).or_default().extend(lines);
        }
        fates
    }
}

/// The edits that a line is off the bill by, on either side: its rule was edited.
#[derive(Debug, Default)]
pub(super) struct OffBy(BTreeMap<u64, BTreeSet<usize>>);

impl OffBy {
    /// Those of a part, before and after.
    pub(super) fn of(sides: [&Rated<'_>; 2], edits: &Edits) -> OffBy {
        let mut by: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
        let mut note = |line, rule: &str| {
            let edits = edits.of_rule(rule);
            if !edits.is_empty() {
                by.entry(line).or_default().extend(edits);
            }
        };
        for rated in sides {
            rated
                .held()
                .iter()
                .filter_map(|held| Some((held.line, held.rule?)))
                .for_each(|(line, rule)| note(line, rule));
            rated.dropped().iter().for_each(|dropped| note(dropped.line, dropped.rule));
        }
        OffBy(by)
    }

    /// Those of some lines.
    pub(super) fn of_lines(&self, lines: &[u64]) -> impl Iterator<Item = usize> {
        lines.iter().filter_map(|line| self.0.get(line)).flatten().copied()
    }
}

/// Lines of one kind whose fate is not the same on both sides.
#[derive(Clone, Debug)]
pub(crate) struct FateMove {
    /// Why they are on no bill.
    pub why: Why,
    /// True if they are so after and were not before.
    pub newly: bool,
    /// How many.
    pub count: u64,
    /// The first of them, if both sides are of one usage.
    pub examples: Vec<u64>,
}

/// How many examples are named.
const EXAMPLES: usize = 3;

/// What became of lines on one side and not on the other. Lines of two different months are only counted.
pub(super) fn moves(old: &OffBill, new: &OffBill, same_usage: bool) -> Vec<FateMove> {
    let (before, after) = (old.by_fate(), new.by_fate());
    let none = BTreeSet::new();
    let mut moves = Vec::new();
    let mut look = |side: &OffBill, other: &BTreeMap<Fate, BTreeSet<u64>>, newly: bool| {
        for (why, lines) in &side.0 {
            let same = other.get(&why.fate).unwrap_or(&none);
            let only: Vec<u64> =
                lines.iter().filter(|line| !same_usage || !same.contains(line)).copied().collect();
            if !only.is_empty() {
                let examples =
                    if same_usage { only.iter().copied().take(EXAMPLES).collect() } else { Vec::new() };
                moves.push(FateMove { why: why.clone(), newly, count: only.len() as u64, examples });
            }
        }
    };
    look(new, &before, true);
    look(old, &after, false);
    if !same_usage {
        balance(&mut moves);
    }
    moves
}

/// Of two months only the difference of the counts says something.
fn balance(moves: &mut Vec<FateMove>) {
    let mut counts: BTreeMap<Why, i64> = BTreeMap::new();
    for one in moves.drain(..) {
        let count = i64::try_from(one.count).unwrap_or(i64::MAX);
        *counts.entry(one.why).or_default() += if one.newly { count } else { -count };
    }
    moves.extend(counts.into_iter().filter(|(_, count)| *count != 0).map(|(why, count)| FateMove {
        why,
        newly: count > 0,
        count: count.unsigned_abs(),
        examples: Vec::new(),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(fate: Fate, rule: &str) -> Why {
        Why { fate, code: None, rule: Some(rule.to_owned()), reason: "test".to_owned() }
    }

    fn off(lines: &[(Fate, &str, &[u64])]) -> OffBill {
        OffBill(
            lines
                .iter()
                .map(|(fate, rule, lines)| (why(*fate, rule), lines.iter().copied().collect()))
                .collect(),
        )
    }

    fn told(old: &OffBill, new: &OffBill, same_usage: bool) -> Vec<String> {
        let told = |one: &FateMove| {
            let newly = if one.newly { "newly" } else { "no longer" };
            format!("{newly} {} {} {:?}", one.why.fate.word(), one.count, one.examples)
        };
        moves(old, new, same_usage).iter().map(told).collect()
    }

    #[test]
    fn a_line_has_moved_if_its_fate_has() {
        let old = off(&[(Fate::Held, "a", &[1, 2, 3]), (Fate::Dropped, "d", &[9])]);
        // Held by another rule is still held; of many lines the first are named.
        let new = off(&[(Fate::Held, "b", &[2, 3]), (Fate::Dropped, "d", &[1, 4, 5, 6, 9])]);
        assert_eq!(told(&old, &new, true), ["newly dropped 4 [1, 4, 5]", "no longer held 1 [1]"]);
        assert_eq!(told(&old, &old, true), [""; 0]);
    }

    #[test]
    fn of_two_months_only_counts_are_compared() {
        let old = off(&[(Fate::Held, "a", &[1, 2, 3]), (Fate::Dropped, "d", &[9])]);
        let new = off(&[(Fate::Held, "a", &[7]), (Fate::Dropped, "d", &[4])]);
        assert_eq!(told(&old, &new, false), ["no longer held 2 []"]);
        assert_eq!(told(&new, &old, false), ["newly held 2 []"]);
    }
}
