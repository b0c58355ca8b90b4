//! A row in Metallic's words: each member it is known to have as raw JSON text, so that no digit is lost, and the names
//! of those it is not known to have, so that they can be told.

/// Names the members of a row once: the struct, its reader and its duplicates' check.
macro_rules! row {
    ($(#[$row_doc:meta])* $row:ident, $what:literal { $($(#[$doc:meta])* $field:ident = $name:literal),* $(,)? }) => {
        $(#[$row_doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $row<'a> {
            $($(#[$doc])* pub(crate) $field: Option<&'a str>,)*
            /// Members this plugin does not know.
            pub(crate) unknown: Vec<String>,
        }

        #[cfg(test)]
        impl $row<'_> {
            /// The members' names.
            pub(crate) const MEMBERS: &'static [&'static str] = &[$($name),*];
        }

        impl<'de> serde::Deserialize<'de> for $row<'de> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$row<'de>, D::Error> {
                struct Members;

                impl<'de> serde::de::Visitor<'de> for Members {
                    type Value = $row<'de>;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<$row<'de>, M::Error> {
                        let mut row = $row::default();
                        let mut seen = std::collections::BTreeSet::new();
                        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                            let value = map.next_value::<&'de serde_json::value::RawValue>()?.get();
                            if !seen.insert(key.to_string()) {
                                return Err(serde::de::Error::custom(format!("a row has {key:?} twice")));
                            }
                            match &*key {
                                $($name => row.$field = Some(value).filter(|value| *value != "null"),)*
                                _ => row.unknown.push(key.into_owned()),
                            }
                        }
                        Ok(row)
                    }
                }

                deserializer.deserialize_map(Members)
            }
        }
    };
}

pub(crate) use row;
