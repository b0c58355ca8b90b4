//! The column Tags: a JSON object of tags that are not nested (specification/attributes/key_value_format.md).

use std::fmt;

use ratebook_plugin::shown;
use serde::Deserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The value of a tag, if the object has it: the text, or a number or boolean as it is written.
///
/// # Errors
/// What is wrong with the object.
pub(crate) fn value_of(json: &str, key: &str) -> Result<Option<String>, String> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let found = reader.deserialize_map(Find { key }).and_then(|found| reader.end().map(|()| found));
    found.map_err(|error| format!("{} is not an object of tags: {error}", shown(json)))
}

struct Find<'k> {
    key: &'k str,
}

impl<'de> Visitor<'de> for Find<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tags")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Option<String>, A::Error> {
        let mut found: Option<Box<RawValue>> = None;
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            if name != self.key {
                members.next_value::<IgnoredAny>()?;
            } else if found.replace(members.next_value()?).is_some() {
                return Err(A::Error::custom(format_args!("the tag {:?} is there twice", self.key)));
            }
        }
        let Some(value) = found else { return Ok(None) };
        match value.get().as_bytes().first() {
            Some(b'"') => serde_json::from_str(value.get()).map(Some).map_err(A::Error::custom),
            Some(b'n') => Ok(None),
            Some(b'{' | b'[') => {
                Err(A::Error::custom(format_args!("the tag {:?} holds an object or list", self.key)))
            }
            _ => Ok(Some(value.get().to_owned())),
        }
        .map(|text| text.filter(|text| !text.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_by_its_exact_name() {
        let tags = r#"{"env":"prod","customer":"Müller \"M\"","Customer":"other","n":17,"flag":true,"none":null,"e":""}"#;
        let of = |key| value_of(tags, key).unwrap();
        assert_eq!(of("customer").as_deref(), Some("Müller \"M\""));
        assert_eq!(of("n").as_deref(), Some("17"));
        assert_eq!(of("flag").as_deref(), Some("true"));
        assert_eq!((of("none"), of("e"), of("absent")), (None, None, None));
        assert_eq!(value_of("{}", "customer"), Ok(None));
    }

    #[test]
    fn what_is_no_object_of_tags_is_refused() {
        for (json, why) in [
            ("{\"customer\":\"a\"", "EOF"),
            ("customer=a", "expected value"),
            ("[]", "expected an object of tags"),
            ("{\"customer\":\"a\",\"customer\":\"b\"}", "twice"),
            ("{\"customer\":{\"id\":1}}", "holds an object"),
            ("{\"customer\":\"a\"} x", "trailing"),
        ] {
            let error = value_of(json, "customer").unwrap_err();
            assert!(error.contains(why), "{json}: {error}");
        }
    }
}
