//! A rated month laid down part by part, and put together by customer: the bytes are those of a month in one part.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};

use ratebook_line::Month;
use ratebook_rating::{Counts, DocumentWriter, Dropped, Held, Noticed, Rated, Rulebook};

use super::priced;
use super::rows::{BillRow, Rows};
use crate::failure::{Failure, Failures};
use crate::rating::{self, How, Spill, Usage};

/// Bills as they stand in the document, one behind the other.
const BILLS: &str = "bills";
/// What became of lines that are on a bill.
const PRICED: &str = "priced";

/// A month whose bills are on disk, in the files of their parts.
pub(crate) struct Laid<'r> {
    /// What is known of it without them.
    pub rows: Rows<'r>,
    month: Month,
    spill: Spill,
    parts: u32,
    /// Where the bill of each row is.
    places: Vec<Place>,
}

/// Where a bill is: the next so many bytes of the files of its part.
struct Place {
    part: u32,
    bill: u64,
    priced: u64,
}

/// What is kept of a part when its bills are written and let go.
struct LaidPart<'r> {
    bills: Vec<(BillRow, Place)>,
    held: Vec<Held<'r>>,
    dropped: Vec<Dropped<'r>>,
    counts: Counts,
    noticed: Noticed,
}

/// Why putting parts together ended early.
pub(crate) enum Halt {
    /// What is made of them cannot be written.
    Write(io::Error),
    /// A part cannot be read.
    Read(Failure),
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Halt {
        Halt::Write(error)
    }
}

/// Rates a month and lays its bills down in `how.spill`, which is taken away with what this gives.
///
/// # Errors
/// Those of [`rating::rate_each`].
pub(crate) fn lay_down<'r>(
    usage: &Usage,
    rulebook: &'r Rulebook,
    how: How<'_>,
) -> Result<Laid<'r>, Failures> {
    let spill = Spill::new(how.spill)?;
    let lines = how.spill.join("lines");
    let parts = rating::rate_each(usage, rulebook, How { spill: &lines, ..how }, |part, rated| {
        LaidPart::new(rated, &spill, part)
    })?;
    let (mut bills, mut held, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
    let (mut counts, mut noticed) = (Counts::default(), Noticed::default());
    for part in parts {
        bills.extend(part.bills);
        held.extend(part.held);
        dropped.extend(part.dropped);
        counts.lines += part.counts.lines;
        counts.priced += part.counts.priced;
        counts.held += part.counts.held;
        counts.dropped += part.counts.dropped;
        noticed = noticed.merge(&part.noticed);
    }
    bills.sort_by(|(one, _), (other, _)| one.customer.cmp(&other.customer));
    held.sort_by_key(|held| held.line);
    dropped.sort_by_key(|dropped| dropped.line);
    let (bills, places) = bills.into_iter().unzip();
    let rows = Rows { bills, held, dropped, counts, warnings: noticed.warnings(rulebook, usage.month) };
    Ok(Laid { rows, month: usage.month, spill, parts: how.parts, places })
}

impl<'r> LaidPart<'r> {
    /// Writes the bills of a part and what became of their lines, and keeps the rows.
    fn new(rated: &Rated<'r>, spill: &Spill, part: u32) -> Result<LaidPart<'r>, Failure> {
        let (mut bill_texts, mut priced_texts) = (spill.write(BILLS, part)?, spill.write(PRICED, part)?);
        let mut bills = Vec::with_capacity(rated.bills().len());
        for bill in rated.bills() {
            let before = (bill_texts.bytes(), priced_texts.bytes());
            bill.write_json(&mut bill_texts).map_err(|error| bill_texts.unwritable(&error))?;
            priced::write_bill(&bill, &mut priced_texts).map_err(|error| priced_texts.unwritable(&error))?;
            let (bytes, priced) = (bill_texts.bytes() - before.0, priced_texts.bytes() - before.1);
            bills.push((BillRow::of(&bill), Place { part, bill: bytes, priced }));
        }
        bill_texts.finish()?;
        priced_texts.finish()?;
        Ok(LaidPart {
            bills,
            held: rated.held(),
            dropped: rated.dropped(),
            counts: rated.counts(),
            noticed: rated.noticed(),
        })
    }
}

impl Laid<'_> {
    /// Writes the bill document.
    ///
    /// # Errors
    /// Those of the output, and those of the parts.
    pub(crate) fn write_document(&self, to: &mut impl Write) -> Result<(), Halt> {
        let mut document = DocumentWriter::new(to)?;
        let mut texts = self.texts(BILLS)?;
        for place in &self.places {
            texts.copy(place.part, place.bill, document.next_bill()?)?;
        }
        let rows = &self.rows;
        Ok(document.finish(Some(self.month), rows.counts, &rows.held, &rows.dropped)?)
    }

    /// Writes what became of every line: bill by bill, then the held and the dropped.
    ///
    /// # Errors
    /// As for [`Laid::write_document`].
    pub(super) fn write_priced(&self, to: &mut impl Write) -> Result<(), Halt> {
        let mut texts = self.texts(PRICED)?;
        for place in &self.places {
            texts.copy(place.part, place.priced, to)?;
        }
        Ok(priced::write_unpriced(&self.rows.held, &self.rows.dropped, to)?)
    }

    fn texts(&self, kind: &'static str) -> Result<Texts<'_>, Halt> {
        let open = |part| self.spill.read(kind, part).map_err(Halt::Read);
        Ok(Texts { spill: &self.spill, kind, files: (0..self.parts).map(open).collect::<Result<_, _>>()? })
    }
}

/// The texts of all parts, each read once from its beginning to its end.
struct Texts<'s> {
    spill: &'s Spill,
    kind: &'static str,
    files: Vec<BufReader<File>>,
}

impl Texts<'_> {
    /// Copies the next bytes of a part.
    fn copy(&mut self, part: u32, mut bytes: u64, to: &mut impl Write) -> Result<(), Halt> {
        let file = &mut self.files[part as usize];
        let failed = |error: &io::Error| Halt::Read(self.spill.unreadable(self.kind, part, error));
        // Not `io::copy`: it does not say whether it was reading or writing that failed.
        while bytes > 0 {
            let buffer = file.fill_buf().map_err(|error| failed(&error))?;
            let count = usize::try_from(bytes).map_or(buffer.len(), |bytes| bytes.min(buffer.len()));
            if count == 0 {
                return Err(failed(&io::ErrorKind::UnexpectedEof.into()));
            }
            to.write_all(&buffer[..count])?;
            file.consume(count);
            bytes -= count as u64;
        }
        Ok(())
    }
}
