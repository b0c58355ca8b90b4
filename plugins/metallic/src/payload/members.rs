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
            /// The value of its first member, which shows where it stands.
            pub(crate) begins: Option<&'a str>,
        }

        impl<'a> $row<'a> {
            /// A member by its name, absent if missing or `null`.
            pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
                match name {
                    $($name => self.$field,)*
                    _ => None,
                }
            }

            /// The names of members that are not known.
            pub(crate) fn unknown(&self) -> impl Iterator<Item = &str> + Clone {
                self.unknown.iter().map(String::as_str)
            }
        }

        #[cfg(test)]
        impl $row<'_> {
            /// The members' names.
            pub(crate) const MEMBERS: &'static [&'static str] = &[$($name),*];
        }

        impl<'de> serde::Deserialize<'de> for $row<'de> {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<$row<'de>, D::Error> {
                let mut row = $row::default();
                let mut seen = std::collections::BTreeSet::new();
                ratebook_plugin::each_member(from, $what, |name, value| {
                    if !seen.insert(name.to_string()) {
                        return Err(format!("a row has {name:?} twice"));
                    }
                    row.begins = row.begins.or(Some(value));
                    match &*name {
                        $($name => row.$field = Some(value).filter(|value| *value != "null"),)*
                        _ => row.unknown.push(name.into_owned()),
                    }
                    Ok(())
                })?;
                Ok(row)
            }
        }
    };
}

pub(crate) use row;
