//! Which rules could meet on a line, found without trying each against each.
//!
//! Two matchers that name the same key meet only if their values do, and two values meet only if what stands before
//! their first wildcard agrees, and what stands after their last. So rules are sorted by these texts, key by key, and
//! only those that agree in all of them are tried. What comes out may hold pairs that do not meet; it misses none.

use std::collections::BTreeSet;

use super::common::Common;
use super::when::{FIELDS, Field, Values};

/// Pairs that are tried one by one sooner than sorted once more.
const FEW: usize = 64;

/// A text that all values of a rule's key begin with (or end with, read backwards).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    text: String,
    /// Nothing follows.
    whole: bool,
}

/// One way to sort rules: by the beginnings of a key's values, or by their ends.
struct Sorting {
    /// For each rule what is known of its values; none if they may be anything.
    known: Vec<Vec<Known>>,
}

/// Rules, and the ways to sort them.
pub(super) struct Meetings {
    sortings: Vec<Sorting>,
}

/// A rule in a sorting, and the side of the search it stands on.
struct Entry<'m> {
    known: &'m Known,
    rule: usize,
    left: bool,
}

const ANYTHING: &Known = &Known { text: String::new(), whole: false };

impl Meetings {
    /// Gets rules ready. `of_group` says which sets of groups a matcher's `group` allows, as texts of which rules that
    /// meet share one; none if it may meet any.
    pub(super) fn new(rules: &[&Common], of_group: impl Fn(&Values) -> Vec<String>) -> Meetings {
        let mut sortings = Vec::new();
        let mut sort = |known: &dyn Fn(&Values) -> Vec<Known>, field: Field| {
            let of_rule = |common: &&Common| common.when.fields.get(&field).map_or_else(Vec::new, known);
            let known: Vec<Vec<Known>> = rules.iter().map(of_rule).collect();
            if known.iter().any(|known| !known.is_empty()) {
                sortings.push(Sorting { known });
            }
        };
        for (_, field) in FIELDS {
            if field == Field::Group {
                let whole = |text| Known { text, whole: true };
                sort(&|values| of_group(values).into_iter().map(whole).collect(), field);
            } else if !field.is_set() {
                sort(&|values| known(values, false), field);
                sort(&|values| known(values, true), field);
            }
        }
        Meetings { sortings }
    }

    /// Tries every pair of one rule on each side that could meet; some more than once.
    pub(super) fn each(&self, left: &[usize], right: &[usize], tried: &mut dyn FnMut(&[usize], &[usize])) {
        let sortings: Vec<&Sorting> = self.sortings.iter().collect();
        sift(left, right, &sortings, tried);
    }
}

/// What is known of each value of a key. None if something of it may be anything.
fn known(values: &Values, backwards: bool) -> Vec<Known> {
    let text = |text: &str| if backwards { text.chars().rev().collect() } else { text.to_owned() };
    let whole = values.exact.iter().map(|value| Known { text: text(value), whole: true });
    let begun = values.globs.iter().map(|glob| {
        let (start, end) = glob.literal_ends();
        Known { text: if backwards { text(&end) } else { start }, whole: false }
    });
    let known: BTreeSet<Known> = whole.chain(begun).collect();
    if known.iter().any(|known| known == ANYTHING) { Vec::new() } else { known.into_iter().collect() }
}

fn sift(left: &[usize], right: &[usize], sortings: &[&Sorting], tried: &mut dyn FnMut(&[usize], &[usize])) {
    if left.is_empty() || right.is_empty() {
        return;
    }
    let pairs = left.len().saturating_mul(right.len());
    let sorted = |sorting: &Sorting| {
        let mut remaining = 0usize;
        sorting.split(left, right, &mut |a, b| remaining = remaining.saturating_add(a.len() * b.len()));
        remaining
    };
    let best = (pairs > FEW)
        .then(|| (0..sortings.len()).map(|index| (sorted(sortings[index]), index)).min())
        .flatten()
        // A sorting that parts almost nobody is not worth its while.
        .filter(|(remaining, _)| *remaining < pairs - pairs / 8);
    let Some((_, best)) = best else {
        tried(left, right);
        return;
    };
    let others: Vec<&Sorting> =
        (0..sortings.len()).filter(|index| *index != best).map(|index| sortings[index]).collect();
    sortings[best].split(left, right, &mut |a, b| sift(&a, &b, &others, tried));
}

impl Sorting {
    /// Parts rules into those that agree: each pair that does is in some part.
    fn split(&self, left: &[usize], right: &[usize], part: &mut dyn FnMut(Vec<usize>, Vec<usize>)) {
        let mut entries = Vec::new();
        for (rules, left) in [(left, true), (right, false)] {
            for rule in rules {
                let known = &self.known[*rule];
                let known = if known.is_empty() { std::slice::from_ref(ANYTHING) } else { known };
                entries.extend(known.iter().map(|known| Entry { known, rule: *rule, left }));
            }
        }
        entries.sort_by(|a, b| a.known.cmp(b.known));
        let mut rest = entries.as_slice();
        while let Some(first) = rest.first() {
            let text = first.known.text.as_str();
            let (same, longer) = rest.split_at(rest.partition_point(|entry| entry.known.text == text));
            let (open, whole) = same.split_at(same.partition_point(|entry| !entry.known.whole));
            let below = &longer[..longer.partition_point(|entry| entry.known.text.starts_with(text))];
            let on = |entries: &[&[Entry<'_>]], left: bool| -> Vec<usize> {
                let entries = entries.iter().copied().flatten().filter(|entry| entry.left == left);
                let rules: BTreeSet<usize> = entries.map(|entry| entry.rule).collect();
                rules.into_iter().collect()
            };
            if open.iter().any(|entry| entry.left) {
                part(on(&[open], true), on(&[open, whole, below], false));
            }
            if open.iter().any(|entry| !entry.left) {
                part(on(&[whole, below], true), on(&[open], false));
            }
            if !whole.is_empty() {
                part(on(&[whole], true), on(&[whole], false));
            }
            rest = longer;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::checked::months::Months;
    use crate::rules::checked::when::When;
    use crate::rules::glob::Glob;
    use crate::rules::written::Place;
    use proptest::prelude::*;

    fn rule(fields: &[(Field, &[String])]) -> Common {
        let values = |texts: &[String]| {
            let (globs, mut exact): (Vec<String>, Vec<String>) =
                texts.iter().cloned().partition(|text| Glob::is_pattern(text));
            exact.sort();
            Values { exact, globs: globs.iter().map(|text| Glob::new(text)).collect() }
        };
        let fields = fields.iter().map(|(field, texts)| (*field, values(texts))).collect();
        Common {
            id: String::new(),
            reason: String::new(),
            when: When { fields, ..When::default() },
            months: Months::default(),
            priority: 0,
            group: None,
            currency: None,
            name: None,
            place: Place { file: 0, start: 0, end: 0 },
        }
    }

    /// The pairs that are tried of some rules, the lesser first.
    fn tried(rules: &[Common]) -> BTreeSet<(usize, usize)> {
        let commons: Vec<&Common> = rules.iter().collect();
        let all: Vec<usize> = (0..rules.len()).collect();
        let mut found = BTreeSet::new();
        Meetings::new(&commons, |_| Vec::new()).each(&all, &all, &mut |left, right| {
            let pairs = left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b)));
            found.extend(pairs.filter(|(a, b)| a < b));
        });
        found
    }

    proptest! {
        #[test]
        fn no_pair_that_meets_is_missed(
            given in proptest::collection::vec(
                (proptest::collection::vec("[ab]{0,2}[*?]?[ab]{0,2}", 0..3), proptest::collection::vec("[ab*]{1,3}", 0..3)),
                20..60,
            )
        ) {
            let of = |(sku, customer): &(Vec<String>, Vec<String>)| {
                let fields = [(Field::Sku, sku.as_slice()), (Field::Customer, customer.as_slice())];
                let fields: Vec<_> = fields.into_iter().filter(|(_, texts)| !texts.is_empty()).collect();
                rule(&fields)
            };
            let rules: Vec<Common> = given.iter().map(of).collect();
            let tried = tried(&rules);
            for b in 0..rules.len() {
                for a in 0..b {
                    let meet = rules[a].when.meets(&rules[b].when);
                    prop_assert!(!meet || tried.contains(&(a, b)), "{:?} and {:?}", given[a], given[b]);
                }
            }
        }
    }

    #[test]
    fn rules_that_cannot_meet_are_hardly_tried() {
        type Texts = fn(usize) -> [String; 2];
        let shapes: [(&str, Texts); 7] = [
            ("beginnings", |n| [format!("P{n:05}-*"), "*a*".to_owned()]),
            ("ends", |n| [format!("*-{n:05}"), "*a*".to_owned()]),
            ("names", |n| [format!("m{n}"), "*a*".to_owned()]),
            ("half names, half beginnings", |n| {
                [if n % 2 == 0 { format!("P{n:05}") } else { format!("Q{n:05}*") }, "*a*".to_owned()]
            }),
            ("one wildcard in the middle", |n| [format!("AC?-{n:05}"), "*a*".to_owned()]),
            ("two keys, each of few values", |n| [format!("*-{}", n % 100 + 100), format!("c{}", n / 100)]),
            ("two keys of patterns", |n| [format!("P{:04}*", n % 100), format!("*x{:04}", n / 100)]),
        ];
        for (name, texts) in shapes {
            let of = |n| {
                let [sku, meter] = texts(n);
                rule(&[(Field::Sku, &[sku]), (Field::Meter, &[meter])])
            };
            let rules: Vec<Common> = (0..5000).map(of).collect();
            let tried = tried(&rules).len();
            assert!(tried < 4 * rules.len(), "{name}: {tried} pairs of {} rules", rules.len());
        }
    }
}
