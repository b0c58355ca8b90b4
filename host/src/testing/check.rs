//! A recorded month rated, and compared with the bills that are expected of it.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use ratebook_line::{Currency, Decimal, Month, NumberError};
use ratebook_rating::{Bill, Coverage, Rulebook};

use super::bill_text::{bill_text, customer_of, total_of};
use super::folder::Recorded;
use super::month_text::MonthFacts;
use super::snapshots::{self, Compared};
use crate::failure::{Exit, Failure, Failures};
use crate::rating::{self, How, PART_LINES};
use crate::threads;

/// How a recorded month is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Look<'l> {
    /// How it is rated; in how many parts is decided by its lines.
    pub how: How<'l>,
    /// True to write what differs beside what is expected, as `.snap.new`.
    pub write: bool,
    /// True to find out which rules, tiers and prices it exercises.
    pub coverage: bool,
}

/// What became of a recorded month.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// How many bills there are.
    pub bills: u64,
    /// How many lines of usage.
    pub lines: u64,
    /// The snapshots that do not say what rating says, by path.
    pub moved: Vec<Moved>,
    /// What it exercises, if that was asked for.
    pub coverage: Coverage,
}

/// A snapshot that does not say what rating says.
#[derive(Clone, Debug)]
pub(crate) struct Moved {
    /// The snapshot.
    pub path: PathBuf,
    /// Whose bill it is; nothing for the month as a whole.
    pub customer: Option<String>,
    /// What the rules call the customer.
    pub name: Option<String>,
    /// What is expected; nothing if there is no snapshot.
    pub expected: Option<String>,
    /// What rating says; nothing if there is no such bill any more.
    pub found: Option<String>,
    /// The total of the bill that is expected.
    pub total_expected: Option<(Decimal, Currency)>,
    /// The total of the bill that rating says.
    pub total_found: Option<(Decimal, Currency)>,
}

/// What became of a part of it.
struct Part {
    facts: MonthFacts,
    seen: Vec<PathBuf>,
    moved: Vec<Moved>,
    coverage: Coverage,
}

/// Rates a recorded month and compares it.
///
/// # Errors
/// Lines that cannot be read or rated; snapshots that are none; what cannot be written.
pub(crate) fn check(recorded: &Recorded, rulebook: &Rulebook, look: Look<'_>) -> Result<Checked, Failures> {
    let usage = recorded.usage()?;
    let how = How { parts: usage.parts(PART_LINES)?, ..look.how };
    let look = Look { how, ..look };
    let parts = rating::rate_each(&usage, rulebook, look.how, |_, rated| {
        let bills: Vec<Bill<'_>> = rated.bills().collect();
        let seen = bills.iter().map(|bill| recorded.bill(bill.customer())).collect();
        Ok(Part {
            facts: MonthFacts::of(rated).map_err(|error| too_large(&error, recorded.month))?,
            moved: compare_bills(&bills, recorded, look)?,
            seen,
            coverage: if look.coverage { rated.coverage() } else { Coverage::default() },
        })
    })?;
    let mut checked = Checked::default();
    let mut seen = BTreeSet::new();
    let mut facts = MonthFacts::default();
    for part in parts {
        seen.extend(part.seen);
        checked.moved.extend(part.moved);
        checked.coverage = checked.coverage.merge(&part.coverage);
        facts = facts.merge(part.facts).map_err(|error| too_large(&error, recorded.month))?;
    }
    (checked.bills, checked.lines) = (facts.bills(), facts.lines());
    for path in snapshots::list(&recorded.bills())?.into_iter().filter(|path| !seen.contains(path)) {
        let expected = snapshots::read(&path)?;
        let total_expected = total_of(&expected);
        let customer = customer_of(&expected);
        let moved = Moved { customer, total_expected, expected: Some(expected), ..Moved::at(&path) };
        checked.moved.push(moved);
    }
    checked.moved.sort_by(|one, other| one.path.cmp(&other.path));
    if look.write {
        // What waited for a bill that rating does not make any more.
        let pending = snapshots::list_pending(&recorded.bills())?;
        pending.iter().filter(|path| !seen.contains(*path)).try_for_each(|path| snapshots::reject(path))?;
    }
    let text = facts.text(rulebook, recorded.month);
    checked.moved.extend(compare(&recorded.whole(), text, look.write)?);
    Ok(checked)
}

/// The bills of a part that are not as expected. A part alone does not keep the cores busy, so its bills do.
fn compare_bills(bills: &[Bill<'_>], recorded: &Recorded, look: Look<'_>) -> Result<Vec<Moved>, Failure> {
    let share = |share: &[Bill<'_>]| -> Result<Vec<Moved>, Failure> {
        let moved = share.iter().map(|bill| compare_bill(&recorded.bill(bill.customer()), bill, look.write));
        moved.filter_map(Result::transpose).collect()
    };
    let cores =
        if look.how.parts > 1 { 1 } else { std::thread::available_parallelism().map_or(1, NonZero::get) };
    std::thread::scope(|scope| {
        let shares = bills.chunks(bills.len().div_ceil(cores).max(1));
        let started: Vec<_> = shares.map(|bills| threads::start(scope, move || share(bills))).collect();
        let mut moved = Vec::new();
        for work in started {
            moved.extend(work.join()?);
        }
        Ok(moved)
    })
}

fn compare_bill(path: &Path, bill: &Bill<'_>, write: bool) -> Result<Option<Moved>, Failure> {
    let moved = compare(path, bill_text(bill), write)?;
    Ok(moved.map(|moved| Moved {
        customer: Some(bill.customer().to_owned()),
        name: bill.name().map(str::to_owned),
        total_expected: moved.expected.as_deref().and_then(total_of),
        total_found: Some((bill.total(), bill.currency())),
        ..moved
    }))
}

fn compare(path: &Path, text: String, write: bool) -> Result<Option<Moved>, Failure> {
    let expected = match snapshots::compare(path, &text)? {
        Compared::Same => {
            if write {
                snapshots::reject(path)?;
            }
            return Ok(None);
        }
        Compared::Changed(expected) => Some(expected),
        Compared::New => None,
    };
    if write {
        snapshots::write_pending(path, &text)?;
    }
    Ok(Some(Moved { expected, found: Some(text), ..Moved::at(path) }))
}

fn too_large(error: &NumberError, month: Month) -> Failure {
    let mut failure = Failure::new(Exit::Review, "E-NUMBER", format!("the sum of the bills: {error}"));
    failure.month = Some(month);
    failure
}

impl Moved {
    fn at(path: &Path) -> Moved {
        Moved {
            path: path.to_owned(),
            customer: None,
            name: None,
            expected: None,
            found: None,
            total_expected: None,
            total_found: None,
        }
    }

    /// What the bill moved by, if both sides have one currency; a missing side counts as 0.
    pub(crate) fn difference(&self) -> Option<(Decimal, Currency)> {
        match (self.total_expected, self.total_found) {
            (Some((old, one)), Some((new, other))) if one == other => Some((new.checked_sub(old).ok()?, one)),
            (Some((old, currency)), None) if self.found.is_none() => Some((-old, currency)),
            (None, Some((new, currency))) if self.expected.is_none() => Some((new, currency)),
            _ => None,
        }
    }

    /// Makes what rating says what is expected.
    ///
    /// # Errors
    /// If it could not be written.
    pub(crate) fn accept(&self) -> Result<(), Failure> {
        match &self.found {
            Some(text) => snapshots::accept(&self.path, text),
            None => crate::disk::remove(&self.path).map_err(Failure::from_problem),
        }
    }

    /// Lets what is expected stand.
    ///
    /// # Errors
    /// If what waits beside it cannot be taken away.
    pub(crate) fn reject(&self) -> Result<(), Failure> {
        snapshots::reject(&self.path)
    }
}
