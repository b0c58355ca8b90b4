//! A JSON object, member by member, as the vendor wrote it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Hands over each member of a JSON object, in the order in which they stand: its name, and its value as raw text, so
/// that no digit of a number is lost. One that stands twice comes twice.
///
/// For the `Deserialize` of a vendor's shapes. The document must be read with [`serde_json::from_slice`] or
/// [`serde_json::from_str`]: the text is borrowed from it.
///
/// # Errors
/// What `take` finds wrong with a member, or that `expected` was and something else came; with line and column.
pub fn each_member<'de, D: Deserializer<'de>>(
    from: D,
    expected: &str,
    take: impl FnMut(Cow<'de, str>, &'de str) -> Result<(), String>,
) -> Result<(), D::Error> {
    from.deserialize_map(Each { expected, take })
}

struct Each<'e, T> {
    expected: &'e str,
    take: T,
}

impl<'de, T: FnMut(Cow<'de, str>, &'de str) -> Result<(), String>> Visitor<'de> for Each<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<(), M::Error> {
        while let Some((name, value)) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
            (self.take)(name, value.get()).map_err(M::Error::custom)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(json: &str) -> Result<Vec<(String, &str)>, String> {
        let mut members = Vec::new();
        let mut reader = serde_json::Deserializer::from_str(json);
        let read = each_member(&mut reader, "a row", |name, value| {
            if value == "null" {
                return Err(format!("{name} is null"));
            }
            members.push((name.into_owned(), value));
            Ok(())
        });
        read.map(|()| members).map_err(|error| error.to_string())
    }

    #[test]
    fn members_come_in_order_as_they_are_written() {
        let json = r#"{"b": 1.10, "a\u0021": [1, 2],"b" :"x"}"#;
        let expected = [("b", "1.10"), ("a!", "[1, 2]"), ("b", "\"x\"")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(members(json).unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        assert_eq!(members("{\n\"a\": null}").unwrap_err(), "a is null at line 2 column 10");
        let told = members("[1]").unwrap_err();
        assert!(told.starts_with("invalid type: sequence, expected a row at line 1"), "{told}");
    }
}
