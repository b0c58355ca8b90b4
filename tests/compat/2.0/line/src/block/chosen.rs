//! Blocks of fewer rows, and texts where a row has none.

use super::{Block, MOST_ROWS, TextColumn, Values};
use crate::texts::Texts;

impl<T: Copy> Values<T> {
    /// Those of the rows that are kept.
    fn of_kept(&self, kept: &[bool]) -> Values<T> {
        match self {
            Values::Same(value) => Values::Same(*value),
            Values::Each(values) => Values::Each(
                values.iter().zip(kept).filter(|(_, kept)| **kept).map(|(value, _)| *value).collect(),
            ),
        }
    }
}

impl Values<u32> {
    /// The first of so many rows that has one of the marked numbers.
    #[must_use]
    pub fn first_marked(&self, rows: usize, marked: &[bool]) -> Option<usize> {
        let is_marked = |id: u32| marked.get(id as usize).copied().unwrap_or(false);
        match self {
            Values::Same(id) => (rows > 0 && is_marked(*id)).then_some(0),
            // Most often nothing is marked.
            Values::Each(_) if !marked.contains(&true) => None,
            Values::Each(ids) => ids.iter().position(|id| is_marked(*id)),
        }
    }
}

impl TextColumn {
    /// Gives a text to the rows that have none.
    pub fn fill(&mut self, text: &str) {
        let has_none = match &self.ids {
            Values::Same(id) => *id == 0,
            Values::Each(ids) => ids.contains(&0),
        };
        if !has_none || text.is_empty() {
            return;
        }
        let position =
            self.texts.iter().position(|known| known == text).and_then(|at| u32::try_from(at).ok());
        let Some(filled) = position.or_else(|| self.texts.push(text)) else { return };
        match &mut self.ids {
            Values::Same(id) => *id = filled,
            Values::Each(ids) => ids.iter_mut().filter(|id| **id == 0).for_each(|id| *id = filled),
        }
    }
}

impl Block {
    /// The block without the rows that are not kept; `kept` has one entry for each row.
    #[must_use]
    pub fn keeping(&self, kept: &[bool]) -> Block {
        let rows = kept.iter().take(self.rows.min(MOST_ROWS)).filter(|kept| **kept).count();
        let texts = |column: &TextColumn| TextColumn {
            texts: if rows == 0 { Texts::default() } else { column.texts.clone() },
            ids: if rows == 0 { Values::Same(0) } else { column.ids.of_kept(kept) },
        };
        Block {
            rows,
            records: self.records.of_kept(kept),
            texts: self.texts.each_ref().map(texts),
            numbers: self.numbers.each_ref().map(|numbers| numbers.of_kept(kept)),
        }
    }
}
