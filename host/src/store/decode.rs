//! The rows of a column out of the pages that hold them. Nothing of a page is believed: what is not as we write it is
//! refused.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::Page;
use ratebook_line::{Decimal, TextColumn, Texts, Values, same_or_each};

use super::column::MONEY_PLACES;
use super::packed::{read_deltas, read_hybrid};

/// The pages of a column in one row group, as they were read.
pub(super) struct Chunk {
    pub(super) dictionary: Option<(Bytes, u32)>,
    encoding: Encoding,
    data: Bytes,
    entries: usize,
    rows: usize,
}

impl Chunk {
    /// The pages of a column; none if they are not as we write them.
    pub(super) fn of(pages: Vec<Page>, rows: usize) -> Option<Chunk> {
        let mut dictionary = None;
        let mut data = None;
        for page in pages {
            match page {
                Page::DictionaryPage { buf, num_values, encoding: Encoding::PLAIN, .. }
                    if dictionary.is_none() && data.is_none() =>
                {
                    dictionary = Some((buf, num_values));
                }
                Page::DataPage { buf, num_values, encoding, .. } if data.is_none() => {
                    data = Some((buf, num_values as usize, encoding));
                }
                _ => return None,
            }
        }
        let (data, entries, encoding) = data?;
        Some(Chunk { dictionary, encoding, data, entries, rows })
    }

    /// Reads levels of one bit, their length before them.
    fn levels(&mut self) -> Option<Vec<u32>> {
        let length = u32::from_le_bytes(self.data.get(..4)?.try_into().ok()?) as usize;
        let levels = read_hybrid(self.data.get(4..4 + length)?, 1, self.entries)?;
        self.data = self.data.slice(4 + length..);
        Some(levels)
    }

    /// Which rows are there, and how many.
    fn presence(&mut self) -> Option<(Vec<u32>, usize)> {
        if self.entries != self.rows {
            return None;
        }
        let there = self.levels()?;
        let count = there.iter().filter(|there| **there == 1).count();
        Some((there, count))
    }

    /// So many ids below `end`.
    fn ids(&self, count: usize, end: u32) -> Option<Vec<u32>> {
        let (width, packed) = self.data.split_first()?;
        let ids = read_hybrid(packed, u32::from(*width), count)?;
        ids.iter().all(|id| *id < end).then_some(ids)
    }

    /// A column of texts.
    pub(super) fn texts(mut self) -> Option<TextColumn> {
        let (there, count) = self.presence()?;
        if count == 0 {
            return self.data.is_empty().then(|| TextColumn::same(""));
        }
        let texts = self.dictionary_texts()?;
        if self.encoding != Encoding::RLE_DICTIONARY {
            return None;
        }
        let ids = self.ids(count, u32::try_from(texts.len()).ok()? - 1)?;
        let ids = match count == self.rows {
            true => ids.into_iter().map(|id| id + 1).collect(),
            false => spread(&there, ids.into_iter().map(|id| id + 1)),
        };
        Some(TextColumn { texts, ids: same_or_each(ids) })
    }

    /// The distinct texts, that of number 0 the empty one.
    pub(super) fn dictionary_texts(&self) -> Option<Texts> {
        let (bytes, count) = self.dictionary.as_ref()?;
        let mut texts = Texts::default();
        let mut rest = &bytes[..];
        for _ in 0..*count {
            let length = u32::from_le_bytes(rest.get(..4)?.try_into().ok()?) as usize;
            let text = str::from_utf8(rest.get(4..4_usize.checked_add(length)?)?).ok()?;
            texts.push(text).filter(|_| !text.is_empty())?;
            rest = &rest[4 + length..];
        }
        rest.is_empty().then_some(texts)
    }

    /// A column of decimals of 38 digits, so many of them after the point; `exact` are the texts beside it.
    pub(super) fn numbers(mut self, places: u32, exact: &TextColumn) -> Option<Values<Option<Decimal>>> {
        let (there, count) = self.presence()?;
        let decimal = |bytes: &[u8]| Decimal::new(i128::from_be_bytes(bytes.try_into().ok()?), places).ok();
        let values: Vec<Option<Decimal>> = match (self.encoding, &self.dictionary) {
            (Encoding::PLAIN, None) if self.data.len() == 16 * count => {
                self.data.chunks(16).map(|bytes| decimal(bytes).map(Some)).collect::<Option<_>>()?
            }
            (Encoding::RLE_DICTIONARY, Some((bytes, entries))) if bytes.len() == 16 * *entries as usize => {
                let known: Vec<Decimal> = bytes.chunks(16).map(decimal).collect::<Option<_>>()?;
                let ids = self.ids(count, *entries)?;
                ids.into_iter().map(|id| Some(known[id as usize])).collect()
            }
            _ => return None,
        };
        let mut values = if count == self.rows { values } else { spread(&there, values.into_iter()) };
        if exact.ids != Values::Same(0) {
            let numbers: Vec<Option<Decimal>> = (exact.texts.iter())
                .map(|text| if text.is_empty() { Some(None) } else { Some(Some(text.parse().ok()?)) })
                .collect::<Option<_>>()?;
            for (row, value) in values.iter_mut().enumerate() {
                *value = numbers[exact.ids.get(row) as usize].or(*value);
            }
        }
        Some(same_or_each(values))
    }

    /// A column of money.
    pub(super) fn money(self) -> Option<Vec<Option<Decimal>>> {
        let units = self.longs(true)?;
        let money = |units: Option<i64>| match units {
            None => Some(None),
            Some(units) => Decimal::new(i128::from(units), MONEY_PLACES).ok().map(Some),
        };
        units.into_iter().map(money).collect()
    }

    /// A column of whole numbers that are not negative; each may be absent if that is said.
    pub(super) fn counts(self, may_be_absent: bool) -> Option<Vec<Option<u64>>> {
        let count = |value: Option<i64>| match value {
            None => Some(None),
            Some(value) => u64::try_from(value).ok().map(Some),
        };
        self.longs(may_be_absent)?.into_iter().map(count).collect()
    }

    fn longs(mut self, may_be_absent: bool) -> Option<Vec<Option<i64>>> {
        let (there, count) = match may_be_absent {
            true => self.presence()?,
            false if self.entries == self.rows => (Vec::new(), self.rows),
            false => return None,
        };
        let values = self.deltas(count)?.into_iter().map(Some);
        Some(if count == self.rows { values.collect() } else { spread(&there, values) })
    }

    fn deltas(&self, count: usize) -> Option<Vec<i64>> {
        match self.encoding {
            Encoding::DELTA_BINARY_PACKED => read_deltas(&self.data, count),
            Encoding::PLAIN if count == 0 && self.data.is_empty() => Some(Vec::new()),
            _ => None,
        }
    }

    /// A column of true and false.
    pub(super) fn flags(self) -> Option<Vec<bool>> {
        let fits = self.entries == self.rows && self.data.len() == self.rows.div_ceil(8);
        let flag = |row: usize| self.data[row / 8] >> (row % 8) & 1 == 1;
        (fits && self.encoding == Encoding::PLAIN).then(|| (0..self.rows).map(flag).collect())
    }

    /// A column of lists: how many each row has, and all of them one behind the other.
    pub(super) fn lists(mut self) -> Option<(Vec<u32>, Vec<u64>)> {
        let (goes_on, there) = (self.levels()?, self.levels()?);
        let mut lengths: Vec<u32> = Vec::with_capacity(self.rows);
        for (goes_on, there) in goes_on.into_iter().zip(&there) {
            match (goes_on, lengths.last_mut()) {
                (0, _) => lengths.push(*there),
                (_, Some(last)) if *last > 0 && *there == 1 => *last += 1,
                _ => return None,
            }
        }
        let count = there.iter().filter(|there| **there == 1).count();
        let values = self.deltas(count)?.into_iter().map(|value| u64::try_from(value).ok());
        let values = values.collect::<Option<_>>()?;
        (lengths.len() == self.rows).then_some((lengths, values))
    }
}

/// Values at the rows that are there, and nothing at the others.
fn spread<T: Clone + Default>(there: &[u32], mut values: impl Iterator<Item = T>) -> Vec<T> {
    there
        .iter()
        .map(|there| if *there == 1 { values.next().unwrap_or_default() } else { T::default() })
        .collect()
}
