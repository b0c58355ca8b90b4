//! What a closed month would be by now, less what it was: adjustments for the bills of an open month.
//!
//! The closed month is made once more, from payloads that are asked for anew, by the rules and settings that it was
//! closed with. Whatever moves against the last that was billed of it (its own bills, and earlier adjustments)
//! becomes one adjustment a line. So the closed total and all adjustments are the total of a fresh calculation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use ratebook_line::{BillableLine, Currency, Decimal, Month};
use ratebook_rating::{Adjustment, Adjusts, Edits, Rulebook};

use super::{Archive, State, months};
use crate::diff::{self, BillMove, Comparison, Job, LineMove, LineSide, Side};
use crate::failure::{Exit, Failure, Failures};
use crate::rating::Usage;
use crate::run::{LineFacts, MonthFolder};
use crate::terminal::Voice;

/// What a closed month is compared with.
pub(crate) struct Restated<'r> {
    /// The closed month.
    pub closed: &'r Archive,
    /// Its lines by now.
    pub lines: Usage,
    /// The month whose bills are put right.
    pub into: &'r MonthFolder,
    /// The rules that the month was closed with.
    pub rules: &'r Rulebook,
    /// How many bytes of lines are rated at once.
    pub part_bytes: u64,
    /// A folder for lines sorted into parts.
    pub spill: &'r Path,
    /// Set to true to stop soon.
    pub cancel: &'r AtomicBool,
    /// Who says what is being done.
    pub voice: &'r Voice,
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
    /// Lines of usage that wait by now and did not before.
    pub newly_held: u64,
}

/// Compares a closed month with what it is by now.
///
/// # Errors
/// What cannot be read or rated; a bill that would be in another currency.
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
    let edits = Edits::new(job.rules, job.rules);
    let side = |usage, title| Side { usage, rules: job.rules, title };
    let compared = diff::compare(
        &Job {
            sides: [side(&before, "lines that were billed"), side(&job.lines, "lines as they are by now")],
            part_bytes: job.part_bytes,
            spill: job.spill,
            cancel: job.cancel,
            voice: job.voice,
            customers: &[],
            lines: true,
        },
        &edits,
    )?;
    let payloads =
        [Origins::of(&before.files, &compared, true), Origins::of(&job.lines.files, &compared, false)];
    let mut adjustments = Vec::new();
    let mut wrong = Vec::new();
    let mut moved: Vec<&BillMove> = compared.moved.iter().collect();
    moved.sort_by(|one, other| one.customer.cmp(&other.customer));
    for bill in moved {
        match of_bill(month, bill, &payloads) {
            Ok(mut lines) => adjustments.append(&mut lines),
            Err(why) => wrong.push(why),
        }
    }
    if !wrong.is_empty() {
        return Err(Failures(wrong));
    }
    let totals = compared.totals.iter().map(|(currency, totals)| {
        let [was, is] = totals.sums;
        (*currency, (totals.places, was, is))
    });
    let newly_held = compared.fates.iter().filter(|moved| moved.newly && moved.why.fate == diff::Fate::Held);
    Ok(Adjusting {
        adjustments,
        totals: totals.collect(),
        earlier,
        newly_held: newly_held.map(|moved| moved.count).sum(),
    })
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

fn of_bill(month: Month, bill: &BillMove, payloads: &[Origins; 2]) -> Result<Vec<Adjustment>, Failure> {
    let sides = (bill.old.as_ref(), bill.new.as_ref());
    let currency = match sides {
        (Some(old), Some(new)) if old.currency != new.currency => {
            let why = format!(
                "the bill of {} was in {} and is in {} by now",
                bill.customer, old.currency, new.currency
            );
            return Err(Failure::new(Exit::Review, "E-ADJUSTMENT", why).note("Nothing was written."));
        }
        (Some(side), _) | (None, Some(side)) => side.currency,
        (None, None) => return Ok(Vec::new()),
    };
    let mut lines: Vec<&LineMove> = bill.lines.iter().collect();
    // As they stood on the bill; those that are new come last, as they stand on it by now.
    let place = |side: &Option<LineSide>| side.as_ref().map_or(u64::MAX, |side| side.place);
    lines.sort_by_key(|line| (place(&line.old), place(&line.new)));
    lines.into_iter().map(|line| of_line(month, bill, currency, line, payloads)).collect()
}

fn of_line(
    month: Month,
    bill: &BillMove,
    currency: Currency,
    line: &LineMove,
    payloads: &[Origins; 2],
) -> Result<Adjustment, Failure> {
    let amount = |side: &Option<LineSide>| side.as_ref().map_or(Decimal::ZERO, |side| side.amount);
    let (was, is) = (amount(&line.old), amount(&line.new));
    let difference = is.checked_sub(was).map_err(|error| {
        Failure::new(Exit::Review, "E-NUMBER", format!("an adjustment for {}: {error}", bill.customer))
    })?;
    let tax = line.new.as_ref().or(line.old.as_ref()).map(|side| side.tax.clone());
    let [then, now] = payloads;
    Ok(Adjustment {
        adjusts: Adjusts {
            is,
            line: line.old.as_ref().map(|old| old.place),
            month,
            payloads_now: line.new.as_ref().map(|side| now.behind(side)).unwrap_or_default(),
            payloads_then: line.old.as_ref().map(|side| then.behind(side)).unwrap_or_default(),
            was,
        },
        amount: difference,
        currency,
        customer: bill.customer.clone(),
        name: line.name.clone(),
        sku: line.sku.clone(),
        tax: tax.unwrap_or_default(),
    })
}

/// The payload of each line of usage that moved.
struct Origins(LineFacts);

impl Origins {
    fn of(files: &[PathBuf], compared: &Comparison, old: bool) -> Origins {
        let lines = compared.moved.iter().flat_map(|bill| &bill.lines);
        let sides = lines.filter_map(|line| if old { line.old.as_ref() } else { line.new.as_ref() });
        let wanted: BTreeSet<u64> = sides.flat_map(|side| side.sources.iter().copied()).collect();
        let payload = |line: &BillableLine<'_>| {
            line.origin.as_ref().map(|origin| origin.payload.to_string()).unwrap_or_default()
        };
        Origins(LineFacts::look_up(files, wanted.into_iter(), payload))
    }

    /// The payloads behind a line of a bill, each once.
    fn behind(&self, side: &LineSide) -> Vec<String> {
        let found: BTreeSet<String> = side.sources.iter().map(|line| self.0.of(*line)).collect();
        found.into_iter().filter(|payload| !payload.is_empty()).collect()
    }
}
