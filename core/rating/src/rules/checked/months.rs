//! The months in which something holds.

use ratebook_line::Month;

use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::Sources;

/// From a month until a month, both included; open where `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Months {
    pub(crate) from: Option<Month>,
    pub(crate) until: Option<Month>,
}

impl Months {
    /// Takes `from`, `until` and (if `month` is allowed) `month`.
    pub(crate) fn read(fields: &mut Fields<'_>, month: bool, sources: &mut Sources) -> Option<Months> {
        let from = fields.take("from").map(|node| sources.month_of(node));
        let until = fields.take("until").map(|node| sources.month_of(node));
        if month && let Some(node) = fields.take("month") {
            let month = sources.month_of(node);
            if from.is_some() || until.is_some() {
                let place = fields.key_place("month");
                sources.report(place, LoadCode::Month, "`month` stands for both `from` and `until`");
                return None;
            }
            return Some(Months { from: Some(month?), until: Some(month?) });
        }
        let months = Months { from: transposed(from)?, until: transposed(until)? };
        if let (Some(first), Some(last)) = (months.from, months.until)
            && first > last
        {
            let place = fields.key_place("until");
            sources.report(place, LoadCode::Range, format!("until {last} lies before from {first}"));
            return None;
        }
        Some(months)
    }

    /// `2026-04..`, `..2026-03`, `2026-01..2026-03`, `2026-04`.
    pub(crate) fn words(self) -> String {
        let text = |month: Option<Month>| month.map(|month| month.to_string()).unwrap_or_default();
        match (self.from, self.until) {
            (None, None) => "every month".to_owned(),
            (Some(from), Some(until)) if from == until => from.to_string(),
            (from, until) => format!("{}..{}", text(from), text(until)),
        }
    }

    pub(crate) fn contains(self, month: Month) -> bool {
        self.from.is_none_or(|from| from <= month) && self.until.is_none_or(|until| month <= until)
    }

    /// A month that both have, if there is one: the first.
    pub(crate) fn meets(self, other: Months) -> bool {
        let from = self.from.max(other.from);
        let until = [self.until, other.until].into_iter().flatten().min();
        from.zip(until).is_none_or(|(from, until)| from <= until)
    }

    pub(crate) fn is_within(self, other: Months) -> bool {
        other.from.is_none_or(|from| self.from.is_some_and(|own| own >= from))
            && other.until.is_none_or(|until| self.until.is_some_and(|own| own <= until))
    }
}

/// `None` for absent and sound, `Some(None)`... turned around: the outer option is soundness.
fn transposed<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(None) => None,
        Some(Some(value)) => Some(Some(value)),
    }
}

/// What was read of a key that may be missing: the outer option is soundness, the inner presence.
pub(crate) fn optional<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    transposed(read)
}
