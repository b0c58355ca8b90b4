//! Texts that come together: the few ids and names of a tenant, or all that says what was used.

use std::hash::BuildHasher as _;

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
    /// The texts of the row that is being added, in the same way.
    row: Vec<u8>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Which combination each row has.
    rows: Vec<u32>,
    bytes: usize,
}

/// A combination: the numbers of its texts in their columns, and where it stands among the joined ones.
#[derive(Clone, Copy, Debug)]
struct Known<const N: usize> {
    ids: [u32; N],
    start: usize,
    end: usize,
}

impl<const N: usize> Default for TextGroup<N> {
    fn default() -> Self {
        TextGroup {
            columns: std::array::from_fn(|_| Interner::default()),
            known: Vec::new(),
            joined: Vec::new(),
            row: Vec::new(),
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
        self.row.clear();
        for text in texts {
            self.row.extend_from_slice(&text.len().to_le_bytes());
        }
        for text in texts {
            self.row.extend_from_slice(text.as_bytes());
        }
        let is = |known: &Known<N>| self.joined[known.start..known.end] == self.row[..];
        let id = match self.rows.last() {
            // Neighbouring rows are much alike.
            Some(last) if is(&self.known[*last as usize]) => *last,
            _ => {
                let hash = self.hasher.hash_one(&self.row[..]);
                let found = self.table.find(hash, |id| is(&self.known[*id as usize])).copied();
                found.unwrap_or_else(|| self.add(&texts, hash))
            }
        };
        self.rows.push(id);
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
        self.joined.extend_from_slice(&self.row);
        self.known.push(Known { ids, start, end: self.joined.len() });
        let TextGroup { known, joined, table, hasher, .. } = self;
        table.insert_unique(hash, id, |id| {
            let known = &known[*id as usize];
            hasher.hash_one(&joined[known.start..known.end])
        });
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
        self.joined.len()
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
