//! Patterns with `*` and `?`: matching a text, meeting another pattern, lying inside another pattern.

use std::collections::BTreeSet;

/// A pattern: `*` stands for any characters or none, `?` for exactly one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Glob(Vec<char>);

/// Stands for all characters that patterns do not write: they are all alike.
const UNWRITTEN: char = '\u{10ffff}';

/// Steps after which [`Glob::is_within`] gives up and says no, which is the careful answer.
const STEPS: usize = 20_000;

impl Glob {
    pub(crate) fn new(pattern: &str) -> Glob {
        let mut chars: Vec<char> = pattern.chars().collect();
        chars.dedup_by(|a, b| *a == '*' && *b == '*');
        Glob(chars)
    }

    /// True if the text has `*` or `?`, so that it is more than itself.
    pub(crate) fn is_pattern(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.matches_chars(&text.chars().collect::<Vec<char>>())
    }

    fn matches_chars(&self, text: &[char]) -> bool {
        // Greedy with one way back: on a mismatch the last star takes one character more.
        let (mut p, mut t, mut back) = (0, 0, None);
        while t < text.len() {
            match self.0.get(p) {
                Some('*') => {
                    back = Some((p, t));
                    p += 1;
                }
                Some(c) if *c == '?' || *c == text[t] => {
                    p += 1;
                    t += 1;
                }
                _ => match back {
                    Some((star, from)) => {
                        back = Some((star, from + 1));
                        p = star + 1;
                        t = from + 1;
                    }
                    None => return false,
                },
            }
        }
        self.0[p..].iter().all(|c| *c == '*')
    }

    /// What stands before the first wildcard, and after the last.
    pub(crate) fn literal_ends(&self) -> (String, String) {
        let start: String = self.0.iter().take_while(|c| literal(c)).collect();
        let end: Vec<char> = self.0.iter().rev().take_while(|c| literal(c)).copied().collect();
        (start, end.into_iter().rev().collect())
    }

    /// The texts between its wildcards.
    pub(crate) fn literals(&self) -> impl Iterator<Item = String> {
        self.0.split(|c| !literal(c)).filter(|run| !run.is_empty()).map(|run| run.iter().collect())
    }

    /// True if some text matches both patterns.
    pub(crate) fn meets(&self, other: &Glob) -> bool {
        let (a, b) = (&self.0, &other.0);
        // Most patterns differ before their first or after their last wildcard.
        let differ = |pair: (&char, &char)| pair.0 != pair.1;
        let starts = a.iter().take_while(|c| literal(c)).zip(b.iter().take_while(|c| literal(c)));
        let ends = a.iter().rev().take_while(|c| literal(c)).zip(b.iter().rev().take_while(|c| literal(c)));
        if starts.into_iter().any(differ) || ends.into_iter().any(differ) {
            return false;
        }
        // reach[i][j]: the rest of `a` from i meets the rest of `b` from j.
        let mut reach = vec![vec![false; b.len() + 1]; a.len() + 1];
        for i in (0..=a.len()).rev() {
            for j in (0..=b.len()).rev() {
                let skip_a = i < a.len() && reach[i + 1][j];
                let skip_b = j < b.len() && reach[i][j + 1];
                reach[i][j] = match (a.get(i), b.get(j)) {
                    (None, None) => true,
                    (Some('*'), Some(_)) | (Some(_), Some('*')) => skip_a || skip_b,
                    (Some('*'), None) => skip_a,
                    (None, Some('*')) => skip_b,
                    (Some(x), Some(y)) => (x == y || *x == '?' || *y == '?') && reach[i + 1][j + 1],
                    _ => false,
                };
            }
        }
        reach[0][0]
    }

    /// True if every text that matches this pattern matches the other too.
    pub(crate) fn is_within(&self, other: &Glob) -> bool {
        let (a, b) = (&self.0, &other.0);
        // Most patterns do not even take one text of the other's.
        let one: Vec<char> = a.iter().map(|c| if literal(c) { *c } else { UNWRITTEN }).collect();
        if !other.matches_chars(&one) {
            return false;
        }
        let mut letters: BTreeSet<char> = a.iter().chain(b).filter(|c| literal(c)).copied().collect();
        letters.insert(UNWRITTEN);
        let mut seen = BTreeSet::new();
        let mut open = vec![(0, close(b, [0].into()))];
        while let Some((i, states)) = open.pop() {
            if seen.len() > STEPS {
                return false;
            }
            if !seen.insert((i, states.clone())) {
                continue;
            }
            let Some(c) = a.get(i) else {
                if states.contains(&b.len()) {
                    continue;
                }
                return false;
            };
            if *c == '*' {
                open.push((i + 1, states.clone()));
            }
            for letter in letters.iter().filter(|letter| matches!(c, '*' | '?') || *letter == c) {
                let next = states.iter().filter_map(|&j| match b.get(j) {
                    Some('*') => Some(j),
                    Some(d) if *d == '?' || d == letter => Some(j + 1),
                    _ => None,
                });
                let next = close(b, next.collect());
                open.push((if *c == '*' { i } else { i + 1 }, next));
            }
        }
        true
    }
}

fn literal(c: &char) -> bool {
    !matches!(c, '*' | '?')
}

/// The states with those reached by letting a star stand for nothing.
fn close(pattern: &[char], mut states: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut open: Vec<usize> = states.iter().copied().collect();
    while let Some(state) = open.pop() {
        if pattern.get(state) == Some(&'*') && states.insert(state + 1) {
            open.push(state + 1);
        }
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("MTSP-*", "MTSP-", true),
            ("MTSP-*", "MTSP", false),
            ("*-USR", "MTSP-M365E-USR", true),
            ("*-USR", "MTSP-USR-UP", false),
            ("?*", "", false),
            ("?*", "x", true),
            ("a*b*c", "abbcabc", true),
            ("a?c", "ac", false),
            ("", "", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    /// Every text of up to five letters over a small alphabet, to try two patterns against each other.
    fn texts() -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..5 {
            let until = all.len();
            for index in from..until {
                for letter in ["a", "b", "c"] {
                    all.push(format!("{}{letter}", all[index]));
                }
            }
            from = until;
        }
        all
    }

    proptest! {
        #[test]
        fn meeting_and_inclusion_agree_with_trying_every_text(p in "[ab*?]{0,4}", q in "[ab*?]{0,4}") {
            let (a, b) = (Glob::new(&p), Glob::new(&q));
            let texts = texts();
            let both = texts.iter().any(|text| a.matches(text) && b.matches(text));
            // Patterns of four characters that meet at all meet on a text of at most eight; five are
            // enough unless both force more, so only one direction is exact here.
            if both {
                prop_assert!(a.meets(&b), "{p} {q} meet");
            }
            if p.len() + q.len() <= 5 {
                prop_assert_eq!(a.meets(&b), both, "{} {}", p, q);
            }
            let inside = texts.iter().all(|text| !a.matches(text) || b.matches(text));
            if a.is_within(&b) {
                prop_assert!(inside, "{p} within {q}");
            }
            if p.len() <= 3 && q.len() <= 3 {
                prop_assert_eq!(a.is_within(&b), inside, "{} within {}", p, q);
            }
        }
    }
}
