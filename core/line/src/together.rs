//! Texts that come together: the few ids and names of a tenant, or all that says what was used.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::block::{TextColumn, Values};
use crate::texts::Interner;

/// Columns of texts of which rows have the same combinations again and again: a row costs one look-up, not one for each
/// column.
#[derive(Debug)]
pub struct TextGroup<const N: usize> {
    columns: [Interner; N],
    /// The combinations: the numbers of their texts in their columns.
    known: Vec<[u32; N]>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Which combination each row has.
    rows: Vec<u32>,
    bytes: usize,
}

impl<const N: usize> Default for TextGroup<N> {
    fn default() -> Self {
        TextGroup {
            columns: std::array::from_fn(|_| Interner::default()),
            known: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            rows: Vec::new(),
            bytes: 0,
        }
    }
}

impl<const N: usize> TextGroup<N> {
    /// Adds the texts of the next row, one for each column; `""` for none.
    #[inline]
    pub fn push(&mut self, texts: [&str; N]) {
        // Neighbouring rows are much alike.
        let id = match self.rows.last() {
            Some(last) if self.is(*last, &texts) => *last,
            _ => self.find_or_add(&texts),
        };
        self.rows.push(id);
    }

    fn is(&self, id: u32, texts: &[&str; N]) -> bool {
        let known = self.known[id as usize].iter().zip(&self.columns);
        known.zip(texts).all(|((id, column), text)| {
            let known = column.texts().get(*id);
            // An empty text may lie nowhere, and some processors take very long to look there.
            known.len() == text.len() && (text.is_empty() || known == *text)
        })
    }

    fn find_or_add(&mut self, texts: &[&str; N]) -> u32 {
        let mut state = self.hasher.build_hasher();
        texts.iter().for_each(|text| text.hash(&mut state));
        let hash = state.finish();
        if let Some(id) = self.table.find(hash, |id| self.is(*id, texts)) {
            return *id;
        }
        let mut ids = [0; N];
        for ((id, column), text) in ids.iter_mut().zip(&mut self.columns).zip(texts) {
            let before = column.texts().bytes();
            *id = column.intern(text);
            self.bytes += column.texts().bytes() - before;
        }
        // There are no more of them than rows, and those are few.
        let id = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.known.push(ids);
        let TextGroup { columns, known, table, hasher, .. } = self;
        table.insert_unique(hash, id, |id| {
            let mut state = hasher.build_hasher();
            let ids = known[*id as usize].iter().zip(columns.iter());
            ids.for_each(|(id, column)| column.texts().get(*id).hash(&mut state));
            state.finish()
        });
        id
    }

    /// How many bytes the distinct texts of all columns have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes the columns; what comes after begins others.
    #[must_use]
    pub fn take(&mut self) -> [TextColumn; N] {
        let columns = std::array::from_fn(|column| {
            let of_known: Vec<u32> = self.known.iter().map(|ids| ids[column]).collect();
            let first = of_known.first().copied().unwrap_or_default();
            let ids = match of_known.iter().all(|id| *id == first) {
                true => Values::Same(first),
                false => Values::Each(self.rows.iter().map(|known| of_known[*known as usize]).collect()),
            };
            TextColumn { texts: self.columns[column].take(), ids }
        });
        self.known.clear();
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
