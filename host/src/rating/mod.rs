//! Lines and rules to bills: the one way in which every command rates a month.
//!
//! A month with many lines is rated part by part, a part being the bills of some customers, and parts are rated on all
//! cores, so that memory is bounded by a part. What is made of the bills of a part is the command's.
//! Nothing here knows of sources, plugins or workspaces.

mod problems;
mod spill;
mod usage;

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use ratebook_rating::{Bill, Ended, Rated, Rating, Rulebook, RunError, Stopped, WideTotals};

pub(crate) use problems::rate_failures;
pub(crate) use spill::Spill;
pub(crate) use usage::{MOST_PARTS, PART_LINES, Usage, each_line, some_lines};

use crate::failure::{Exit, Failure, Failures};
use crate::store::LinesWriter;
use crate::terminal::Voice;
use crate::threads::{self, Work};

/// How a month is rated.
#[derive(Clone, Copy)]
pub(crate) struct How<'h> {
    /// In how many parts; see [`Usage::parts`].
    pub parts: u32,
    /// A folder for temporary files: made if it is needed, taken away at the end, whatever was in it.
    pub spill: &'h Path,
    /// Set to true to stop soon.
    pub cancel: &'h AtomicBool,
    /// Who says what is being done.
    pub voice: &'h Voice,
}

/// The lines of a month, ready to be rated part by part.
///
/// Which part a bill is in depends on whose it is and on how many parts there are: under any rules, and with any
/// lines, a customer's bill is in the part of the same number. Every part reads all lines and takes its own.
pub(crate) struct Sorted<'u, 'r> {
    usage: &'u Usage,
    rulebook: &'r Rulebook,
    how: How<'u>,
    /// The lines as a table, where they are text and there are several parts.
    table: Option<(Usage, Spill)>,
    totals: WideTotals,
}

impl<'u, 'r> Sorted<'u, 'r> {
    /// Makes lines ready, and adds up pools that are wider than one bill. One part needs neither, so its lines are not
    /// read yet.
    ///
    /// # Errors
    /// The first thing that is wrong with a line; what cannot be read or written; if told to stop.
    pub(crate) fn new(
        usage: &'u Usage,
        rulebook: &'r Rulebook,
        how: How<'u>,
    ) -> Result<Sorted<'u, 'r>, Failure> {
        let mut sorted = Sorted { usage, rulebook, how, table: None, totals: WideTotals::default() };
        if how.parts > 1 {
            if !usage.is_tables() {
                how.voice.progress("reading lines");
                sorted.table = Some(sorted.as_table()?);
            }
            if rulebook.has_wide_pools() {
                how.voice.progress("adding up pools");
                let totals = each_part(how.parts, |part| Ok(sorted.session(part)?.wide_totals()))?;
                sorted.totals = totals.into_iter().fold(WideTotals::default(), WideTotals::merge);
            }
        }
        how.voice.progress("rating");
        Ok(sorted)
    }

    /// Rates a part. The one place that makes a rating and finishes it.
    ///
    /// # Errors
    /// As for [`Sorted::new`]; inside, what the rules cannot price.
    pub(crate) fn rate(&self, part: u32) -> Result<Result<Rated<'r>, RunError>, Failure> {
        let session = self.session(part)?;
        Ok(if self.how.parts > 1 { session.finish_with(&self.totals) } else { session.finish() })
    }

    /// Rates a part, and hands its bills to `take` one after the other; if it cannot be rated, what was handed out is worth
    /// nothing.
    ///
    /// # Errors
    /// As for [`Sorted::rate`]; the first of `take`.
    fn rate_bills(
        &self,
        part: u32,
        take: &mut dyn FnMut(Bill<'_>) -> Result<(), Failure>,
    ) -> Result<Result<Ended<'r>, RunError>, Failure> {
        let session = self.session(part)?;
        let own = (self.how.parts == 1).then(|| session.wide_totals());
        match session.finish_each(own.as_ref().unwrap_or(&self.totals), take) {
            Ok(ended) => Ok(Ok(ended)),
            Err(Stopped::Run(error)) => Ok(Err(error)),
            Err(Stopped::Taker(failure)) => Err(failure),
        }
    }

    fn as_table(&self) -> Result<(Usage, Spill), Failure> {
        let spill = Spill::new(self.how.spill)?;
        let path = spill.path().join("lines.parquet");
        let mut table = LinesWriter::new(&path)?;
        self.usage.each_block(|_, block| {
            self.go_on()?;
            table.push(block)
        })?;
        table.finish()?.publish()?;
        Ok((Usage::new(self.usage.month, vec![path]), spill))
    }

    /// The lines of a part, taken.
    fn session(&self, part: u32) -> Result<Rating<'r>, Failure> {
        let mut rating = Rating::partition(self.rulebook, self.usage.month, part, self.how.parts);
        for adjustment in &self.usage.adjustments {
            if self.rulebook.part_of_customer(&adjustment.customer, self.how.parts) == part {
                rating.adjust(adjustment.clone());
            }
        }
        let usage = self.table.as_ref().map_or(self.usage, |(table, _)| table);
        if self.how.parts == 1 && usage.is_tables() {
            rating.reserve(usize::try_from(usage.lines()?).unwrap_or(0));
        }
        usage.each_block(|first, block| {
            self.go_on()?;
            rating
                .push_block(first, block)
                .map_err(|error| Failure::new(Exit::Data, "E-DATA", error.to_string()))
        })?;
        Ok(rating)
    }

    /// An error if the command was told to stop.
    fn go_on(&self) -> Result<(), Failure> {
        if self.how.cancel.load(Ordering::Relaxed) {
            return Err(Failure::new(Exit::Vendor, "E-STOPPED", "the run was stopped"));
        }
        Ok(())
    }
}

/// Rates a month and hands each part to `work` before it is let go.
///
/// # Errors
/// Lines that are damaged, what cannot be read or written, those of `work`; everything that the rules cannot price,
/// of all parts together.
pub(crate) fn rate_each<'r, T: Send>(
    usage: &Usage,
    rulebook: &'r Rulebook,
    how: How<'_>,
    work: impl Fn(u32, &Rated<'r>) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failures> {
    let sorted = Sorted::new(usage, rulebook, how)?;
    let done = each_part(how.parts, |part| match sorted.rate(part)? {
        Ok(rated) => work(part, &rated).map(Ok),
        Err(error) => Ok(Err(error)),
    })?;
    all_told(done).map_err(|error| rate_failures(&error, usage))
}

/// Rates a month and hands out bill after bill: `begin` makes what takes those of a part, `end` gets it back with what else is
/// known of the part.
///
/// # Errors
/// As for [`rate_each`].
pub(crate) fn rate_bills<'r, B, T: Send>(
    usage: &Usage,
    rulebook: &'r Rulebook,
    how: How<'_>,
    begin: impl Fn(u32) -> Result<B, Failure> + Sync,
    take: impl Fn(&mut B, Bill<'_>) -> Result<(), Failure> + Sync,
    end: impl Fn(B, Ended<'r>) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failures> {
    let sorted = Sorted::new(usage, rulebook, how)?;
    let done = each_part(how.parts, |part| {
        let mut taker = begin(part)?;
        match sorted.rate_bills(part, &mut |bill| take(&mut taker, bill))? {
            Ok(ended) => end(taker, ended).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    })?;
    all_told(done).map_err(|error| rate_failures(&error, usage))
}

/// Does `work` for every part, on as many threads as there are cores.
///
/// # Errors
/// One of those of `work`; no other part is begun after it.
pub(crate) fn each_part<T: Send>(
    parts: u32,
    work: impl Fn(u32) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failure> {
    let next = AtomicU32::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= parts {
                return Ok(done);
            }
            // After a failure the others need not begin another part.
            let result = work(part).inspect_err(|_| next.store(parts, Ordering::Relaxed))?;
            done.push((part, result));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(parts as usize);
    let mut done = std::thread::scope(|scope| {
        // Where threads are few, those that there are take all parts.
        let started: Vec<_> = (1..threads).map(|_| threads::start(scope, worker)).collect();
        let here = worker();
        started.into_iter().map(Work::join).chain([here]).try_fold(Vec::new(), |mut all, done| {
            all.extend(done?);
            Ok::<_, Failure>(all)
        })
    })?;
    done.sort_unstable_by_key(|(part, _)| *part);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// All parts, or everything that stands in the way of any of them.
fn all_told<T>(parts: Vec<Result<T, RunError>>) -> Result<Vec<T>, RunError> {
    let (mut rated, mut told) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Ok(part) => rated.push(part),
            Err(error) => told.push(error),
        }
    }
    told.into_iter().reduce(RunError::merge).map_or(Ok(rated), Err)
}
