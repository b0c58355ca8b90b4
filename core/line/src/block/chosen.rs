//! Blocks of fewer rows, and texts where a row has none.

use super::{Block, MOST_ROWS};
use crate::columns::{TextColumn, Values};
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BillableLine;
    use crate::block_builder::BlockBuilder;
    use crate::columns::TextField;

    fn block(tenants: &[Option<&'static str>]) -> Block {
        let mut builder = BlockBuilder::default();
        for tenant in tenants {
            builder.push(&BillableLine {
                tenant: tenant.map(Into::into),
                consumed_quantity: tenant.map(|_| 7.into()),
                ..BillableLine::new("2026-03".parse().unwrap())
            });
        }
        builder.take()
    }

    #[test]
    fn a_row_without_a_text_gets_one_and_the_others_keep_theirs() {
        for (tenants, filled) in [
            (&[Some("a"), None, Some("b"), None][..], &["a", "b", "b", "b"][..]),
            (&[Some("a"), None], &["a", "b"]),
            (&[None, None], &["b", "b"]),
            (&[Some("a")], &["a"]),
        ] {
            let mut column = block(tenants).text(TextField::Tenant).clone();
            column.fill("b");
            let read: Vec<&str> = (0..tenants.len()).map(|row| column.get(row)).collect();
            assert_eq!(read, filled);
        }
    }

    #[test]
    fn rows_that_are_not_kept_are_gone() {
        let all = block(&[Some("a"), None, Some("b"), Some("a")]);
        let some = all.keeping(&[false, true, true, true]);
        assert_eq!(some.rows(), 3);
        for (row, of_all) in [(0, 1), (1, 2), (2, 3)] {
            assert_eq!(some.line(row), all.line(of_all));
        }
        assert_eq!(all.keeping(&[false; 4]).rows(), 0);
        assert_eq!(all.text(TextField::Tenant).ids.first_marked(4, &[false, false, true]), Some(2));
        assert_eq!(all.text(TextField::Tenant).ids.first_marked(4, &[false; 3]), None);
        assert_eq!(Values::Same(1).first_marked(0, &[false, true]), None);
    }
}
