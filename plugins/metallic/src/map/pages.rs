//! The pages of a list side by side: none is missing, none is there twice, and the list stood still while it was read.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_plugin::{Faults, Problem};

use crate::payload::accounts::Page;

/// Reads the bodies of a list's pages.
pub(super) fn read<'a>(bodies: &'a [Vec<u8>], what: &str) -> Result<Vec<Page<'a>>, Problem> {
    bodies.iter().map(|body| Page::from_json(body, what)).collect()
}

/// Notes what is wrong with them as one list.
pub(super) fn check<'a, 'p: 'a>(
    pages: impl Iterator<Item = &'a Page<'p>> + Clone,
    what: &str,
    faults: &mut Faults,
) {
    let totals: BTreeSet<u64> = pages.clone().map(|page| page.pagination.total_records).collect();
    if totals.len() > 1 {
        let totals = totals.iter().map(u64::to_string).collect::<Vec<_>>().join(" and ");
        return faults.add(
            what,
            format_args!(
                "totalRecords is {totals}: the list changed while it was read; fetch the month again"
            ),
        );
    }
    let mut numbers = BTreeSet::new();
    for page in pages.clone() {
        if !numbers.insert(page.pagination.page_number) {
            faults.add(what, format_args!("page {} is there twice", page.pagination.page_number));
        }
    }
    let total = totals.first().copied().unwrap_or_default();
    let rows: u64 = pages.map(|page| page.rows.len() as u64).sum();
    if rows != total {
        let numbers = numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let why = if rows < total { "a page is missing" } else { "more came than there are" };
        faults.add(what, format_args!("{rows} of {total} rows are here (pages {numbers}): {why}"));
    }
}

/// Notes rows of a page that stand on another one as well: the list moved between the two.
pub(super) fn check_repeated(page: &Page<'_>, beside: &[Page<'_>], what: &str, faults: &mut Faults) {
    let mine: BTreeMap<&str, u64> = page.rows.iter().copied().zip(1..).collect();
    let number = page.pagination.page_number;
    for other in beside.iter().filter(|other| other.pagination.page_number != number) {
        if let Some(row) = other.rows.iter().find_map(|row| mine.get(row)) {
            faults.add(
                what,
                format_args!(
                    "row {row} of page {number} stands on page {} as well: the list changed while it was read; fetch \
                     the month again",
                    other.pagination.page_number
                ),
            );
        }
    }
}
