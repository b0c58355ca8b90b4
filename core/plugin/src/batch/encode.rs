//! Columns as bytes.

use ratebook_line::{Decimal, TextColumn, Values};

use super::layout::{ABSENT, ALIKE, DECIMAL, EACH, HASH, MAGIC, STEPS, TEXT};
use crate::fingerprint::Fingerprint;

/// A message of columns.
pub(super) struct Writer {
    bytes: Vec<u8>,
    columns: u32,
}

/// What is counted in 32 bits: far less than 4 GiB cross at once.
fn short(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Writer {
    pub(super) fn new(lines: usize, skipped: usize) -> Writer {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&short(lines).to_le_bytes());
        bytes.extend_from_slice(&short(skipped).to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        Writer { bytes, columns: 0 }
    }

    /// Adds a column; `write` appends its data.
    pub(super) fn column(&mut self, kind: u8, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
        self.columns += 1;
        self.bytes.push(kind);
        self.bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        self.bytes.extend_from_slice(name.as_bytes());
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        write(&mut self.bytes);
        let length = short(self.bytes.len() - at - 4);
        self.bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
    }

    pub(super) fn texts(&mut self, name: &str, column: &TextColumn) {
        if column.texts.len() == 1 {
            return;
        }
        self.column(TEXT, name, |to| {
            let (all, ends) = column.texts.parts();
            to.extend_from_slice(&short(ends.len() - 1).to_le_bytes());
            ends[1..].iter().for_each(|end| to.extend_from_slice(&end.to_le_bytes()));
            to.extend_from_slice(all.as_bytes());
            #[expect(clippy::cast_possible_truncation, reason = "ids are below the number of texts")]
            match &column.ids {
                Values::Same(id) => {
                    to.push(0);
                    to.extend_from_slice(&id.to_le_bytes());
                }
                Values::Each(ids) if ends.len() <= 1 << 8 => {
                    to.push(1);
                    to.extend(ids.iter().map(|id| *id as u8));
                }
                Values::Each(ids) if ends.len() <= 1 << 16 => {
                    to.push(2);
                    to.extend(ids.iter().flat_map(|id| (*id as u16).to_le_bytes()));
                }
                Values::Each(ids) => {
                    to.push(4);
                    to.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
                }
            }
        });
    }

    pub(super) fn steps(&mut self, name: &str, values: &[u64]) {
        let first = values.first().copied().unwrap_or_default();
        let one_by_one = values.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
        self.column(STEPS, name, |to| {
            if one_by_one {
                to.push(ALIKE);
                to.extend_from_slice(&first.to_le_bytes());
                return;
            }
            to.push(EACH);
            let mut last = 0_u64;
            for value in values {
                let step = value.wrapping_sub(last).cast_signed();
                last = *value;
                let mut rest = (step << 1 ^ step >> 63).cast_unsigned();
                while rest >= 0x80 {
                    to.push(rest.to_le_bytes()[0] | 0x80);
                    rest >>= 7;
                }
                to.push(rest.to_le_bytes()[0]);
            }
        });
    }

    pub(super) fn decimals(&mut self, name: &str, values: &[Option<Decimal>]) {
        let first = values.first().copied().flatten();
        self.column(DECIMAL, name, |to| {
            if let Some(same) = first.filter(|_| values.iter().all(|value| *value == first)) {
                to.push(ALIKE);
                put_decimal(to, Some(same));
                return;
            }
            let scale = usual_places(values);
            to.extend_from_slice(&[EACH, u8::try_from(scale).unwrap_or_default()]);
            let mut others = Vec::new();
            for (row, value) in values.iter().enumerate() {
                let digits = match value {
                    None => ABSENT,
                    Some(value) => digits_at(*value, scale).unwrap_or_else(|| {
                        others.push(row);
                        0
                    }),
                };
                to.extend_from_slice(&digits.to_le_bytes());
            }
            to.extend_from_slice(&short(others.len()).to_le_bytes());
            for row in others {
                to.extend_from_slice(&short(row).to_le_bytes());
                put_decimal(to, values[row]);
            }
        });
    }

    pub(super) fn hashes(&mut self, name: &str, values: &[Option<Fingerprint>]) {
        self.column(HASH, name, |to| {
            for value in values {
                to.extend_from_slice(&value.map_or(0, Fingerprint::number).to_le_bytes());
            }
        });
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes[12..16].copy_from_slice(&self.columns.to_le_bytes());
        self.bytes
    }
}

fn put_decimal(to: &mut Vec<u8>, value: Option<Decimal>) {
    let value = value.unwrap_or(Decimal::ZERO);
    to.push(u8::try_from(value.places()).unwrap_or_default());
    to.extend_from_slice(&value.mantissa().to_le_bytes());
}

/// The places with which a column of numbers crosses: the most that more than a few of them have.
fn usual_places(values: &[Option<Decimal>]) -> u32 {
    let mut having = [0_usize; 40];
    for value in values.iter().flatten() {
        having[value.places() as usize % 40] += 1;
    }
    let few = values.len() / 64;
    (0..=18_u32).rev().find(|places| having[*places as usize] > few).unwrap_or(0)
}

/// The digits of a number written with so many places, if they have 64 bits.
fn digits_at(value: Decimal, places: u32) -> Option<i64> {
    let factor = 10_i64.checked_pow(places.checked_sub(value.places())?)?;
    let digits = i64::try_from(value.mantissa()).ok()?.checked_mul(factor)?;
    (digits != ABSENT).then_some(digits)
}
