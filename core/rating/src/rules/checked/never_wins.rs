//! Rules that another one of higher priority always beats.

use std::collections::{BTreeMap, BTreeSet};

use super::common::Common;
use super::conflicts::seats;
use super::sound::Checked;
use super::when::{Field, Values};
use crate::rules::problem::Warning;

/// Warns of every rule that can never act, and names the first rule that is why.
pub(super) fn never_wins(checked: &Checked) -> Vec<Warning> {
    let mut warnings = BTreeSet::new();
    for candidates in seats(checked).values() {
        let rules: Vec<&Common> = candidates.iter().map(|candidate| candidate.common).collect();
        let Some(lowest) = rules.iter().map(|rule| rule.priority).min() else { continue };
        let higher = Wider::new(rules.iter().copied().filter(|rule| rule.priority > lowest).collect());
        for loser in rules {
            if let Some(winner) = higher.first_over(loser) {
                warnings.insert(Warning {
                    code: "W-NEVER-WINS",
                    rules: vec![loser.id.clone(), winner.id.clone()],
                    line: None,
                    message: format!(
                        "rule \"{}\" can never win: \"{}\" matches all its lines with a higher priority",
                        loser.id, winner.id
                    ),
                });
            }
        }
    }
    warnings.into_iter().collect()
}

/// Rules by a text that the values of any narrower rule must hold.
///
/// A value lies inside a pattern only if it holds the pattern's texts between wildcards, so a rule is kept by the
/// longest such text of each value of one of its keys, the key by which the fewest others are kept.
struct Wider<'r> {
    rules: Vec<&'r Common>,
    /// By key and whole value, or by key and a part of it.
    by_text: BTreeMap<(Field, Text), Vec<usize>>,
    /// Those without any such text.
    others: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Text {
    Whole(String),
    Part(String),
}

/// Characters of a part that are looked at.
const PART: usize = 16;

impl<'r> Wider<'r> {
    fn new(rules: Vec<&'r Common>) -> Wider<'r> {
        let keys = |rule: &Common| -> Vec<(Field, Vec<Text>)> {
            let fields = rule.when.fields.iter();
            let texts = fields.map(|(field, values)| (*field, texts(values)));
            texts.filter(|(_, texts)| !texts.contains(&Text::Part(String::new()))).collect()
        };
        let mut sizes: BTreeMap<(Field, Text), usize> = BTreeMap::new();
        for rule in &rules {
            for (field, texts) in keys(rule) {
                for text in texts {
                    *sizes.entry((field, text)).or_default() += 1;
                }
            }
        }
        let mut by_text: BTreeMap<(Field, Text), Vec<usize>> = BTreeMap::new();
        let mut others = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let size = |(field, texts): &(Field, Vec<Text>)| -> usize {
                texts.iter().filter_map(|text| sizes.get(&(*field, text.clone()))).sum()
            };
            match keys(rule).into_iter().min_by_key(size) {
                Some((field, texts)) => {
                    for text in texts {
                        by_text.entry((field, text)).or_default().push(index);
                    }
                }
                None => others.push(index),
            }
        }
        Wider { rules, by_text, others }
    }

    /// The first rule of a higher priority that matches all that this one does.
    fn first_over(&self, loser: &Common) -> Option<&'r Common> {
        let mut candidates: BTreeSet<usize> = self.others.iter().copied().collect();
        for (field, values) in &loser.when.fields {
            let mut add = |text| candidates.extend(self.by_text.get(&(*field, text)).into_iter().flatten());
            for value in &values.exact {
                add(Text::Whole(value.clone()));
                parts(value, &mut add);
            }
            for glob in &values.globs {
                glob.literals().for_each(|run| parts(&run, &mut add));
            }
        }
        let over = |winner: &&Common| {
            winner.priority > loser.priority
                && loser.months.is_within(winner.months)
                && loser.when.is_within(&winner.when)
        };
        candidates.into_iter().map(|index| self.rules[index]).find(over)
    }
}

/// For each value the text that whatever lies inside it must hold.
fn texts(values: &Values) -> Vec<Text> {
    let longest = |glob: &crate::rules::glob::Glob| {
        let longest = glob.literals().max_by_key(|run| run.chars().count()).unwrap_or_default();
        Text::Part(longest.chars().take(PART).collect())
    };
    let whole = values.exact.iter().cloned().map(Text::Whole);
    let texts: BTreeSet<Text> = whole.chain(values.globs.iter().map(longest)).collect();
    texts.into_iter().collect()
}

/// Every part of a text, of at most as many characters as are looked at.
fn parts(text: &str, add: &mut impl FnMut(Text)) {
    let chars: Vec<char> = text.chars().collect();
    for start in 0..chars.len() {
        for end in start + 1..=chars.len().min(start + PART) {
            add(Text::Part(chars[start..end].iter().collect()));
        }
    }
}
