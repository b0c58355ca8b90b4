//! A block as the host has it.

use std::borrow::Cow;

use ratebook_line::{Block, Month, NumberField, TextColumn, TextField, Texts, Values};

use super::error::BatchError;
use super::layout::{DUPLICATES, FINGERPRINT, RECORD, SKIPPED_REASON, SKIPPED_RECORD, SKIPPED_WHAT, word};
use super::read::{Column, Message};
use crate::border::skipped_name;
use crate::duplicates::Duplicates;
use crate::fingerprint::Fingerprint;
use crate::skip::Skip;

/// What a plugin hands over at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginBlock {
    /// Its lines; the host adds source, vendor and payload.
    pub lines: Block,
    /// What the record of each line is compared by with those of other payloads.
    pub fingerprints: Values<Option<Fingerprint>>,
    /// What becomes of the record of each line if it stands in another payload too.
    pub duplicates: Values<Duplicates>,
    /// The records that are no lines.
    pub skipped: SkippedRecords,
}

/// Records that are no lines, as columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedRecords {
    rows: usize,
    records: Values<u64>,
    reasons: TextColumn,
    /// The reason behind each text of `reasons`.
    kinds: Vec<Option<Skip>>,
    what: TextColumn,
}

impl SkippedRecords {
    /// Some of the records of one reason and one name.
    #[must_use]
    pub fn alike(records: Vec<u64>, reason: Skip, what: &str) -> SkippedRecords {
        let (rows, reasons) = (records.len(), TextColumn::same(reason.word()));
        let kinds = vec![None, Some(reason)];
        SkippedRecords { rows, records: Values::Each(records), reasons, kinds, what: TextColumn::same(what) }
    }

    /// How many there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Their numbers in the payload, counted from 1.
    #[must_use]
    pub fn records(&self) -> &Values<u64> {
        &self.records
    }

    /// Why each is no line, in a word of [`Skip`].
    #[must_use]
    pub fn reasons(&self) -> &TextColumn {
        &self.reasons
    }

    /// What each is, for people: without control characters, and not long.
    #[must_use]
    pub fn what(&self) -> &TextColumn {
        &self.what
    }

    /// How many there are of each reason, as far as there are any.
    pub fn counts(&self) -> impl Iterator<Item = (Skip, u64)> {
        let mut counts = vec![0_u64; self.kinds.len()];
        match &self.reasons.ids {
            Values::Same(id) => counts[*id as usize] = self.rows as u64,
            Values::Each(ids) => ids.iter().for_each(|id| counts[*id as usize] += 1),
        }
        self.kinds
            .iter()
            .zip(counts)
            .filter_map(|(kind, count)| Some(((*kind)?, count)))
            .filter(|(_, count)| *count > 0)
    }

    /// Each of them: record, reason and what it is.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Skip, &str)> {
        (0..self.rows).filter_map(|row| {
            let reason = self.kinds[self.reasons.ids.get(row) as usize]?;
            Some((self.records.get(row), reason, self.what.get(row)))
        })
    }
}

/// How many lines and skipped records a block claims to hold, before anything of it is read.
#[must_use]
pub fn claimed(bytes: &[u8]) -> (u64, u64) {
    let number = |at: usize| bytes.get(at..at + 4).and_then(|number| number.try_into().ok());
    let claimed = |at| number(at).map_or(0, |number| u32::from_le_bytes(number).into());
    (claimed(4), claimed(8))
}

/// Reads a block that a plugin hands over. Lines that say no month are of `month`.
///
/// # Errors
/// [`BatchError`] from the first thing that is wrong.
pub fn read_block(bytes: &[u8], month: Month) -> Result<PluginBlock, BatchError> {
    let mut message = Message::new(bytes)?;
    let (lines, skipped) = (message.lines, message.skipped);
    let mut columns = Columns::default();
    while let Some(column) = message.next()? {
        columns.put(&column, lines, skipped)?;
    }
    columns.block(lines, skipped, month)
}

#[derive(Default)]
struct Columns {
    records: Option<Values<u64>>,
    texts: [Option<TextColumn>; TextField::ALL.len()],
    numbers: [Option<Values<Option<ratebook_line::Decimal>>>; NumberField::ALL.len()],
    fingerprints: Option<Values<Option<Fingerprint>>>,
    duplicates: Option<TextColumn>,
    skipped_records: Option<Values<u64>>,
    skipped_reasons: Option<TextColumn>,
    skipped_what: Option<TextColumn>,
}

/// What the host says of a line is not for a plugin to say.
fn is_the_hosts(field: TextField) -> bool {
    matches!(field, TextField::Source | TextField::Vendor | TextField::Payload)
}

impl Columns {
    fn put(&mut self, column: &Column<'_>, lines: usize, skipped: usize) -> Result<(), BatchError> {
        let name = column.name;
        match name {
            RECORD => return set(&mut self.records, column.steps(lines)?),
            FINGERPRINT => return set(&mut self.fingerprints, column.hashes(lines)?),
            DUPLICATES => return set(&mut self.duplicates, column.texts(lines)?),
            SKIPPED_RECORD => return set(&mut self.skipped_records, column.steps(skipped)?),
            SKIPPED_REASON => return set(&mut self.skipped_reasons, column.texts(skipped)?),
            SKIPPED_WHAT => return set(&mut self.skipped_what, column.texts(skipped)?),
            _ => {}
        }
        if let Some(field) =
            TextField::ALL.into_iter().find(|field| field.name() == name && !is_the_hosts(*field))
        {
            return set(&mut self.texts[field as usize], column.texts(lines)?);
        }
        if let Some(field) = NumberField::ALL.into_iter().find(|field| field.name() == name) {
            return set(&mut self.numbers[field as usize], column.decimals(lines)?);
        }
        Err(BatchError(format!(
            "it holds a column {name:?} that this ratebook does not know; use a newer ratebook"
        )))
    }

    fn block(mut self, lines: usize, skipped: usize, month: Month) -> Result<PluginBlock, BatchError> {
        let duplicates = match self.duplicates {
            None => Values::Same(Duplicates::default()),
            Some(column) => duplicates(&column)?,
        };
        let skipped = skipped_of(skipped, self.skipped_records, self.skipped_reasons, self.skipped_what)?;
        let months = self.texts[TextField::UsageMonth as usize].get_or_insert_with(absent);
        months.fill(&month.to_string());
        let lines = Block::of_columns(
            lines,
            self.records.unwrap_or(Values::Same(0)),
            self.texts.map(|column| column.unwrap_or_else(absent)),
            self.numbers.map(|column| column.unwrap_or(Values::Same(None))),
        )?;
        let fingerprints = self.fingerprints.unwrap_or(Values::Same(None));
        Ok(PluginBlock { lines, fingerprints, duplicates, skipped })
    }
}

fn absent() -> TextColumn {
    TextColumn::same("")
}

fn set<T>(place: &mut Option<T>, value: T) -> Result<(), BatchError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(BatchError("a column stands in it twice".to_owned())),
    }
}

fn duplicates(column: &TextColumn) -> Result<Values<Duplicates>, BatchError> {
    let of = |text: &str| {
        [Duplicates::Refuse, Duplicates::Keep, Duplicates::Drop]
            .into_iter()
            .find(|duplicates| word(*duplicates) == text)
            .ok_or_else(|| BatchError(format!("{text:?} says nothing of records that are alike")))
    };
    let known = column.texts.iter().map(of).collect::<Result<Vec<Duplicates>, _>>()?;
    Ok(match &column.ids {
        Values::Same(id) => Values::Same(known[*id as usize]),
        Values::Each(ids) => Values::Each(ids.iter().map(|id| known[*id as usize]).collect()),
    })
}

fn skipped_of(
    rows: usize,
    records: Option<Values<u64>>,
    reasons: Option<TextColumn>,
    what: Option<TextColumn>,
) -> Result<SkippedRecords, BatchError> {
    let reasons = reasons.unwrap_or_else(absent);
    let kinds = reasons.texts.iter().map(|word| match word {
        "" => Ok(None),
        word => word.parse().map(Some).map_err(BatchError),
    });
    let kinds = kinds.collect::<Result<Vec<Option<Skip>>, _>>()?;
    let has_none: Vec<bool> = kinds.iter().map(Option::is_none).collect();
    if reasons.ids.first_marked(rows, &has_none).is_some() {
        return Err(BatchError("a record in it is skipped without a reason".to_owned()));
    }
    let what = tamed(what.unwrap_or_else(absent));
    Ok(SkippedRecords { rows, records: records.unwrap_or(Values::Same(0)), reasons, kinds, what })
}

/// Names of skipped records as they are written down.
fn tamed(column: TextColumn) -> TextColumn {
    let names: Vec<Cow<'_, str>> = column.texts.iter().map(skipped_name).collect();
    if names.iter().all(|name| matches!(name, Cow::Borrowed(_))) {
        return column;
    }
    let mut texts = Texts::default();
    names.iter().skip(1).for_each(|name| _ = texts.push(name));
    TextColumn { texts, ids: column.ids }
}
