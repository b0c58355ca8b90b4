//! Who wins: of two rules that match one line, where only one may act.

use std::cmp::Ordering;

use super::common::Common;

/// The step that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decided {
    Priority,
    Who,
    What,
    Narrower,
}

impl Decided {
    /// Why the other one lost.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Decided::Priority => "has a lower priority than",
            Decided::Who => "says less closely who than",
            Decided::What => "says less closely what than",
            Decided::Narrower => "is wider than",
        }
    }
}

/// `Greater` if `a` wins; `None` if neither does.
pub(crate) fn compare(a: &Common, b: &Common) -> Option<(Ordering, Decided)> {
    let steps = [
        (a.priority.cmp(&b.priority), Decided::Priority),
        (a.when.who_rank().cmp(&b.when.who_rank()), Decided::Who),
        (a.when.what_rank().cmp(&b.when.what_rank()), Decided::What),
    ];
    if let Some(decided) = steps.into_iter().find(|(order, _)| order.is_ne()) {
        return Some(decided);
    }
    if a.when.is_narrower(&b.when) {
        return Some((Ordering::Greater, Decided::Narrower));
    }
    b.when.is_narrower(&a.when).then_some((Ordering::Less, Decided::Narrower))
}

/// True if `a` beats `b`.
pub(crate) fn beats(a: &Common, b: &Common) -> bool {
    matches!(compare(a, b), Some((Ordering::Greater, _)))
}
