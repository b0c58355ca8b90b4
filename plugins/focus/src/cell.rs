//! A value of a record, whichever file it is from, and what is made of it.

use std::borrow::Cow;

use ratebook_plugin::{Decimal, shown};

use crate::moment::Moment;
use crate::tags;

/// A value of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'r> {
    /// Null: FOCUS has it for what is absent, and CSV writes it as nothing.
    Null,
    /// A text; all there is in CSV.
    Text(Cow<'r, str>),
    /// A number of Parquet, exact.
    Number(Decimal),
    /// A point in time of Parquet.
    Moment(Moment),
    /// The value of the tag that is asked for, out of a map of Parquet.
    Tag(String),
    /// Something that nothing can be made of; says what.
    Wrong(String),
}

/// True for a text that says that there is none: nothing, or the word that databases and the specification's own samples write.
fn says_nothing(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("null")
}

impl Cell<'_> {
    /// The text, if there is one.
    ///
    /// # Errors
    /// What it is in place of a text.
    pub(crate) fn text(&self) -> Result<Option<&str>, String> {
        match self {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text.as_ref()).filter(|text| !says_nothing(text))),
            Cell::Number(number) => Err(format!("the number {number} where a text belongs")),
            Cell::Moment(_) | Cell::Tag(_) => Err("something else where a text belongs".to_owned()),
            Cell::Wrong(what) => Err(what.clone()),
        }
    }

    /// The number, if there is one. FOCUS writes no exponents (specification/attributes/numeric_format.md); programs
    /// that print binary numbers do, and what they mean is exact.
    ///
    /// # Errors
    /// What it is in place of a number.
    pub(crate) fn number(&self) -> Result<Option<Decimal>, String> {
        match self {
            Cell::Null => Ok(None),
            Cell::Text(text) if says_nothing(text) => Ok(None),
            Cell::Text(text) => Decimal::from_json_number(text)
                .map(Some)
                .map_err(|error| format!("{} is not a number: {error}", shown(text))),
            Cell::Number(number) => Ok(Some(*number)),
            Cell::Moment(_) | Cell::Tag(_) => Err("something else where a number belongs".to_owned()),
            Cell::Wrong(what) => Err(what.clone()),
        }
    }

    /// The value of a tag, if the record has it.
    ///
    /// # Errors
    /// What is wrong with the tags.
    pub(crate) fn tag(&self, key: &str) -> Result<Option<String>, String> {
        match self {
            Cell::Tag(value) => Ok(Some(value.clone())),
            other => other.text()?.map_or(Ok(None), |json| tags::value_of(json, key)),
        }
        .map(|value| value.filter(|value| !says_nothing(value)))
    }

    /// The point in time, if there is one.
    ///
    /// # Errors
    /// What it is in place of one.
    pub(crate) fn moment(&self) -> Result<Option<Moment>, String> {
        match self {
            Cell::Null => Ok(None),
            Cell::Text(text) if says_nothing(text) => Ok(None),
            Cell::Text(text) => Moment::read(text)
                .map(Some)
                .ok_or_else(|| format!("{} is not a time in UTC like 2026-03-01T00:00:00Z", shown(text))),
            Cell::Number(_) | Cell::Tag(_) => Err("something else where a time belongs".to_owned()),
            Cell::Moment(moment) => Ok(Some(*moment)),
            Cell::Wrong(what) => Err(what.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_null_is_absent_whatever_is_read_of_it() {
        for word in ["NULL", "null", "Null", ""] {
            let cell = Cell::Text(word.into());
            assert_eq!((cell.text(), cell.number(), cell.moment()), (Ok(None), Ok(None), Ok(None)), "{word}");
            assert_eq!(cell.tag("customer"), Ok(None));
            assert_eq!(Cell::Tag(word.to_owned()).tag("customer"), Ok(None));
            let tags = Cell::Text(format!("{{\"customer\":\"{word}\"}}").into());
            assert_eq!(tags.tag("customer"), Ok(None));
        }
        assert_eq!(Cell::Text("NULLABLE".into()).text(), Ok(Some("NULLABLE")));
    }
}
