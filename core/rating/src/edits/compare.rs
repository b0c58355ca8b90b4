//! Two rule sets side by side: everything that only one has, or that they say differently.

use super::books;
use super::edit::{Edit, KeyEdit, Subject};
use super::side::{change, pairs, place};
use crate::rules::definitions::Kind;
use crate::rules::flat::same;
use crate::rules::ready::Rulebook;

/// What differs between two rule sets: settings, rates, partners, customers, books with their prices, rules, bill
/// rules, each by id.
#[must_use]
pub fn edits(old: &Rulebook, new: &Rulebook) -> Vec<Edit> {
    let mut edits = Vec::new();
    let (a, b) = (&old.definitions, &new.definitions);
    let pairs = pairs(a.all(), b.all(), |x, y| a.name(x).cmp(&b.name(y)));
    for (left, right) in pairs {
        let Some((kind, id)) = left.map(|left| a.name(left)).or(right.map(|right| b.name(right))) else {
            continue;
        };
        let keys = match (left, right) {
            (Some(left), Some(right)) => {
                let keys = keys(a.keys(left), b.keys(right));
                if keys.is_empty() {
                    continue;
                }
                keys
            }
            _ => Vec::new(),
        };
        edits.push(Edit {
            subject: subject(kind, id),
            change: change(left.is_some(), right.is_some()),
            old_place: left.map(|left| place(old, left.at)),
            new_place: right.map(|right| place(new, right.at)),
            keys,
        });
    }
    books::compare(old, new, &mut edits);
    edits.sort_by(|a, b| order(&a.subject).cmp(&order(&b.subject)));
    edits
}

/// A book's own edits stand before those of its prices, which have a SKU.
fn order(subject: &Subject) -> (u8, Option<&str>, Option<&str>) {
    let kind = match subject {
        Subject::Settings => 0,
        Subject::Fx(_) => 1,
        Subject::Partner(_) => 2,
        Subject::Customer(_) => 3,
        Subject::Book(_) | Subject::BookEntry { .. } => 4,
        Subject::Rule(_) => 5,
        Subject::BillRule(_) => 6,
    };
    (kind, subject.id(), subject.sku())
}

fn subject(kind: Kind, id: &str) -> Subject {
    match kind {
        Kind::Settings => Subject::Settings,
        Kind::Fx => Subject::Fx(id.to_owned()),
        Kind::Partner => Subject::Partner(id.to_owned()),
        Kind::Customer => Subject::Customer(id.to_owned()),
        Kind::Rule => Subject::Rule(id.to_owned()),
        Kind::BillRule => Subject::BillRule(id.to_owned()),
    }
}

/// The keys of two definitions that do not say the same. Both come by key.
fn keys<'a>(
    old: impl Iterator<Item = (&'a str, &'a str)>,
    new: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<KeyEdit> {
    let (old, new): (Vec<_>, Vec<_>) = (old.collect(), new.collect());
    if old == new {
        return Vec::new();
    }
    let pairs = pairs(&old, &new, |a, b| a.0.cmp(b.0));
    let differing = pairs.into_iter().filter(|pair| match pair {
        (Some((key, a)), Some((_, b))) => !same(key, a, b),
        _ => true,
    });
    differing
        .map(|(a, b)| KeyEdit {
            key: a.or(b).map_or("", |(key, _)| key).to_owned(),
            old: a.map(|(_, value)| (*value).to_owned()),
            new: b.map(|(_, value)| (*value).to_owned()),
            months: Vec::new(),
        })
        .collect()
}
