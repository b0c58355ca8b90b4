//! Texts that come together: the few ids and names of a tenant, or all that says what was used.

use std::hash::{BuildHasher as _, Hasher as _};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::columns::{TextColumn, Values};
use crate::texts::Interner;

/// Columns of texts of which rows have the same combinations again and again: a row costs one look-up, not one for each
/// column.
#[derive(Debug)]
pub struct TextGroup<const N: usize> {
    columns: [Interner; N],
    known: Vec<Known<N>>,
    /// The texts of all known combinations, those of each together: whoever looks one up looks at one place.
    joined: Vec<u8>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Which combination each row has.
    rows: Vec<u32>,
    bytes: usize,
}

/// A combination.
#[derive(Clone, Copy, Debug)]
struct Known<const N: usize> {
    /// The numbers of its texts in their columns.
    ids: [u32; N],
    /// How long its texts are, and where they begin among the joined ones.
    lengths: [usize; N],
    start: usize,
    hash: u64,
    /// The combination of the row after the last one that had this.
    next: u32,
}

impl<const N: usize> Default for TextGroup<N> {
    fn default() -> Self {
        TextGroup {
            columns: std::array::from_fn(|_| Interner::default()),
            known: Vec::new(),
            joined: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            rows: Vec::new(),
            bytes: 0,
        }
    }
}

impl<const N: usize> TextGroup<N> {
    /// Adds the texts of the next row, one for each column; `""` for none.
    pub fn push(&mut self, texts: [&str; N]) {
        let last = self.rows.last().map(|last| *last as usize);
        let id = match last {
            // Neighbouring rows are much alike: the same again, or what came after the same before.
            Some(last) if self.is(last, &texts) => self.rows[self.rows.len() - 1],
            Some(last) if self.is(self.known[last].next as usize, &texts) => self.known[last].next,
            _ => self.find_or_add(&texts),
        };
        if let Some(last) = last {
            self.known[last].next = id;
        }
        self.rows.push(id);
    }

    /// True if a known combination is that of these texts.
    fn is(&self, known: usize, texts: &[&str; N]) -> bool {
        let known = &self.known[known];
        let mut start = known.start;
        texts.iter().zip(known.lengths).all(|(text, length)| text.len() == length)
            && texts.iter().all(|text| {
                let begin = start;
                start += text.len();
                // Comparing nothing costs as much as comparing a little.
                text.is_empty() || self.joined[begin..start] == *text.as_bytes()
            })
    }

    fn find_or_add(&mut self, texts: &[&str; N]) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        for text in texts {
            hasher.write_usize(text.len());
            hasher.write(text.as_bytes());
        }
        let hash = hasher.finish();
        let found = self.table.find(hash, |id| self.is(*id as usize, texts)).copied();
        found.unwrap_or_else(|| self.add(texts, hash))
    }

    fn add(&mut self, texts: &[&str; N], hash: u64) -> u32 {
        let mut ids = [0; N];
        for ((id, column), text) in ids.iter_mut().zip(&mut self.columns).zip(texts) {
            let before = column.texts().bytes();
            *id = column.intern(text);
            self.bytes += column.texts().bytes() - before;
        }
        // There are no more of them than rows, and those are few.
        let id = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let start = self.joined.len();
        texts.iter().for_each(|text| self.joined.extend_from_slice(text.as_bytes()));
        self.known.push(Known { ids, lengths: texts.map(str::len), start, hash, next: id });
        let TextGroup { known, table, .. } = self;
        table.insert_unique(hash, id, |id| known[*id as usize].hash);
        id
    }

    /// How many bytes the distinct texts of all columns have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many bytes of memory the distinct combinations take.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.joined.len() + self.known.len() * size_of::<Known<N>>()
    }

    /// Takes the columns; what comes after begins others.
    #[must_use]
    pub fn take(&mut self) -> [TextColumn; N] {
        let columns = std::array::from_fn(|column| {
            let of_known: Vec<u32> = self.known.iter().map(|known| known.ids[column]).collect();
            let first = of_known.first().copied().unwrap_or_default();
            let ids = match of_known.iter().all(|id| *id == first) {
                true => Values::Same(first),
                false => Values::Each(self.rows.iter().map(|known| of_known[*known as usize]).collect()),
            };
            TextColumn { texts: self.columns[column].take(), ids }
        });
        self.known.clear();
        self.joined.clear();
        self.table.clear();
        self.rows.clear();
        self.bytes = 0;
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_texts_and_each_text_stands_once() {
        let rows: Vec<[String; 3]> = (0..2000_u32)
            .map(|n| [format!("t{}", n * 7919 % 300), format!("name {}", n % 2), "EUR".to_owned()])
            .collect();
        let mut group = TextGroup::<3>::default();
        for again in 0..2 {
            rows.iter().for_each(|row| group.push(row.each_ref().map(String::as_str)));
            let bytes = group.bytes();
            let columns = group.take();
            for (index, row) in rows.iter().enumerate() {
                assert_eq!(columns.each_ref().map(|column| column.get(index)), *row, "{again}");
            }
            assert_eq!(columns.each_ref().map(|column| column.texts.len()), [301, 3, 2]);
            assert_eq!(bytes, columns.iter().map(|column| column.texts.bytes()).sum::<usize>());
            assert_eq!(columns[2].ids, Values::Same(1));
        }
        group.push(["", "", ""]);
        assert_eq!(group.take().map(|column| column.ids), [const { Values::Same(0) }; 3]);
    }
}
