//! Two rule sets side by side, as far as every comparison of them needs it.

use std::cmp::Ordering;

use super::edit::{Change, FilePlace};
use crate::rules::definitions::At;
use crate::rules::ready::Rulebook;

pub(super) fn change(old: bool, new: bool) -> Change {
    match (old, new) {
        (false, _) => Change::Added,
        (true, false) => Change::Removed,
        (true, true) => Change::Changed,
    }
}

pub(crate) fn place(rulebook: &Rulebook, at: At) -> FilePlace {
    let file = rulebook.files().get(at.file as usize).cloned().unwrap_or_default();
    FilePlace { file, line: at.line }
}

/// Two sorted lists side by side: what is in both stands together.
pub(super) fn pairs<'a, 'b, A, B>(
    a: &'a [A],
    b: &'b [B],
    compare: impl Fn(&A, &B) -> Ordering,
) -> Vec<(Option<&'a A>, Option<&'b B>)> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut pairs = Vec::new();
    loop {
        let order = match (a.peek(), b.peek()) {
            (Some(left), Some(right)) => compare(left, right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return pairs,
        };
        let left = if order.is_le() { a.next() } else { None };
        let right = if order.is_ge() { b.next() } else { None };
        pairs.push((left, right));
    }
}
