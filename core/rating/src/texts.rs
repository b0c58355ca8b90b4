//! Texts by number: every distinct text is kept once, and compared as a number from then on.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// The number of a text in its [`Texts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TextId(pub(crate) u32);

impl TextId {
    /// `""`, which also stands for absent.
    pub(crate) const EMPTY: TextId = TextId(0);

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// `None` for the empty text.
    pub(crate) fn some(self) -> Option<TextId> {
        (self.0 != 0).then_some(self)
    }
}

/// A set of texts. Numbers are given in the order in which texts come first.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    all: String,
    ends: Vec<usize>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Texts {
    pub(crate) fn new() -> Texts {
        let mut texts = Texts {
            all: String::new(),
            ends: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        };
        texts.intern("");
        texts
    }

    pub(crate) fn get(&self, id: TextId) -> &str {
        slice(&self.all, &self.ends, id.0)
    }

    pub(crate) fn find(&self, text: &str) -> Option<TextId> {
        let hash = self.hasher.hash_one(text);
        self.table.find(hash, |id| slice(&self.all, &self.ends, *id) == text).map(|id| TextId(*id))
    }

    pub(crate) fn intern(&mut self, text: &str) -> TextId {
        let Texts { all, ends, table, hasher } = self;
        let hash = hasher.hash_one(text);
        if let Some(id) = table.find(hash, |id| slice(all, ends, *id) == text) {
            return TextId(*id);
        }
        let id = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        all.push_str(text);
        ends.push(all.len());
        table.insert_unique(hash, id, |id| hasher.hash_one(slice(all, ends, *id)));
        TextId(id)
    }
}

fn slice<'a>(all: &'a str, ends: &[usize], id: u32) -> &'a str {
    let index = id as usize;
    let start = if index == 0 { 0 } else { ends[index - 1] };
    &all[start..ends[index]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number() {
        let mut texts = Texts::new();
        assert_eq!(texts.intern(""), TextId::EMPTY);
        let ids: Vec<TextId> = (0..1000).map(|n| texts.intern(&format!("text {n}"))).collect();
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(texts.get(*id), format!("text {n}"));
            assert_eq!(texts.find(&format!("text {n}")), Some(*id));
        }
        assert_eq!(texts.find("other"), None);
    }
}
