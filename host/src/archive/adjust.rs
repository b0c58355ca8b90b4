//! What a closed month would be by now, less what it was: adjustments for the bills of an open month.
//!
//! The closed month is made once more, from payloads that are asked for anew, by the settings that it was closed with.
//! What waited when it was closed is decided by later rules (see [`super::standing`]). Whatever moves against the last
//! that was billed of it (its own bills, and earlier adjustments) becomes one adjustment a line. So the closed total and
//! all adjustments are the total of a fresh calculation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use ratebook_line::{BillableLine, Currency, Decimal, Month, NumberError};
use ratebook_plugin::Problem;
use ratebook_rating::{Adjustment, Adjusts, BillLine};

use super::finished::Archive;
use super::standing::{Decided, RuleSet, Standing};
use super::states::{MonthState, State, months};
use crate::diff;
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::Payloads;
use crate::rating::{How, Usage, each_part};
use crate::run::{self, LineFacts, MonthFolder};
use crate::terminal::Voice;

/// What a closed month is compared with.
pub(crate) struct Restated<'r> {
    /// The closed month.
    pub closed: &'r Archive,
    /// Its lines by now.
    pub lines: Usage,
    /// The month whose bills are put right.
    pub into: &'r MonthFolder,
    /// The rules that decide what still waits; none if those of before are all.
    pub rules: Option<RuleSet>,
    /// How many lines are rated at once.
    pub part_lines: u64,
    /// A folder for lines sorted into parts.
    pub spill: &'r Path,
    /// Set to true to stop soon.
    pub cancel: &'r AtomicBool,
    /// Who says what is being done.
    pub voice: &'r Voice,
}

impl Restated<'_> {
    /// How its lines are rated, in one part.
    fn how(&self) -> How<'_> {
        How { parts: 1, spill: self.spill, cancel: self.cancel, voice: self.voice }
    }
}

/// What moves, and what it comes to.
#[derive(Debug, Default)]
pub(crate) struct Adjusting {
    /// The adjustments, by customer and place on the bill.
    pub adjustments: Vec<Adjustment>,
    /// Per currency: decimal places, what was billed of the month so far, what it would be by now.
    pub totals: BTreeMap<Currency, (u32, Decimal, Decimal)>,
    /// The earlier months that have adjustments of this one, in their order.
    pub earlier: Vec<Month>,
    /// How many lines of usage wait by now more than before.
    pub newly_held: u64,
    /// Lines that later rules decide, and that were not decided when the month was last billed.
    pub decided: u64,
    /// Lines that keep waiting.
    pub held: u64,
}

/// A line of a bill that is not the same by now.
struct Moved {
    customer: String,
    currency: Currency,
    name: String,
    sku: Option<String>,
    tax: String,
    /// Its place on the bill as it was closed.
    place: Option<u64>,
    /// What it was and is, and the lines of usage in it.
    was: (Decimal, Vec<u64>),
    is: (Decimal, Vec<u64>),
}

/// Decimal places, and what was billed and is by now.
type Totals = BTreeMap<Currency, (u32, Decimal, Decimal)>;

/// Compares a closed month with what it is by now.
///
/// # Errors
/// What cannot be read or rated; a bill that would be in another currency; usage that waited and usage that was billed
/// on one line, where what is owed for it cannot be told.
pub(crate) fn adjust(job: &Restated<'_>, root: &Path) -> Result<Adjusting, Failures> {
    let month = job.closed.folder.month;
    let earlier = adjusted_before(root, month, job.into.month)?;
    // The last that was billed of the month: its own lines, or those of the last month that put it right.
    let billed = match earlier.last() {
        Some(last) => job.into.of(*last).restated(month),
        None => job.closed.folder.clone(),
    };
    let sources = job.closed.manifest.sources.keys();
    let before = Usage::new(month, sources.map(|source| billed.lines(source)).collect());
    let sets = rule_sets(job, &earlier)?;
    let parts = before.parts(job.part_lines)?.max(job.lines.parts(job.part_lines)?);
    let how = How { parts, ..job.how() };
    let old = Decided::new(how, &before, &sets)?;
    let new = Decided::new(how, &job.lines, sets.iter().chain(&job.rules))?;
    let (moved, totals) = compare(job, &old, &new, parts)?;
    let payloads = [
        Origins::of(&before.files, moved.iter().flat_map(|line| &line.was.1)),
        Origins::of(&job.lines.files, moved.iter().flat_map(|line| &line.is.1)),
    ];
    let adjustments = moved.into_iter().map(|line| line.adjustment(month, &payloads));
    let held = new.waiting.len() as u64;
    Ok(Adjusting {
        adjustments: adjustments.collect::<Result<_, _>>()?,
        totals,
        earlier,
        newly_held: held.saturating_sub(old.waiting.len() as u64),
        decided: new.later().saturating_sub(old.later()),
        held,
    })
}

/// The rules that the month was closed with, then those that decided what its adjustments so far are.
fn rule_sets(job: &Restated<'_>, earlier: &[Month]) -> Result<Vec<RuleSet>, Failures> {
    let month = job.closed.folder.month;
    let (rules, _) = run::load_kept_rules(&job.closed.folder)?;
    let title = format!("rules that {month} was closed with");
    let mut sets = vec![RuleSet { rules: rules.hold_unpriced(), title }];
    for into in earlier {
        if let Some(rules) = run::deciding_rules(&job.into.of(*into).restated(month))? {
            let title = format!("rules kept with the adjustments of {month} in {into}");
            sets.push(RuleSet { rules: rules.hold_unpriced(), title });
        }
    }
    Ok(sets)
}

/// What moves, by customer and place on the bill, and what all bills come to.
fn compare(
    job: &Restated<'_>,
    old: &Decided<'_>,
    new: &Decided<'_>,
    parts: u32,
) -> Result<(Vec<Moved>, Totals), Failures> {
    let spills: Vec<PathBuf> =
        (0..old.len() + new.len()).map(|number| job.spill.join(number.to_string())).collect();
    let hows: Vec<How<'_>> = spills.iter().map(|spill| How { parts, spill, ..job.how() }).collect();
    let (hows_old, hows_new) = hows.split_at(old.len());
    let (before, after) = (old.sorted(hows_old)?, new.sorted(hows_new)?);
    let compared = each_part(parts, |part| {
        let (before, after) = (old.rate(&before, part)?, new.rate(&after, part)?);
        // A bill of which nothing can be told does not hide what is wrong with others.
        Ok(old
            .standing(&before)
            .and_then(|before| Ok((before, new.standing(&after)?)))
            .map_err(Failures::from)
            .and_then(|(before, after)| compare_part(before, after)))
    })?;
    let (mut moved, mut totals, mut wrong) = (Vec::new(), Totals::new(), Vec::new());
    for part in compared {
        match part {
            Ok((lines, sums)) => {
                moved.extend(lines);
                for (currency, (places, was, is)) in sums {
                    add(&mut totals, currency, places, [was, is]).map_err(|error| too_large(&error))?;
                }
            }
            Err(Failures(failures)) => wrong.extend(failures),
        }
    }
    if !wrong.is_empty() {
        return Err(Failures(wrong));
    }
    // Stable: the lines of a bill stay in their order.
    moved.sort_by(|one, other| one.customer.cmp(&other.customer));
    Ok((moved, totals))
}

fn compare_part(
    mut before: BTreeMap<&str, Standing<'_>>,
    after: BTreeMap<&str, Standing<'_>>,
) -> Result<(Vec<Moved>, Totals), Failures> {
    let (mut moved, mut totals, mut wrong) = (Vec::new(), Totals::new(), Vec::new());
    let mut sides: Vec<_> =
        after.into_iter().map(|(customer, is)| (customer, before.remove(customer), Some(is))).collect();
    sides.extend(before.into_iter().map(|(customer, was)| (customer, Some(was), None)));
    for (customer, was, is) in &sides {
        if let (Some(was), Some(is)) = (was, is)
            && was.currency != is.currency
        {
            let why =
                format!("the bill of {customer} was in {} and is in {} by now", was.currency, is.currency);
            wrong.push(Failure::new(Exit::Review, "E-ADJUSTMENT", why).note("Nothing was written."));
            continue;
        }
        let Some(Standing { currency, places, .. }) = was.as_ref().or(is.as_ref()) else { continue };
        let total = |side: &Option<Standing<'_>>| side.as_ref().map_or(Ok(Decimal::ZERO), Standing::total);
        let sums = total(was).and_then(|was| Ok([was, total(is)?]));
        sums.and_then(|sums| add(&mut totals, *currency, *places, sums))
            .map_err(|error| too_large(&error))?;
        moved.extend(moves(customer, *currency, was.as_ref(), is.as_ref()));
    }
    if wrong.is_empty() { Ok((moved, totals)) } else { Err(Failures(wrong)) }
}

/// The lines of a customer's bill that are not the same: as they stood on the bill; those that are new come last.
fn moves(
    customer: &str,
    currency: Currency,
    was: Option<&Standing<'_>>,
    is: Option<&Standing<'_>>,
) -> Vec<Moved> {
    fn lines<'s, 'a>(side: Option<&'s Standing<'a>>) -> &'s [BillLine<'a>] {
        side.map_or(&[], |side| side.lines.as_slice())
    }
    let (old, new) = (lines(was), lines(is));
    let mut pairs = diff::pairs(old, new, false);
    pairs.sort_by_key(|(was, is)| (was.unwrap_or(usize::MAX), is.unwrap_or(usize::MAX)));
    let mut moved = Vec::new();
    for (old_at, new_at) in pairs {
        let (before, after) = (old_at.map(|at| &old[at]), new_at.map(|at| &new[at]));
        if let (Some(before), Some(after)) = (before, after)
            && before.amount == after.amount
        {
            continue;
        }
        let Some(line) = after.or(before) else { continue };
        let side = |line: Option<&BillLine<'_>>| {
            line.map_or((Decimal::ZERO, Vec::new()), |line| (line.amount, line.sources.to_vec()))
        };
        moved.push(Moved {
            customer: customer.to_owned(),
            currency,
            name: line.name.to_owned(),
            sku: line.sku.map(str::to_owned),
            tax: line.tax.to_owned(),
            place: was.zip(old_at).and_then(|(bill, at)| bill.at[at]),
            was: side(before),
            is: side(after),
        });
    }
    moved
}

fn add(totals: &mut Totals, currency: Currency, places: u32, sums: [Decimal; 2]) -> Result<(), NumberError> {
    let (_, was, is) = totals.entry(currency).or_insert((places, Decimal::ZERO, Decimal::ZERO));
    *was = was.checked_add(sums[0])?;
    *is = is.checked_add(sums[1])?;
    Ok(())
}

fn too_large(error: &NumberError) -> Failure {
    Failure::new(Exit::Review, "E-NUMBER", format!("the sum of the bills: {error}"))
}

/// Adjustments as they are written: one a line.
///
/// # Errors
/// None that adjustments could lead to.
pub(crate) fn adjustments_text(adjustments: &[Adjustment]) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    for adjustment in adjustments {
        serde_json::to_writer(&mut text, adjustment)
            .map_err(|error| Failure::new(Exit::Internal, "E-INTERNAL", error.to_string()))?;
        text.push(b'\n');
    }
    Ok(text)
}

/// Copies the payloads that a closed month was last billed from to where it is made once more, for the sources that are
/// wanted: without the network these are the newest there are.
///
/// # Errors
/// If they cannot be read or copied.
pub(crate) fn lay_out_payloads(
    closed: &Archive,
    root: &Path,
    into: &MonthFolder,
    restated: &MonthFolder,
    is_wanted: impl Fn(&str) -> Result<bool, Problem>,
) -> Result<(), Failures> {
    let month = closed.folder.month;
    let of = |folder: MonthFolder| folder.restated(month);
    let mut folders = vec![of(into.clone())];
    folders
        .extend(adjusted_before(root, month, into.month)?.into_iter().rev().map(|month| of(into.of(month))));
    folders.push(closed.folder.clone());
    for source in closed.manifest.sources.keys() {
        let about = |problem| Failure::from_problem(problem).of(source, month);
        if !is_wanted(source).map_err(about)? {
            continue;
        }
        for folder in &folders {
            if let Some(payloads) = Payloads::find(&folder.payloads(source)).map_err(about)? {
                payloads.copy_to(&restated.payloads(source), restated.names_payloads()).map_err(about)?;
                break;
            }
        }
    }
    Ok(())
}

/// Sees to it that no later month puts a closed month right: that one was compared with less than is billed then.
///
/// # Errors
/// If one does.
pub(crate) fn is_last_to_adjust(root: &Path, month: Month, into: Month) -> Result<(), Failure> {
    let mut later = months(root)?
        .into_iter()
        .filter(|other| other.folder.month > into && other.folder.adjustments_of(month).is_file());
    match later.next_back() {
        None => Ok(()),
        Some(MonthState { folder, .. }) => {
            let why = format!("{month} is already put right in {}, which comes after {into}", folder.month);
            let fix = format!("Put it right there: ratebook adjust --month {month} --into {}", folder.month);
            Err(Failure::new(Exit::Review, "E-ADJUSTMENT", why).note("Nothing was written.").fix(fix))
        }
    }
}

/// The months before `into` that have adjustments of a month.
fn adjusted_before(root: &Path, month: Month, into: Month) -> Result<Vec<Month>, Failures> {
    let mut before = Vec::new();
    for other in months(root)?.into_iter().filter(|other| other.folder.month < into) {
        if !other.folder.adjustments_of(month).is_file() {
            continue;
        }
        if !matches!(other.state, State::Closed(_)) {
            let failure = Failure::new(
                Exit::Review,
                "E-OPEN",
                format!("{month} is already put right in {}, which is not closed", other.folder.month),
            );
            let fix =
                format!("Put it right there: ratebook adjust --month {month} --into {}", other.folder.month);
            return Err(failure.note("Nothing was written.").fix(fix).into());
        }
        before.push(other.folder.month);
    }
    Ok(before)
}

impl Moved {
    fn adjustment(self, month: Month, payloads: &[Origins; 2]) -> Result<Adjustment, Failure> {
        let [then, now] = payloads;
        let amount = self.is.0.checked_sub(self.was.0).map_err(|error| {
            Failure::new(Exit::Review, "E-NUMBER", format!("an adjustment for {}: {error}", self.customer))
        })?;
        Ok(Adjustment {
            adjusts: Adjusts {
                is: self.is.0,
                line: self.place,
                month,
                payloads_now: now.behind(&self.is.1),
                payloads_then: then.behind(&self.was.1),
                was: self.was.0,
            },
            amount,
            currency: self.currency,
            customer: self.customer,
            name: self.name,
            sku: self.sku,
            tax: self.tax,
        })
    }
}

/// The payload of each line of usage that moved.
struct Origins(LineFacts);

impl Origins {
    fn of<'l>(files: &[PathBuf], lines: impl Iterator<Item = &'l u64>) -> Origins {
        let wanted: BTreeSet<u64> = lines.copied().collect();
        let payload = |line: &BillableLine<'_>| {
            line.origin.as_ref().map(|origin| origin.payload.to_string()).unwrap_or_default()
        };
        Origins(LineFacts::look_up(files, wanted.into_iter(), payload))
    }

    /// The payloads behind a line of a bill, each once.
    fn behind(&self, lines: &[u64]) -> Vec<String> {
        let found: BTreeSet<String> = lines.iter().map(|line| self.0.of(*line)).collect();
        found.into_iter().filter(|payload| !payload.is_empty()).collect()
    }
}
