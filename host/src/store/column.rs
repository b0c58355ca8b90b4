//! The columns of our tables, and what they are in Parquet.

use ratebook_line::{BETWEEN_TAGS, Decimal, TextColumn, Values, join_into};

/// The decimal places of money that is on a bill, in a table.
pub(super) const MONEY_PLACES: u32 = 4;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Texts; `""` is null.
    Text,
    /// Numbers of 38 digits, so many of them after the point, null where there is none; beside them `<name>_exact`, the
    /// number as text where it has more places or more digits than that.
    Number { places: u32 },
    /// Money of 18 digits, four of them after the point; may be null.
    Money,
    /// Whole numbers, none of them negative or null.
    Count,
    /// The same, or null.
    MaybeCount,
    /// True or false.
    Flag,
    /// A list of whole numbers, never null.
    Counts,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) kind: Kind,
    /// What that means, for people.
    pub(super) meaning: &'static str,
}

/// The rows of a column.
pub(super) enum Data<'d> {
    Text(&'d TextColumn),
    Number(&'d Values<Option<Decimal>>),
    Money(&'d [Option<Decimal>]),
    /// None in any row.
    NoMoney,
    Count(&'d Values<u64>),
    MaybeCount(&'d [Option<u64>]),
    Flag(&'d [bool]),
    /// How many each row has, and all of them one behind the other.
    Counts(&'d [u32], &'d [u64]),
}

/// A column of texts.
pub(super) const fn text(name: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: Kind::Text, meaning }
}

/// A column of whole numbers.
pub(super) const fn count(name: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: Kind::Count, meaning }
}

impl Kind {
    /// How many columns of Parquet it is.
    pub(super) fn width(self) -> usize {
        if matches!(self, Kind::Number { .. }) { 2 } else { 1 }
    }
}

impl Column {
    /// The column as Parquet's own language of schemas has it.
    fn schema(&self) -> String {
        let name = self.name;
        match self.kind {
            Kind::Text => format!("optional binary {name} (STRING);"),
            Kind::Number { places } => format!(
                "optional fixed_len_byte_array(16) {name} (DECIMAL(38,{places})); optional binary {name}_exact (STRING);"
            ),
            Kind::Money => format!("optional int64 {name} (DECIMAL(18,{MONEY_PLACES}));"),
            Kind::Count => format!("required int64 {name};"),
            Kind::MaybeCount => format!("optional int64 {name};"),
            Kind::Flag => format!("required boolean {name};"),
            Kind::Counts => {
                format!(
                    "required group {name} (LIST) {{ repeated group list {{ required int64 element; }} }}"
                )
            }
        }
    }
}

/// The schema of a table.
pub(super) fn schema(table: &str, columns: &[Column]) -> String {
    let columns: Vec<String> = columns.iter().map(Column::schema).collect();
    format!("message {table} {{ {} }}", columns.join(" "))
}

/// Nothing for the empty text.
pub(super) fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Texts as the one text of a cell.
pub(super) fn joined(texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut joined = String::new();
    join_into(&mut joined, texts);
    joined
}

/// The texts of a cell that holds several.
pub(super) fn parts(cell: &str) -> impl Iterator<Item = &str> {
    some(cell).into_iter().flat_map(|cell| cell.split(BETWEEN_TAGS))
}
