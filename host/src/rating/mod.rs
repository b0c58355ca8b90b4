//! Lines and rules to bills: the one way in which every command rates a month.
//!
//! A month with many lines is rated part by part: lines are sorted into parts by whose bill they are on, and parts
//! are rated on all cores, so that memory is bounded by a part. What is made of the bills of a part is the command's.
//! Nothing here knows of sources, plugins or workspaces.

mod problems;
mod spill;
mod usage;

use std::io::{self, BufRead as _, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use ratebook_rating::{Rated, Rating, Rulebook, RunError, WideTotals};

pub(crate) use problems::rate_failures;
pub(crate) use spill::{Spill, SpillFile};
pub(crate) use usage::{PART_BYTES, Usage};

use crate::failure::{Exit, Failure, Failures};
use crate::terminal::Voice;
use crate::threads::{self, Work};

/// The kind of the files that lines are sorted into: `<number>\t<JSON>\n`.
const LINES: &str = "lines";

/// How a month is rated.
#[derive(Clone, Copy)]
pub(crate) struct How<'h> {
    /// In how many parts; see [`Usage::parts`].
    pub parts: u32,
    /// A folder for lines sorted into parts: made if there are several, taken away at the end, whatever was in it.
    pub spill: &'h Path,
    /// Set to true to stop soon.
    pub cancel: &'h AtomicBool,
    /// Who says what is being done.
    pub voice: &'h Voice,
}

/// Lines sorted into parts by whose bill they are on, each part ready to be rated.
///
/// Which part a bill is in depends on whose it is and on how many parts there are: under any rules, and with any
/// lines, a customer's bill is in the part of the same number.
pub(crate) struct Sorted<'u, 'r> {
    usage: &'u Usage,
    rulebook: &'r Rulebook,
    how: How<'u>,
    /// None if the month is one part: its lines are then read where they are.
    spill: Option<Spill>,
    totals: WideTotals,
}

impl<'u, 'r> Sorted<'u, 'r> {
    /// Sorts lines into files, and adds up pools that are wider than one bill. One part needs neither, so its lines
    /// are not read yet.
    ///
    /// # Errors
    /// The first thing that is wrong with a line; what cannot be read or written; if told to stop.
    pub(crate) fn new(
        usage: &'u Usage,
        rulebook: &'r Rulebook,
        how: How<'u>,
    ) -> Result<Sorted<'u, 'r>, Failure> {
        let mut sorted = Sorted { usage, rulebook, how, spill: None, totals: WideTotals::default() };
        if how.parts > 1 {
            how.voice.progress("sorting lines by customer");
            sorted.spill = Some(sorted.sort()?);
            if rulebook.has_wide_pools() {
                how.voice.progress("adding up pools");
                let totals = each_part(how.parts, |part| Ok(sorted.session(part)?.wide_totals()))?;
                sorted.totals = totals.into_iter().fold(WideTotals::default(), WideTotals::merge);
            }
        }
        how.voice.progress("rating");
        Ok(sorted)
    }

    /// Rates a part, once: its sorted lines are let go. The one place that makes a rating and finishes it.
    ///
    /// # Errors
    /// As for [`Sorted::new`]; inside, what the rules cannot price.
    pub(crate) fn rate(&self, part: u32) -> Result<Result<Rated<'r>, RunError>, Failure> {
        let session = self.session(part)?;
        let Some(spill) = &self.spill else { return Ok(session.finish()) };
        spill.remove(LINES, part)?;
        Ok(session.finish_with(&self.totals))
    }

    fn sort(&self) -> Result<Spill, Failure> {
        let parts = self.how.parts;
        let spill = Spill::new(self.how.spill)?;
        let mut files: Vec<SpillFile> =
            (0..parts).map(|part| spill.write(LINES, part)).collect::<Result<_, _>>()?;
        self.usage.each_text(|number, text, line| {
            self.go_on()?;
            let file = &mut files[self.rulebook.part_of(line, parts) as usize];
            write!(file, "{number}\t")
                .and_then(|()| file.write_all(text))
                .and_then(|()| file.write_all(b"\n"))
                .map_err(|error| file.unwritable(&error))
        })?;
        files.into_iter().try_for_each(SpillFile::finish)?;
        Ok(spill)
    }

    /// The lines of a part, taken.
    fn session(&self, part: u32) -> Result<Rating<'r>, Failure> {
        let mut rating = Rating::partition(self.rulebook, self.usage.month, part, self.how.parts);
        for adjustment in &self.usage.adjustments {
            if self.rulebook.part_of_customer(&adjustment.customer, self.how.parts) == part {
                rating.adjust(adjustment.clone());
            }
        }
        let Some(spill) = &self.spill else {
            self.usage.each_line(|number, line| {
                rating.push_numbered(number, line);
                self.go_on()
            })?;
            return Ok(rating);
        };
        let mut input = spill.read(LINES, part)?;
        let failed = |error: &io::Error| spill.unreadable(LINES, part, error);
        let damaged = || failed(&io::ErrorKind::InvalidData.into());
        let mut text = Vec::new();
        while input.read_until(b'\n', &mut text).map_err(|error| failed(&error))? > 0 {
            self.go_on()?;
            let tab = text.iter().position(|byte| *byte == b'\t').ok_or_else(damaged)?;
            let (number, line) = text.split_at(tab);
            let number = str::from_utf8(number).ok().and_then(|number| number.parse().ok());
            let line = serde_json::from_slice(line).map_err(|error| failed(&error.into()))?;
            rating.push_numbered(number.ok_or_else(damaged)?, &line);
            text.clear();
        }
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
    all_told(done).map_err(|error| rate_failures(&error, usage.month))
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
