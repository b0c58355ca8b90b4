//! A rated month laid down part by part, and put together by customer: the bytes are those of a month in one part.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};

use ratebook_line::{Currency, Decimal, Month, NumberError};
use ratebook_rating::{Bill, Counts, DocumentWriter, Dropped, Held, Kind, Noticed, Rated, Rulebook};

use super::numbered::{Numbered, NumberedFile};
use super::priced;
use super::rows::{BillRow, HeldLines, HeldWhy, Rows, SkuRow};
use super::{alike, explained};
use crate::failure::{Exit, Failure, Failures};
use crate::rating::{self, How, Spill, Usage};

/// Bills as they stand in the document, one behind the other.
const BILLS: &str = "bills";
/// What became of lines that are on a bill.
const PRICED: &str = "priced";
/// How bills came about.
const EXPLAINED: &str = "explained";
/// Dropped and held lines as they stand in the document, and what became of them.
const DROPPED: [&str; 2] = ["dropped", "dropped-fates"];
const HELD: [&str; 2] = ["held", "held-fates"];

/// A month whose bills are on disk, in the files of their parts.
pub(crate) struct Laid<'r> {
    /// What is known of it without them.
    pub rows: Rows<'r>,
    month: Month,
    spill: Spill,
    parts: u32,
    /// Where the bill of each row is.
    places: Vec<Place>,
    /// The sources whose usage is missing.
    missing: Vec<String>,
}

/// Where a bill is: the next so many bytes of the files of its part.
struct Place {
    part: u32,
    bill: u64,
    priced: u64,
    explained: u64,
}

/// What is kept of a part when its bills are written and let go.
struct LaidPart<'r> {
    bills: Vec<(BillRow, Place)>,
    skus: BTreeMap<(String, Currency), SkuRow>,
    held: BTreeMap<HeldWhy<'r>, HeldLines>,
    dropped: BTreeMap<&'r str, (u64, &'r str)>,
    counts: Counts,
    noticed: Noticed,
}

/// Why putting parts together ended early.
pub(crate) enum Halt {
    /// What is made of them cannot be written.
    Write(io::Error),
    /// A part cannot be read.
    Read(Box<Failure>),
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Halt {
        Halt::Write(error)
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Halt {
        Halt::Read(Box::new(failure))
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
    let (mut bills, mut counts, mut noticed) = (Vec::new(), Counts::default(), Noticed::default());
    let mut held: BTreeMap<HeldWhy<'r>, HeldLines> = BTreeMap::new();
    let (mut dropped, mut skus) = (BTreeMap::new(), BTreeMap::new());
    for part in parts {
        bills.extend(part.bills);
        for (sku, row) in part.skus {
            add_sku(&mut skus, sku, row)?;
        }
        part.held.into_iter().for_each(|(why, lines)| held.entry(why).or_default().add(lines));
        for (rule, (count, reason)) in part.dropped {
            dropped.entry(rule).or_insert((0, reason)).0 += count;
        }
        counts += part.counts;
        noticed = noticed.merge(&part.noticed);
    }
    bills.sort_by(|(one, _), (other, _)| one.customer.cmp(&other.customer));
    let (bills, places): (Vec<BillRow>, _) = bills.into_iter().unzip();
    let mut warnings = noticed.warnings(rulebook, usage.month);
    warnings.extend(alike::warnings(bills.iter().map(|bill| bill.customer.as_str())));
    let rows = Rows { bills, skus, held, dropped, counts, warnings };
    Ok(Laid { rows, month: usage.month, spill, parts: how.parts, places, missing: Vec::new() })
}

impl<'r> LaidPart<'r> {
    /// Writes the bills of a part and what became of their lines, and keeps the rows.
    fn new(rated: &Rated<'r>, spill: &Spill, part: u32) -> Result<LaidPart<'r>, Failure> {
        let (mut bill_texts, mut priced_texts) = (spill.write(BILLS, part)?, spill.write(PRICED, part)?);
        let mut explained_texts = spill.write(EXPLAINED, part)?;
        let mut bills = Vec::with_capacity(rated.bills().len());
        let mut skus = BTreeMap::new();
        for bill in rated.bills() {
            let before = [bill_texts.bytes(), priced_texts.bytes(), explained_texts.bytes()];
            bill.write_json(&mut bill_texts).map_err(|error| bill_texts.unwritable(&error))?;
            priced::write_bill(&bill, &mut priced_texts).map_err(|error| priced_texts.unwritable(&error))?;
            explained::write_bill(&bill, &mut explained_texts)
                .map_err(|error| explained_texts.unwritable(&error))?;
            let place = Place {
                part,
                bill: bill_texts.bytes() - before[0],
                priced: priced_texts.bytes() - before[1],
                explained: explained_texts.bytes() - before[2],
            };
            bills.push((BillRow::of(&bill), place));
            for (sku, amount) in skus_of(&bill)? {
                add_sku(&mut skus, (sku.to_owned(), bill.currency()), SkuRow { amount, bills: 1 })?;
            }
        }
        bill_texts.finish()?;
        priced_texts.finish()?;
        explained_texts.finish()?;
        Ok(LaidPart {
            bills,
            skus,
            held: lay_held(rated.held(), spill, part)?,
            dropped: lay_dropped(&rated.dropped(), spill, part)?,
            counts: rated.counts(),
            noticed: rated.noticed(),
        })
    }
}

/// What the usage on a bill comes to by SKU.
fn skus_of<'b>(bill: &Bill<'b>) -> Result<BTreeMap<&'b str, Decimal>, Failure> {
    let mut sums: BTreeMap<&str, Decimal> = BTreeMap::new();
    for line in bill.lines().filter(|line| matches!(line.kind, Kind::Usage | Kind::Commitment)) {
        let sum = sums.entry(line.sku.unwrap_or(line.name)).or_insert(Decimal::ZERO);
        *sum = sum.checked_add(line.amount).map_err(|error| too_large(&error))?;
    }
    Ok(sums)
}

fn add_sku(
    skus: &mut BTreeMap<(String, Currency), SkuRow>,
    sku: (String, Currency),
    row: SkuRow,
) -> Result<(), Failure> {
    let sum = skus.entry(sku).or_insert(SkuRow { amount: Decimal::ZERO, bills: 0 });
    sum.add(row).map_err(|error| too_large(&error))
}

fn too_large(error: &NumberError) -> Failure {
    Failure::new(Exit::Review, "E-NUMBER", format!("the sum of a SKU: {error}"))
}

fn lay_held<'r>(
    held: Vec<Held<'r>>,
    spill: &Spill,
    part: u32,
) -> Result<BTreeMap<HeldWhy<'r>, HeldLines>, Failure> {
    let [texts, fates] = HELD.map(|kind| NumberedFile::new(spill, kind, part));
    let (mut texts, mut fates) = (texts?, fates?);
    let mut kinds: BTreeMap<HeldWhy<'r>, HeldLines> = BTreeMap::new();
    for held in held {
        texts.push(held.line, |to| held.write_json(to))?;
        fates.push(held.line, |to| priced::write_held(&held, to))?;
        kinds.entry(HeldWhy::of(&held)).or_default().push(held);
    }
    texts.finish()?;
    fates.finish()?;
    Ok(kinds)
}

fn lay_dropped<'r>(
    dropped: &[Dropped<'r>],
    spill: &Spill,
    part: u32,
) -> Result<BTreeMap<&'r str, (u64, &'r str)>, Failure> {
    let [texts, fates] = DROPPED.map(|kind| NumberedFile::new(spill, kind, part));
    let (mut texts, mut fates) = (texts?, fates?);
    let mut rules = BTreeMap::new();
    for dropped in dropped {
        texts.push(dropped.line, |to| dropped.write_json(to))?;
        fates.push(dropped.line, |to| priced::write_dropped(dropped, to))?;
        rules.entry(dropped.rule).or_insert((0, dropped.reason)).0 += 1;
    }
    texts.finish()?;
    fates.finish()?;
    Ok(rules)
}

impl Laid<'_> {
    /// Writes the bill document.
    ///
    /// # Errors
    /// Those of the output, and those of the parts.
    pub(crate) fn write_document(&self, to: &mut impl Write) -> Result<(), Halt> {
        let mut document =
            DocumentWriter::new(to, Some(self.month), self.rows.counts)?.partial(&self.missing);
        let mut texts = self.texts(BILLS)?;
        for place in &self.places {
            texts.copy(place.part, place.bill, document.next_bill()?)?;
        }
        drop(texts);
        let mut dropped = self.numbered(DROPPED[0])?;
        while let Some(text) = dropped.next()? {
            document.next_dropped()?.write_all(text)?;
        }
        drop(dropped);
        let mut held = self.numbered(HELD[0])?;
        while let Some(text) = held.next()? {
            document.next_held()?.write_all(text)?;
        }
        Ok(document.finish()?)
    }

    /// The same month with the sources that are missing in it, which every document of it names.
    pub(super) fn without(self, missing: &[String]) -> Self {
        Laid { missing: missing.to_vec(), ..self }
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
        drop(texts);
        for kind in [HELD[1], DROPPED[1]] {
            let mut fates = self.numbered(kind)?;
            while let Some(text) = fates.next()? {
                to.write_all(text)?;
            }
        }
        Ok(())
    }

    /// Writes how every bill came about, a line each.
    ///
    /// # Errors
    /// As for [`Laid::write_document`].
    pub(super) fn write_explained(&self, to: &mut impl Write) -> Result<(), Halt> {
        let mut texts = self.texts(EXPLAINED)?;
        self.places.iter().try_for_each(|place| texts.copy(place.part, place.explained, to))
    }

    fn numbered(&self, kind: &'static str) -> Result<Numbered<'_>, Halt> {
        Numbered::open(&self.spill, kind, self.parts)
    }

    fn texts(&self, kind: &'static str) -> Result<Texts<'_>, Halt> {
        let files: Result<_, Failure> = (0..self.parts).map(|part| self.spill.read(kind, part)).collect();
        Ok(Texts { spill: &self.spill, kind, files: files? })
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
        let failed = |error: &io::Error| Halt::from(self.spill.unreadable(self.kind, part, error));
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use ratebook_rating::MemoryFiles;

    use super::*;
    use crate::terminal::Terminal;

    const RULES: &str = "version = 1\n[settings]\ncurrency = \"EUR\"\nunpriced = \"hold\"\n\
        [[rule]]\nid = \"x\"\nreason = \"r\"\nwhen = { sku = \"X\" }\nprice = \"1.00\"\n\
        [[rule]]\nid = \"y\"\nreason = \"r\"\nwhen = { sku = \"Y\" }\ndrop = true\n";

    /// Lays a small month down in three parts below a folder.
    fn laid<'r>(rulebook: &'r Rulebook, folder: &Path) -> Laid<'r> {
        let line = |number: usize| {
            let (sku, customer) = (["X", "Y", "Z"][number % 3], number % 7);
            format!(
                "{{\"usageMonth\":\"2026-03-01\",\"customer\":\"c{customer}\",\"skuId\":\"{sku}\",\"consumedQuantity\":2}}\n"
            )
        };
        let file = folder.join("lines.jsonl");
        fs::write(&file, (0..100).map(line).collect::<String>()).unwrap();
        let usage = Usage::new("2026-03".parse().unwrap(), vec![file]);
        let voice = Arc::new(Terminal::new(true, false)).voice("test");
        let how =
            How { parts: 3, spill: &folder.join("parts"), cancel: &AtomicBool::new(false), voice: &voice };
        lay_down(&usage, rulebook, how).unwrap()
    }

    #[test]
    fn what_ends_the_merging_early_is_told_apart() {
        let rulebook = ratebook_rating::load("r", &MemoryFiles::new().with("r", RULES)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let laid = laid(&rulebook, folder.path());
        let mut whole = Vec::new();
        assert!(laid.write_document(&mut whole).is_ok());
        let held = laid.rows.held.values().map(|held| held.count).sum::<u64>();
        assert_eq!((laid.rows.bills.len(), held, laid.rows.dropped["y"].0), (7, 33, 33));

        // An output that is full before its end is told as the output's.
        for room in [0, 100, whole.len() / 2, whole.len() - 3] {
            let mut full = vec![0; room];
            assert!(matches!(laid.write_document(&mut full.as_mut_slice()), Err(Halt::Write(_))), "{room}");
        }
        // A part that is cut is told as that part.
        for kind in [BILLS, HELD[0], DROPPED[0]] {
            let path = folder.path().join(format!("parts/{kind}-1"));
            let text = fs::read(&path).unwrap();
            fs::write(&path, &text[..text.len() - 1]).unwrap();
            let Err(Halt::Read(failure)) = laid.write_document(&mut Vec::new()) else {
                panic!("{kind}: not told");
            };
            assert_eq!(failure.place, Some(path.display().to_string()));
            fs::write(&path, &text).unwrap();
        }
    }
}
