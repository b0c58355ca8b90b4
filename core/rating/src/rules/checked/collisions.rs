//! Rules that collide, gathered into groups: many that all collide with each other are one mistake, not thousands.

use std::collections::{BTreeMap, BTreeSet};

use super::common::Common;
use crate::rules::written::Place;

/// Pairs of a group that are named.
pub(super) const NAMED: usize = 20;

/// Rules that collide, directly or through others.
pub(super) struct Group<'r> {
    /// In the order of the files.
    pub(super) rules: Vec<&'r Common>,
    /// Some of the pairs, in the order of the files.
    pub(super) pairs: Vec<[&'r Common; 2]>,
    /// There may be more pairs than those.
    pub(super) more: bool,
}

/// The collisions found so far.
#[derive(Default)]
pub(super) struct Collisions<'r> {
    rules: Vec<&'r Common>,
    numbers: BTreeMap<Place, usize>,
    /// For each rule one that it collides with, or itself: followed to its end, the group.
    into: Vec<usize>,
    /// The pairs of each group, at its end.
    pairs: Vec<BTreeSet<[usize; 2]>>,
}

impl<'r> Collisions<'r> {
    /// The number by which a rule is known here.
    pub(super) fn number(&mut self, rule: &'r Common) -> usize {
        *self.numbers.entry(rule.place).or_insert_with(|| {
            self.rules.push(rule);
            self.into.push(self.rules.len() - 1);
            self.pairs.push(BTreeSet::new());
            self.rules.len() - 1
        })
    }

    /// True if one more collision of two rules would tell nothing new.
    pub(super) fn is_told(&mut self, [a, b]: [usize; 2]) -> bool {
        let group = self.group(a);
        group == self.group(b)
            && (self.pairs[group].len() >= NAMED || self.pairs[group].contains(&[a.min(b), a.max(b)]))
    }

    /// The same of every two of some rules.
    pub(super) fn are_told(&mut self, mut rules: impl Iterator<Item = usize>) -> bool {
        let Some(first) = rules.next() else { return true };
        let group = self.group(first);
        self.pairs[group].len() >= NAMED && rules.all(|rule| self.group(rule) == group)
    }

    /// Notes that two rules collide.
    pub(super) fn add(&mut self, [a, b]: [usize; 2]) {
        let (group, other) = (self.group(a), self.group(b));
        if group != other {
            let mut moved = std::mem::take(&mut self.pairs[other]);
            self.pairs[group].append(&mut moved);
            self.into[other] = group;
        }
        self.pairs[group].insert([a.min(b), a.max(b)]);
    }

    fn group(&mut self, mut rule: usize) -> usize {
        while self.into[rule] != rule {
            self.into[rule] = self.into[self.into[rule]];
            rule = self.into[rule];
        }
        rule
    }

    /// The groups, in the order of the files.
    pub(super) fn groups(mut self) -> Vec<Group<'r>> {
        let mut members: BTreeMap<usize, Vec<&'r Common>> = BTreeMap::new();
        for rule in 0..self.rules.len() {
            members.entry(self.group(rule)).or_default().push(self.rules[rule]);
        }
        let mut groups = Vec::new();
        for (group, mut rules) in members {
            if rules.len() < 2 {
                continue;
            }
            rules.sort_by_key(|rule| rule.place);
            let in_order = |[a, b]: &[usize; 2]| {
                let pair = [self.rules[*a], self.rules[*b]];
                if pair[0].place < pair[1].place { pair } else { [pair[1], pair[0]] }
            };
            let mut pairs: Vec<[&Common; 2]> = self.pairs[group].iter().map(in_order).collect();
            pairs.sort_by_key(|[first, second]| (second.place, first.place));
            let more = pairs.len() >= NAMED;
            pairs.truncate(NAMED);
            groups.push(Group { rules, pairs, more });
        }
        groups.sort_by_key(|group| group.rules[0].place);
        groups
    }
}
