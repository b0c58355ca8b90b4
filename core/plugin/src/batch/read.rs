//! Columns coming in: every length, number and text is checked.

use ratebook_line::{BlockError, Decimal, MOST_ROWS, TextColumn, Texts, Values};

use super::error::BatchError;
use super::layout::{ABSENT, ALIKE, DECIMAL, EACH, HASH, MAGIC, STEPS, TEXT};
use crate::fingerprint::Fingerprint;

/// A message: how many lines and skipped records, and its columns.
pub(super) struct Message<'b> {
    pub(super) lines: usize,
    pub(super) skipped: usize,
    columns: u32,
    rest: &'b [u8],
}

/// A column that is not read yet.
pub(super) struct Column<'b> {
    pub(super) name: &'b str,
    kind: u8,
    data: &'b [u8],
}

impl<'b> Message<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Result<Message<'b>, BatchError> {
        let mut rest =
            bytes.strip_prefix(MAGIC).ok_or_else(|| BatchError("it does not begin as one".to_owned()))?;
        let (lines, skipped) = (take_u32(&mut rest)? as usize, take_u32(&mut rest)? as usize);
        let columns = take_u32(&mut rest)?;
        match lines.checked_add(skipped) {
            Some(rows) if rows <= MOST_ROWS => Ok(Message { lines, skipped, columns, rest }),
            _ => Err(BatchError(format!("it says that it holds more than {MOST_ROWS} records"))),
        }
    }

    /// The next column; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Column<'b>>, BatchError> {
        let Some(left) = self.columns.checked_sub(1) else {
            let ends = self.rest.is_empty();
            return if ends { Ok(None) } else { Err(BatchError("bytes follow its end".to_owned())) };
        };
        self.columns = left;
        let rest = &mut self.rest;
        let [kind, name_length] = *take_array::<2>(rest)?;
        let name = std::str::from_utf8(take_slice(rest, usize::from(name_length))?)?;
        let length = take_u32(rest)? as usize;
        Ok(Some(Column { name, kind, data: take_slice(rest, length)? }))
    }
}

impl Column<'_> {
    fn wrong(&self, what: &str) -> BatchError {
        BatchError(format!("the column {:?} {what}", self.name))
    }

    fn length(&self) -> BatchError {
        self.wrong("has a wrong length")
    }

    fn is(&self, kind: u8) -> Result<(), BatchError> {
        if self.kind == kind {
            Ok(())
        } else {
            Err(self.wrong(&format!("is of the wrong kind {}", self.kind)))
        }
    }

    /// A column of texts. Two of its texts may be the same; none but the first is empty.
    pub(super) fn texts(&self, rows: usize) -> Result<TextColumn, BatchError> {
        self.is(TEXT)?;
        let mut rest = self.data;
        let count = take_u32(&mut rest)? as usize;
        let ends = count.checked_mul(4).and_then(|bytes| rest.split_at_checked(bytes));
        let (written, mut rest) = ends.ok_or_else(|| self.length())?;
        let mut ends = Vec::with_capacity(count + 1);
        ends.push(0);
        ends.extend(written.as_chunks::<4>().0.iter().map(|end| u32::from_le_bytes(*end)));
        let length = ends.last().copied().unwrap_or_default() as usize;
        let all = std::str::from_utf8(take_slice(&mut rest, length)?)?;
        let texts =
            Texts::of_parts(all.to_owned(), ends).ok_or_else(|| self.wrong("has texts with wrong ends"))?;
        let [width] = *take_array::<1>(&mut rest)?;
        let width_of = |width: usize| if rest.len() == width { Ok(()) } else { Err(self.length()) };
        let ids = match width {
            0 => Values::Same(
                take_u32(&mut rest)
                    .and_then(|id| if rest.is_empty() { Ok(id) } else { Err(self.length()) })?,
            ),
            1 => {
                width_of(rows)?;
                Values::Each(rest.iter().map(|id| u32::from(*id)).collect())
            }
            2 => {
                width_of(rows * 2)?;
                Values::Each(
                    rest.as_chunks::<2>().0.iter().map(|id| u32::from(u16::from_le_bytes(*id))).collect(),
                )
            }
            4 => {
                width_of(rows * 4)?;
                Values::Each(rest.as_chunks::<4>().0.iter().map(|id| u32::from_le_bytes(*id)).collect())
            }
            other => return Err(self.wrong(&format!("has numbers of {other} bytes"))),
        };
        let last = match &ids {
            Values::Same(id) => *id,
            Values::Each(ids) => ids.iter().copied().max().unwrap_or(0),
        };
        if last as usize >= texts.len() {
            return Err(self.wrong("names a text that is not there"));
        }
        Ok(TextColumn { texts, ids })
    }

    pub(super) fn steps(&self, rows: usize) -> Result<Values<u64>, BatchError> {
        self.is(STEPS)?;
        let mut rest = self.data;
        let [form] = *take_array::<1>(&mut rest)?;
        let mut values = Vec::with_capacity(rows);
        match form {
            ALIKE => {
                let first = u64::from_le_bytes(*take_array::<8>(&mut rest)?);
                let last = first.checked_add(rows.saturating_sub(1) as u64);
                last.ok_or_else(|| self.wrong("goes beyond all numbers"))?;
                values.extend((0..rows as u64).map(|row| first + row));
            }
            EACH => {
                let mut last = 0_u64;
                for _ in 0..rows {
                    let step = take_varint(&mut rest)?;
                    let step = (step >> 1).cast_signed() ^ -(step & 1).cast_signed();
                    last = last.wrapping_add_signed(step);
                    values.push(last);
                }
            }
            other => return Err(self.wrong(&format!("has the unknown form {other}"))),
        }
        if rest.is_empty() { Ok(Values::Each(values)) } else { Err(self.length()) }
    }

    pub(super) fn decimals(&self, rows: usize) -> Result<Values<Option<Decimal>>, BatchError> {
        self.is(DECIMAL)?;
        let mut rest = self.data;
        let [form] = *take_array::<1>(&mut rest)?;
        let values = match form {
            ALIKE => Values::Same(Some(take_decimal(&mut rest)?)),
            EACH => {
                let [places] = *take_array::<1>(&mut rest)?;
                let digits = take_slice(&mut rest, rows * 8)?;
                let mut values = Vec::with_capacity(rows);
                let mut last = (ABSENT, None);
                for digits in digits.as_chunks::<8>().0 {
                    let digits = i64::from_le_bytes(*digits);
                    // Neighbours are often the same.
                    if digits != last.0 {
                        let value =
                            if digits == ABSENT { None } else { Some(decimal(digits.into(), places)?) };
                        last = (digits, value);
                    }
                    values.push(last.1);
                }
                for _ in 0..take_u32(&mut rest)? {
                    let row = take_u32(&mut rest)? as usize;
                    let value = Some(take_decimal(&mut rest)?);
                    *values.get_mut(row).ok_or_else(|| self.wrong("names a row that is not there"))? = value;
                }
                Values::Each(values)
            }
            other => return Err(self.wrong(&format!("has the unknown form {other}"))),
        };
        if rest.is_empty() { Ok(values) } else { Err(self.length()) }
    }

    pub(super) fn hashes(&self, rows: usize) -> Result<Values<Option<Fingerprint>>, BatchError> {
        self.is(HASH)?;
        let (hashes, rest) = self.data.as_chunks::<16>();
        if hashes.len() != rows || !rest.is_empty() {
            return Err(self.length());
        }
        let hash = |bytes: &[u8; 16]| {
            let number = u128::from_le_bytes(*bytes);
            (number != 0).then(|| Fingerprint::from_number(number))
        };
        Ok(Values::Each(hashes.iter().map(hash).collect()))
    }
}

fn take_decimal(rest: &mut &[u8]) -> Result<Decimal, BatchError> {
    let [places] = *take_array::<1>(rest)?;
    decimal(i128::from_le_bytes(*take_array::<16>(rest)?), places)
}

fn decimal(digits: i128, places: u8) -> Result<Decimal, BatchError> {
    Decimal::new(digits, places.into())
        .map_err(|error| BatchError(format!("a number in it is not usable: {error}")))
}

fn take_varint(rest: &mut &[u8]) -> Result<u64, BatchError> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let [byte] = *take_array::<1>(rest)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(BatchError("a step in it has no end".to_owned()))
}

fn take_slice<'b>(rest: &mut &'b [u8], length: usize) -> Result<&'b [u8], BatchError> {
    let (head, tail) =
        rest.split_at_checked(length).ok_or_else(|| BatchError("it is cut short".to_owned()))?;
    *rest = tail;
    Ok(head)
}

fn take_array<'b, const N: usize>(rest: &mut &'b [u8]) -> Result<&'b [u8; N], BatchError> {
    take_slice(rest, N)?.try_into().map_err(|_| BatchError("it is cut short".to_owned()))
}

fn take_u32(rest: &mut &[u8]) -> Result<u32, BatchError> {
    take_array(rest).map(|bytes| u32::from_le_bytes(*bytes))
}

impl From<BlockError> for BatchError {
    fn from(error: BlockError) -> BatchError {
        BatchError(error.0)
    }
}
