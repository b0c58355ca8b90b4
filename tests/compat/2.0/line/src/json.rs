//! How the values of a line are read from JSON and written to it: numbers from their text, empty as absent.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Currency, Decimal, Month};

/// A number in a JSON document, taken from its text so that no digit is lost; a string of digits will do.
///
/// Use it as a field's type in a vendor's shapes. The document must be read with [`serde_json::from_slice`] or
/// [`serde_json::from_str`]: the text is borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonDecimal(pub Decimal);

impl<'de> Deserialize<'de> for JsonDecimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<JsonDecimal, D::Error> {
        json_decimal(<&RawValue>::deserialize(deserializer)?.get()).map(JsonDecimal).map_err(Error::custom)
    }
}

/// Reads the raw text of a JSON value, a number or a string of digits, as a decimal.
///
/// # Errors
/// A sentence that quotes the value (shortened) and says what is wrong with it.
pub fn json_decimal(raw: &str) -> Result<Decimal, String> {
    let number = match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(text) => text.parse(),
        None if raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => Decimal::from_json_number(raw),
        None => return Err(format!("expected a number, found {}", shortened(raw))),
    };
    number.map_err(|error| format!("{} is not a usable number: {error}", shortened(raw)))
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((end, _)) => Cow::Owned(format!("{}...", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// `Option<Decimal>` as a string of digits; read from a number's text or such a string.
pub(crate) mod decimal {
    use super::{Decimal, Deserialize, Deserializer, Error, RawValue, Serializer, json_decimal};

    pub(crate) fn serialize<S: Serializer>(value: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.collect_str(value),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
        match <&RawValue>::deserialize(from)?.get() {
            "null" | "\"\"" => Ok(None),
            raw => json_decimal(raw).map(Some).map_err(Error::custom),
        }
    }
}

/// A month as its first day, `2026-03-01`.
pub(crate) mod usage_month {
    use super::{Cow, Deserialize, Deserializer, Error, Month, Serializer};

    pub(crate) fn serialize<S: Serializer>(month: &Month, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{month}-01"))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Month, D::Error> {
        let text = <Cow<'de, str>>::deserialize(from)?;
        Month::from_first_day(&text).map_err(|_| {
            D::Error::custom(format_args!("{text:?} is not the first day of a month (2026-03-01)"))
        })
    }
}

/// A currency code; an empty one is absent.
pub(crate) fn currency<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Currency>, D::Error> {
    match optional_text(from)? {
        Some(code) => code.parse().map(Some).map_err(Error::custom),
        None => Ok(None),
    }
}

/// A text that borrows from the document where it can; `""` and `null` are absent.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Option<Cow<'de, str>>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }
        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok((!text.is_empty()).then_some(Cow::Borrowed(text)))
        }
        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok((!text.is_empty()).then(|| Cow::Owned(text.to_owned())))
        }
        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
            from.deserialize_str(self)
        }
    }
    from.deserialize_option(Text)
}

/// A list of texts, none of them empty.
pub(crate) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Cow<'de, str>>, D::Error> {
    struct One<'a>(Option<Cow<'a, str>>);
    impl<'de> Deserialize<'de> for One<'de> {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            optional_text(from).map(One)
        }
    }
    struct Texts;
    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<Cow<'de, str>>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of texts")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut texts = Vec::new();
            while let Some(One(text)) = list.next_element()? {
                texts.push(text.ok_or_else(|| A::Error::custom("an empty tag"))?);
            }
            Ok(texts)
        }
    }
    from.deserialize_seq(Texts)
}

/// From a text of digits, as our own documents write it. Vendors' numbers are read as [`JsonDecimal`].
impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(Error::custom)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
