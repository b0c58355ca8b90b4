//! Texts by number: every distinct text is kept once, and compared as a number from then on.

use ratebook_line::Interner;

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
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts(Interner);

impl Texts {
    pub(crate) fn get(&self, id: TextId) -> &str {
        self.0.texts().get(id.0)
    }

    pub(crate) fn find(&self, text: &str) -> Option<TextId> {
        self.0.find(text).map(TextId)
    }

    pub(crate) fn intern(&mut self, text: &str) -> TextId {
        TextId(self.0.intern(text))
    }

    /// All of them, by their numbers.
    pub(crate) fn all(&self) -> &ratebook_line::Texts {
        self.0.texts()
    }
}
