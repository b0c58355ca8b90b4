//! Texts by number: each distinct text is kept once, and is its number from then on.

use std::fmt;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Distinct texts, numbered from 0. The text of number 0 is always `""`, which stands for absent.
#[derive(Clone, PartialEq, Eq)]
pub struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Default for Texts {
    fn default() -> Texts {
        Texts { all: String::new(), ends: vec![0] }
    }
}

impl Texts {
    /// The text of a number.
    ///
    /// # Panics
    /// If there is none of that number.
    #[must_use]
    pub fn get(&self, id: u32) -> &str {
        let index = id as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.all[start as usize..self.ends[index] as usize]
    }

    /// Texts that come from elsewhere: all in one, and where each ends. None if the ends do not rise, or are no ends of the
    /// texts; if the first is not the empty one, or another is empty.
    #[must_use]
    pub fn of_parts(all: String, ends: Vec<u32>) -> Option<Texts> {
        let rises = ends.windows(2).all(|pair| pair[0] < pair[1]);
        let are_ends = ends.iter().all(|end| all.is_char_boundary(*end as usize));
        let last = ends.last().copied()? as usize;
        (ends[0] == 0 && rises && are_ends && last == all.len()).then_some(Texts { all, ends })
    }

    /// All texts in one, and where each ends.
    #[must_use]
    pub fn parts(&self) -> (&str, &[u32]) {
        (&self.all, &self.ends)
    }

    /// How many texts there are, the empty one among them.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes they have together.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.all.len()
    }

    /// The texts, by their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|index| self.get(u32::try_from(index).unwrap_or(u32::MAX)))
    }

    /// Adds a text that is not there yet; gives its number. None if it would be more than 4 GiB of text.
    pub fn push(&mut self, text: &str) -> Option<u32> {
        let end = u32::try_from(self.all.len() + text.len()).ok()?;
        let id = u32::try_from(self.ends.len()).ok()?;
        self.all.push_str(text);
        self.ends.push(end);
        Some(id)
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Texts that are looked up as they come.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    texts: Texts,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Interner {
    /// The number of a text, which is kept if it was not.
    ///
    /// # Panics
    /// If all texts together would have more than 4 GiB; whoever takes texts from outside sees to it that they do not.
    pub fn intern(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let Interner { texts, table, hasher } = self;
        let hash = hasher.hash_one(text);
        if let Some(id) = table.find(hash, |id| texts.get(*id) == text) {
            return *id;
        }
        #[expect(clippy::expect_used, reason = "said above")]
        let id = texts.push(text).expect("less than 4 GiB of text");
        table.insert_unique(hash, id, |id| hasher.hash_one(texts.get(*id)));
        id
    }

    /// The number of a text, if it is there.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        if text.is_empty() {
            return Some(0);
        }
        let hash = self.hasher.hash_one(text);
        self.table.find(hash, |id| self.texts.get(*id) == text).copied()
    }

    /// The texts so far.
    #[must_use]
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Takes the texts; what comes after is numbered anew.
    #[must_use]
    pub fn take(&mut self) -> Texts {
        self.table.clear();
        std::mem::take(&mut self.texts)
    }
}
