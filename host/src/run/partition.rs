//! A month part by part: lines are sorted into parts by whose bill they are on, parts are rated on all cores, and
//! what comes of them is merged by customer. Memory is bounded by a part, and the bytes are those of a month that
//! is rated at once.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::num::NonZero;
use std::sync::atomic::{AtomicU32, Ordering};

use ratebook_line::{JsonLineReader, LineError};
use ratebook_rating::{
    Counts, DocumentWriter, Dropped, Held, Noticed, Rated, Rating, Rulebook, RunError, WideTotals,
};

use super::rate::{line_failure, rate_failures};
use super::rows::{BillRow, RatedMonth, Rows};
use super::spill::{Kind, Spill, SpillFile};
use super::{Stages, priced};
use crate::failure::{Exit, Failure, Failures};
use crate::files::Draft;

/// How many bytes of lines are rated at once: some 150,000 lines, which take about as much memory while they are
/// rated. A month with fewer is not split.
pub(crate) const PART_BYTES: u64 = 64 << 20;

/// The most parts: for each, a file is open at the same time. Beyond it parts grow.
const MOST_PARTS: u64 = 128;

/// What is kept of a part when its bills are written and let go.
struct PartRows<'r> {
    bills: Vec<Laid>,
    held: Vec<Held<'r>>,
    dropped: Vec<Dropped<'r>>,
    counts: Counts,
    noticed: Noticed,
}

/// A bill in the files of its part: how many bytes are its own.
struct Laid {
    row: BillRow,
    part: u32,
    bill: u64,
    priced: u64,
}

impl Stages<'_> {
    /// How many parts the month is rated in.
    pub(super) fn parts(&self) -> Result<u32, Failure> {
        let mut bytes = 0;
        for path in self.existing_lines()? {
            bytes += fs::metadata(&path).map_err(|error| Failure::storage(&path, "read", &error))?.len();
        }
        let parts = bytes.div_ceil(self.part_bytes.max(1)).clamp(1, MOST_PARTS);
        Ok(u32::try_from(parts).unwrap_or(1))
    }

    /// Rates the month in several parts; see [`Stages::rate`].
    pub(super) fn rate_in_parts<'r>(
        &self,
        rulebook: &'r Rulebook,
        parts: u32,
    ) -> Result<RatedMonth<'r>, Failures> {
        let voice = self.terminal.voice("bills");
        let spill = Spill::new(&self.folder)?;
        voice.progress("sorting lines by customer");
        self.spill_lines(rulebook, &spill, parts)?;
        let mut totals = WideTotals::default();
        if rulebook.has_wide_pools() {
            voice.progress("adding up pools");
            let session = |part| Ok(self.session(rulebook, &spill, part, parts)?.wide_totals());
            totals = each_part(parts, session)?.into_iter().fold(totals, WideTotals::merge);
        }
        voice.progress("rating");
        let rated = each_part(parts, |part| {
            let session = self.session(rulebook, &spill, part, parts)?;
            spill.remove(Kind::Lines, part)?;
            match session.finish_with(&totals) {
                Ok(rated) => lay_down(&rated, &spill, part).map(Ok),
                Err(error) => Ok(Err(error)),
            }
        })?;
        voice.progress("writing");
        let rated = all_told(rated).map_err(|error| rate_failures(&error, self.month()))?;
        self.merge(rulebook, rated, &spill, parts)
    }

    /// Sorts the lines of all sources into parts, each with its number.
    fn spill_lines(&self, rulebook: &Rulebook, spill: &Spill, parts: u32) -> Result<(), Failure> {
        let mut files: Vec<SpillFile> =
            (0..parts).map(|part| spill.write(Kind::Lines, part)).collect::<Result<_, _>>()?;
        let mut number = 0_u64;
        for path in self.existing_lines()? {
            let file = File::open(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
            let reader = JsonLineReader::new(BufReader::with_capacity(1 << 20, file));
            let sorted = reader.for_each_text(|text, line| {
                self.go_on()?;
                let file = &mut files[rulebook.part_of(line, parts) as usize];
                write!(file, "{number}\t")
                    .and_then(|()| file.write_all(text))
                    .and_then(|()| file.write_all(b"\n"))
                    .map_err(|error| file.unwritable(&error))?;
                number += 1;
                Ok(())
            });
            sorted.map_err(|stopped| match stopped {
                Stopped::Line(error) => line_failure(&path, error),
                Stopped::Failure(failure) => *failure,
            })?;
        }
        files.into_iter().try_for_each(SpillFile::finish)
    }

    /// The lines of a part, taken.
    fn session<'r>(
        &self,
        rulebook: &'r Rulebook,
        spill: &Spill,
        part: u32,
        parts: u32,
    ) -> Result<Rating<'r>, Failure> {
        let mut rating = Rating::partition(rulebook, self.month(), part, parts);
        let mut input = spill.read(Kind::Lines, part)?;
        let failed = |error: &io::Error| spill.failure(Kind::Lines, part, "read", error);
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

    /// An error if the run was told to stop.
    fn go_on(&self) -> Result<(), Failure> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Failure::new(Exit::Vendor, "E-STOPPED", "the run was stopped"));
        }
        Ok(())
    }

    /// Puts the parts together, by customer and by line.
    fn merge<'r>(
        &self,
        rulebook: &'r Rulebook,
        rated: Vec<PartRows<'r>>,
        spill: &Spill,
        parts: u32,
    ) -> Result<RatedMonth<'r>, Failures> {
        let (mut bills, mut held, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
        let (mut counts, mut noticed) = (Counts::default(), Noticed::default());
        for part in rated {
            bills.extend(part.bills);
            held.extend(part.held);
            dropped.extend(part.dropped);
            counts.lines += part.counts.lines;
            counts.priced += part.counts.priced;
            counts.held += part.counts.held;
            counts.dropped += part.counts.dropped;
            noticed = noticed.merge(&part.noticed);
        }
        bills.sort_by(|one, other| one.row.customer.cmp(&other.row.customer));
        held.sort_by_key(|held| held.line);
        dropped.sort_by_key(|dropped| dropped.line);

        let write_bills = || {
            let path = self.folder.bills();
            let failed = |error: io::Error| Failure::storage(&path, "write", &error);
            let mut draft = Draft::new(&path)?;
            let mut document = DocumentWriter::new(&mut draft).map_err(failed)?;
            let mut texts = Texts::open(spill, Kind::Bills, parts)?;
            for bill in &bills {
                texts.copy(bill.part, bill.bill, document.next_bill().map_err(failed)?)?;
            }
            document.finish(Some(self.month()), counts, &held, &dropped).map_err(failed)?;
            Ok::<_, Failure>(draft)
        };
        let write_priced = || {
            let path = self.folder.priced();
            let mut draft = Draft::new(&path)?;
            let mut texts = Texts::open(spill, Kind::Priced, parts)?;
            for bill in &bills {
                texts.copy(bill.part, bill.priced, &mut draft)?;
            }
            priced::write_unpriced(&held, &dropped, &mut draft)
                .map_err(|error| Failure::storage(&path, "write", &error))?;
            Ok::<_, Failure>(draft)
        };
        let (bills_draft, priced_draft) = std::thread::scope(|scope| {
            let priced = scope.spawn(write_priced);
            (write_bills(), priced.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (bills_draft, priced_draft) = (bills_draft?, priced_draft?);
        let warnings = noticed.warnings(rulebook, self.month());
        let bills = bills.into_iter().map(|bill| bill.row).collect();
        Ok(RatedMonth {
            rows: Rows { bills, held, dropped, counts, warnings },
            priced: self.folder.publish(priced_draft)?,
            bills: self.folder.publish(bills_draft)?,
        })
    }
}

/// Does `work` for every part, on as many threads as there are cores.
fn each_part<T: Send>(
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
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        started.into_iter().try_fold(Vec::new(), |mut all, thread| {
            all.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            Ok::<_, Failure>(all)
        })
    })?;
    done.sort_unstable_by_key(|(part, _)| *part);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// Writes the bills of a part and what became of their lines, and keeps the rows.
fn lay_down<'r>(rated: &Rated<'r>, spill: &Spill, part: u32) -> Result<PartRows<'r>, Failure> {
    let mut bill_texts = spill.write(Kind::Bills, part)?;
    let mut priced_texts = spill.write(Kind::Priced, part)?;
    let mut bills = Vec::with_capacity(rated.bills().len());
    for bill in rated.bills() {
        let before = (bill_texts.bytes(), priced_texts.bytes());
        bill.write_json(&mut bill_texts).map_err(|error| bill_texts.unwritable(&error))?;
        priced::write_bill(&bill, &mut priced_texts).map_err(|error| priced_texts.unwritable(&error))?;
        let (bytes, priced) = (bill_texts.bytes() - before.0, priced_texts.bytes() - before.1);
        bills.push(Laid { row: BillRow::of(&bill), part, bill: bytes, priced });
    }
    bill_texts.finish()?;
    priced_texts.finish()?;
    Ok(PartRows {
        bills,
        held: rated.held(),
        dropped: rated.dropped(),
        counts: rated.counts(),
        noticed: rated.noticed(),
    })
}

/// All parts, or everything that stands in the way of any of them.
fn all_told(rated: Vec<Result<PartRows<'_>, RunError>>) -> Result<Vec<PartRows<'_>>, RunError> {
    let (mut parts, mut told) = (Vec::new(), None::<RunError>);
    for part in rated {
        match (part, told.take()) {
            (Ok(part), before) => {
                parts.push(part);
                told = before;
            }
            (Err(error), None) => told = Some(error),
            (Err(error), Some(before)) => told = Some(before.merge(error)),
        }
    }
    told.map_or(Ok(parts), Err)
}

/// The texts of all parts, each read once from its beginning to its end.
struct Texts<'s> {
    spill: &'s Spill,
    kind: Kind,
    files: Vec<BufReader<File>>,
}

impl Texts<'_> {
    fn open(spill: &Spill, kind: Kind, parts: u32) -> Result<Texts<'_>, Failure> {
        let files = (0..parts).map(|part| spill.read(kind, part)).collect::<Result<_, _>>()?;
        Ok(Texts { spill, kind, files })
    }

    /// Copies the next bytes of a part.
    fn copy(&mut self, part: u32, bytes: u64, to: &mut impl Write) -> Result<(), Failure> {
        let mut text = (&mut self.files[part as usize]).take(bytes);
        let copied = io::copy(&mut text, to);
        let short = || Err(io::ErrorKind::UnexpectedEof.into());
        copied
            .and_then(|copied| if copied == bytes { Ok(()) } else { short() })
            .map_err(|error| self.spill.failure(self.kind, part, "copy", &error))
    }
}

/// Why lines are not sorted any further.
enum Stopped {
    Line(LineError),
    Failure(Box<Failure>),
}

impl From<LineError> for Stopped {
    fn from(error: LineError) -> Stopped {
        Stopped::Line(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Stopped {
        Stopped::Failure(Box::new(failure))
    }
}
