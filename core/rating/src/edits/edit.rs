//! One difference between two rule sets.

use serde::{Serialize, Serializer};

use crate::rules::checked::months::Months;

/// One difference between two rule sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edit {
    /// What was edited.
    pub subject: Subject,
    /// Whether it is in both.
    pub change: Change,
    /// Where it stands in the old rules.
    pub old_place: Option<FilePlace>,
    /// Where it stands in the new rules.
    pub new_place: Option<FilePlace>,
    /// What of it changed, by key; empty for what was added or removed as a whole.
    pub keys: Vec<KeyEdit>,
}

/// What an edit is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `[settings]`.
    Settings,
    /// A rate: `2026-03 USD/EUR`.
    Fx(String),
    /// A partner, by id.
    Partner(String),
    /// A customer, by id.
    Customer(String),
    /// A price book: its months and its currency, and whether there is one at all.
    Book(String),
    /// A price in a book that both rule sets have.
    BookEntry {
        /// The book.
        book: String,
        /// The SKU.
        sku: String,
    },
    /// A `[[rule]]`, by id.
    Rule(String),
    /// A `[[bill]]` rule, by id.
    BillRule(String),
}

/// Which of the two rule sets have the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// The new one only.
    Added,
    /// The old one only.
    Removed,
    /// Both, and not the same.
    Changed,
}

/// A key of a definition that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyEdit {
    /// Dotted: `price.percent`. Tiers by their number: `price.graduated.2.each`. Of a book's price that did not
    /// change in all of its months, those before it: `2026-04.. each`.
    pub key: String,
    /// The old value, as written; none if the key was not there.
    pub old: Option<String>,
    /// The new value, as written; none if the key is gone.
    pub new: Option<String>,
    /// The months that it is about, of books; all if empty.
    #[serde(skip)]
    pub(crate) months: Vec<Months>,
}

/// A line of a rules file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilePlace {
    /// The file, as it was asked for.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl Subject {
    /// The word for what it is: `bookEntry`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Subject::Settings => "settings",
            Subject::Fx(_) => "fx",
            Subject::Partner(_) => "partner",
            Subject::Customer(_) => "customer",
            Subject::Book(_) => "book",
            Subject::BookEntry { .. } => "bookEntry",
            Subject::Rule(_) => "rule",
            Subject::BillRule(_) => "billRule",
        }
    }

    /// Its id; that of the book for a book's price, none for the settings.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Subject::Settings => None,
            Subject::Fx(id)
            | Subject::Partner(id)
            | Subject::Customer(id)
            | Subject::Book(id)
            | Subject::BookEntry { book: id, .. }
            | Subject::Rule(id)
            | Subject::BillRule(id) => Some(id),
        }
    }

    /// The SKU of a book's price.
    #[must_use]
    pub fn sku(&self) -> Option<&str> {
        match self {
            Subject::BookEntry { sku, .. } => Some(sku),
            _ => None,
        }
    }
}

/// `{"kind": "bookEntry", "id": "acronis", "sku": "WS"}`.
impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Document<'a> {
            kind: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            sku: Option<&'a str>,
        }
        Document { kind: self.kind(), id: self.id(), sku: self.sku() }.serialize(to)
    }
}
