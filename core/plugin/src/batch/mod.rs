//! How lines cross: named columns over one text arena each, the same bytes in memory and on the pipe.
//!
//! Little-endian: `RBL1`, rows (u32), columns (u32); then per column its kind (u8: 0 text, 1 decimal, 2 whole
//! number, 3 hash), the length of its name (u8) and the name, the length of its data (u32) and the data. Text: an end
//! offset (u32) per row, then the arena; an empty text is an absent one. Decimal: low (u64), high (i64), places
//! (u32) per row; `u32::MAX` places for an absent one. Whole number: u64 per row. Hash: 128 bits per row; 0 for an absent one. A
//! column in which every row is absent is left out, so a new column costs old plugins nothing. An old host refuses a column
//! that it does not know, for it would lose what is in it; what it can do without is sent only to a host that says that
//! it knows it (`OPTIONAL_COLUMNS`).

mod layout;
mod read;
mod write;

use std::str::Utf8Error;

use crate::{Currency, Duplicates, Fingerprint, Line, Month, Skip};
use layout::{DECIMAL, HASH, WHOLE};
use read::{Column, Data, Texts, decimal, hash, read_columns, set, text, whole};
use write::{FixedColumn, TextColumn, Writer};

/// Separates the tags of a line inside their cell.
pub(crate) const BETWEEN_TAGS: char = '\u{1f}';

/// The columns of a line that a host need not know, since interface 1.1: a record's fingerprint, and what the source says
/// of records that are alike.
pub(crate) const OPTIONAL_COLUMNS: [&str; 2] = ["fingerprint", "duplicates"];

/// Names the fields of a line once for writing and reading, so that the two cannot drift apart.
macro_rules! line_columns {
    (texts: $($text:ident),*; decimals: $($decimal:ident),*) => {
        /// Lines on their way: pushed one by one, taken as bytes.
        #[derive(Debug, Default)]
        pub(crate) struct LineBatch {
            rows: u32,
            row: FixedColumn,
            usage_month: FixedColumn,
            fingerprint: FixedColumn,
            duplicates: FixedColumn,
            tags: TextColumn,
            currency: TextColumn,
            $($text: TextColumn,)*
            $($decimal: FixedColumn,)*
        }

        impl LineBatch {
            pub(crate) fn rows(&self) -> u32 {
                self.rows
            }

            /// How many bytes of text are in it.
            pub(crate) fn text(&self) -> usize {
                self.tags.arena.len() $(+ self.$text.arena.len())*
            }

            /// `fingerprint` and `duplicates` go in place of the line's own.
            pub(crate) fn push(
                &mut self,
                line: &Line<'_>,
                fingerprint: Option<Fingerprint>,
                duplicates: Duplicates,
            ) {
                self.rows += 1;
                self.row.push_whole(line.row);
                self.usage_month.push_whole(line.usage_month.map_or(0, month_to_number));
                self.fingerprint.push_hash(fingerprint);
                self.duplicates.push_whole(duplicates_to_number(duplicates));
                self.push_tags(&line.tags);
                self.currency.push(line.currency.map_or("", Currency::code));
                $(self.$text.push(line.$text.unwrap_or_default());)*
                $(self.$decimal.push_decimal(line.$decimal);)*
            }

            pub(crate) fn take(&mut self) -> Vec<u8> {
                let mut to = Writer::new(std::mem::take(&mut self.rows));
                self.row.write(WHOLE, "row", &mut to);
                self.usage_month.write(WHOLE, "usage_month", &mut to);
                self.fingerprint.write(HASH, "fingerprint", &mut to);
                self.duplicates.write(WHOLE, "duplicates", &mut to);
                self.tags.write("tags", &mut to);
                self.currency.write("currency", &mut to);
                $(self.$text.write(stringify!($text), &mut to);)*
                $(self.$decimal.write(DECIMAL, stringify!($decimal), &mut to);)*
                to.finish()
            }
        }

        #[derive(Default)]
        struct LineColumns<'b> {
            row: Option<&'b [u8]>,
            usage_month: Option<&'b [u8]>,
            fingerprint: Option<&'b [u8]>,
            duplicates: Option<&'b [u8]>,
            tags: Option<Texts<'b>>,
            currency: Option<Texts<'b>>,
            $($text: Option<Texts<'b>>,)*
            $($decimal: Option<&'b [u8]>,)*
        }

        impl<'b> LineColumns<'b> {
            fn put(&mut self, column: Column<'b>) -> Result<(), BatchError> {
                match (column.name, column.data) {
                    ("row", Data::Whole(data)) => set(&mut self.row, data),
                    ("usage_month", Data::Whole(data)) => set(&mut self.usage_month, data),
                    ("fingerprint", Data::Hash(data)) => set(&mut self.fingerprint, data),
                    ("duplicates", Data::Whole(data)) => set(&mut self.duplicates, data),
                    ("tags", Data::Text(texts)) => set(&mut self.tags, texts),
                    ("currency", Data::Text(texts)) => set(&mut self.currency, texts),
                    $((stringify!($text), Data::Text(texts)) => set(&mut self.$text, texts),)*
                    $((stringify!($decimal), Data::Decimal(data)) => set(&mut self.$decimal, data),)*
                    (name, _) => Err(BatchError(format!(
                        "it holds a column {name:?} that this ratebook does not know; use a newer ratebook"
                    ))),
                }
            }

            fn line(&self, index: usize) -> Result<Line<'b>, BatchError> {
                Ok(Line {
                    row: whole(self.row, index),
                    usage_month: month_from_number(whole(self.usage_month, index))?,
                    fingerprint: hash(self.fingerprint, index),
                    duplicates: duplicates_from_number(whole(self.duplicates, index))?,
                    tags: text(self.tags, index)
                        .map_or_else(Vec::new, |tags| tags.split(BETWEEN_TAGS).collect()),
                    currency: text(self.currency, index)
                        .map(str::parse)
                        .transpose()
                        .map_err(|error: crate::UnknownCurrency| BatchError(error.to_string()))?,
                    $($text: text(self.$text, index),)*
                    $($decimal: decimal(self.$decimal, index)?,)*
                })
            }
        }
    };
}

line_columns!(
    texts: tenant, tenant_name, partner, customer, sku_id, sku_name, edition, meter, billing_unit, measure,
        payment_option;
    decimals: consumed_quantity, entitled_quantity, overage_quantity, billable_quantity, unit_price, total_cost
);

impl LineBatch {
    fn push_tags(&mut self, tags: &[&str]) {
        for (index, tag) in tags.iter().enumerate() {
            if index > 0 {
                self.tags.arena.extend_from_slice(BETWEEN_TAGS.to_string().as_bytes());
            }
            self.tags.arena.extend_from_slice(tag.as_bytes());
        }
        self.tags.end();
    }
}

/// Skipped records on their way.
#[derive(Debug, Default)]
pub(crate) struct SkipBatch {
    rows: u32,
    row: FixedColumn,
    reason: TextColumn,
    what: TextColumn,
}

impl SkipBatch {
    pub(crate) fn rows(&self) -> u32 {
        self.rows
    }

    /// How many bytes of text are in it.
    pub(crate) fn text(&self) -> usize {
        self.what.arena.len()
    }

    pub(crate) fn push(&mut self, row: u64, reason: Skip, what: &str) {
        self.rows += 1;
        self.row.push_whole(row);
        self.reason.push(reason.word());
        self.what.push(what);
    }

    pub(crate) fn take(&mut self) -> Vec<u8> {
        let mut to = Writer::new(std::mem::take(&mut self.rows));
        self.row.write(WHOLE, "row", &mut to);
        self.reason.write("reason", &mut to);
        self.what.write("what", &mut to);
        to.finish()
    }
}

/// Why bytes are not a batch: a bug in the plugin, or on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchError(pub String);

impl std::fmt::Display for BatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a batch of lines is broken: {}", self.0)
    }
}

impl std::error::Error for BatchError {}

impl From<Utf8Error> for BatchError {
    fn from(error: Utf8Error) -> BatchError {
        BatchError(format!("a text in it is not UTF-8 ({error})"))
    }
}

/// Reads a batch of lines, each checked, in their order.
///
/// # Errors
/// [`BatchError`] from the first thing that is wrong; an error of `take` as it is.
pub fn read_lines<'b, E: From<BatchError>>(
    bytes: &'b [u8],
    mut take: impl FnMut(Line<'b>) -> Result<(), E>,
) -> Result<(), E> {
    let mut columns = LineColumns::default();
    let rows = read_columns(bytes, |column| columns.put(column))?;
    (0..rows).try_for_each(|index| take(columns.line(index)?))
}

/// Reads a batch of skipped records: row, reason and what it was.
///
/// # Errors
/// [`BatchError`] from the first thing that is wrong; an error of `take` as it is.
pub fn read_skipped<'b, E: From<BatchError>>(
    bytes: &'b [u8],
    mut take: impl FnMut(u64, Skip, &'b str) -> Result<(), E>,
) -> Result<(), E> {
    let (mut row, mut reason, mut what) = (None, None, None);
    let rows = read_columns(bytes, |column| match (column.name, column.data) {
        ("row", Data::Whole(data)) => set(&mut row, data),
        ("reason", Data::Text(texts)) => set(&mut reason, texts),
        ("what", Data::Text(texts)) => set(&mut what, texts),
        (name, _) => Err(BatchError(format!("it holds a column {name:?} that does not belong there"))),
    })?;
    for index in 0..rows {
        let word = text(reason, index).unwrap_or_default();
        let reason = word.parse().map_err(BatchError)?;
        take(whole(row, index), reason, text(what, index).unwrap_or_default())?;
    }
    Ok(())
}

fn duplicates_to_number(duplicates: Duplicates) -> u64 {
    match duplicates {
        Duplicates::Refuse => 0,
        Duplicates::Keep => 1,
        Duplicates::Drop => 2,
    }
}

fn duplicates_from_number(number: u64) -> Result<Duplicates, BatchError> {
    [Duplicates::Refuse, Duplicates::Keep, Duplicates::Drop]
        .into_iter()
        .find(|duplicates| duplicates_to_number(*duplicates) == number)
        .ok_or_else(|| BatchError(format!("{number} says nothing of records that are alike")))
}

fn month_to_number(month: Month) -> u64 {
    let first = month.first_day();
    u64::from(first.year().unsigned_abs()) * 100 + u64::from(first.month().unsigned_abs())
}

fn month_from_number(number: u64) -> Result<Option<Month>, BatchError> {
    if number == 0 {
        return Ok(None);
    }
    let parts = i16::try_from(number / 100).ok().zip(i8::try_from(number % 100).ok());
    let month = parts.and_then(|(year, month)| Month::new(year, month));
    month.map(Some).ok_or_else(|| BatchError(format!("{number} is not a month")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decimal;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<Vec<Line<'_>>, BatchError> {
        let mut lines = Vec::new();
        read_lines(bytes, |line| {
            lines.push(line);
            Ok::<_, BatchError>(())
        })?;
        Ok(lines)
    }

    proptest! {
        #[test]
        fn lines_there_and_back(
            rows in proptest::collection::vec(
                (any::<u64>(), any::<String>(), any::<String>(), proptest::option::of((any::<i64>(), 0_u32..=38)),
                 proptest::collection::vec("[a-z]{1,5}", 0..3), 0_usize..3), 0..40)
        ) {
            let lines: Vec<Line<'_>> = rows.iter().map(|(row, tenant, sku, number, tags, code)| Line {
                tenant: Some(tenant.as_str()).filter(|text| !text.is_empty()),
                sku_id: Some(sku.as_str()).filter(|text| !text.is_empty()),
                total_cost: number.map(|(digits, places)| Decimal::new(digits.into(), places).unwrap()),
                tags: tags.iter().map(String::as_str).collect(),
                currency: ["", "EUR", "KWD"][*code].parse().ok(),
                fingerprint: (*row % 3 == 1).then(|| Fingerprint::of([tenant.as_str()])),
                duplicates: [Duplicates::Refuse, Duplicates::Keep, Duplicates::Drop][(*row % 5 % 3) as usize],
                usage_month: (*row % 2 == 1).then(|| Month::new(2026, 3).unwrap()),
                ..Line::at(*row)
            }).collect();
            let mut batch = LineBatch::default();
            lines.iter().for_each(|line| batch.push(line, line.fingerprint, line.duplicates));
            let bytes = batch.take();
            prop_assert_eq!(read(&bytes).unwrap(), lines);
        }

        #[test]
        fn damaged_batches_are_refused_or_read_but_never_panic(at in 0_usize..400, value in any::<u8>(), cut in 0_usize..400) {
            let mut batch = LineBatch::default();
            let line = Line { tenant: Some("t-ä"), total_cost: Some(Decimal::ONE), ..Line::at(1) };
            batch.push(&line, Some(Fingerprint::of(["t"])), Duplicates::Drop);
            let line = Line { sku_id: Some("s"), tags: vec!["a", "b"], ..Line::at(2) };
            batch.push(&line, None, Duplicates::Refuse);
            let mut bytes = batch.take();
            let _ = read(&bytes[..cut.min(bytes.len())]);
            let length = bytes.len();
            bytes[at % length] = value;
            let _ = read(&bytes);
        }
    }

    #[test]
    fn what_the_host_would_lose_is_refused() {
        let mut to = Writer::new(1);
        to.column(WHOLE, "shoe_size", &[&7_u64.to_le_bytes()]);
        assert!(read(&to.finish()).unwrap_err().0.contains("\"shoe_size\" that this ratebook does not know"));
        assert!(read(b"RBL1\x01\0\0\0\0\0\0").unwrap_err().0.contains("cut short"));
        assert!(read(b"nonsense").is_err());
    }

    #[test]
    fn skipped_records_there_and_back() {
        let mut batch = SkipBatch::default();
        Skip::ALL.into_iter().zip(1..).for_each(|(reason, row)| batch.push(row, reason, "euc_count"));
        let mut read = Vec::new();
        read_skipped(&batch.take(), |row, reason, what| {
            read.push((row, reason, what.to_owned()));
            Ok::<_, BatchError>(())
        })
        .unwrap();
        assert_eq!(read.len(), Skip::ALL.len());
        assert_eq!(read[2], (3, Skip::NoSku, "euc_count".to_owned()));
    }
}
