//! What a plugin says of itself.

use serde::{Deserialize, Serialize};

/// What a plugin says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The vendor's id: lower-case letters, digits and `-`. It becomes `vendor` on every line.
    pub id: String,
    /// The vendor's name, for people.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// Where the vendor's API is if the source's config does not say.
    pub default_url: Option<String>,
    /// JSON Schema of `[source.<name>.config]`.
    pub config_schema: String,
    /// Names of the secrets it may ask the host to use.
    pub secrets: Vec<String>,
    /// The payload formats that `map` reads.
    pub formats: Vec<PayloadFormat>,
    /// The fields of the vendor's documents that it knows, and what becomes of each. Empty if it does not say, as plugins
    /// of an older interface do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// A field of a vendor's document, and what becomes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// The payload format it is in: one of [`About::formats`]; empty for all of them.
    pub format: String,
    /// Its name as the vendor writes it: a column, a member of a JSON document.
    pub name: String,
    /// The field of the line that it fills, such as `skuId`; `None` if it is read for something else, or not at all.
    pub line: Option<String>,
    /// Whether the vendor always sends it, and what becomes of a payload that lacks it.
    #[serde(default, skip_serializing_if = "Presence::is_maybe")]
    pub presence: Presence,
    /// How, or what for, or why not: a few words, or none.
    #[serde(default)]
    pub why: String,
}

/// Whether a vendor sends a field, and what becomes of a payload that lacks it: [`crate::Shape`] holds rows against it.
/// Null and absent are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// Every row that becomes a line has a value in it. A payload with one that has none is refused.
    Always,
    /// Every payload has it, some rows nothing in it. A payload without it is refused.
    Present,
    /// Every payload is known to have it, and no amount depends on it. A payload without it is warned of.
    Usual,
    /// The vendor leaves it out, or does not say whether it does; the reason stands beside it.
    #[default]
    #[serde(other)]
    Maybe,
}

impl Presence {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_maybe(&self) -> bool {
        *self == Presence::Maybe
    }

    /// True if a payload without the field is refused.
    #[must_use]
    pub fn is_needed(self) -> bool {
        matches!(self, Presence::Always | Presence::Present)
    }

    /// For people: `always`, `present`, `usual`; nothing for what may be left out.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Presence::Always => "always",
            Presence::Present => "present",
            Presence::Usual => "usual",
            Presence::Maybe => "",
        }
    }
}

impl Field {
    /// A field that fills one of the line.
    #[must_use]
    pub fn mapped(format: &str, name: &str, line: &str, why: &str) -> Field {
        Field { line: Some(line.to_owned()), ..Field::other(format, name, why) }
    }

    /// A field that fills none.
    #[must_use]
    pub fn other(format: &str, name: &str, why: &str) -> Field {
        let (format, name, why) = (format.to_owned(), name.to_owned(), why.to_owned());
        Field { format, name, line: None, presence: Presence::Maybe, why }
    }

    /// The same, with what is known of its presence.
    #[must_use]
    pub fn with(self, presence: Presence) -> Field {
        Field { presence, ..self }
    }

    /// The fields of a format.
    #[must_use]
    pub fn table(format: &str, rows: &[FieldRow<'_>]) -> Vec<Field> {
        let field = |(name, line, presence, why): &FieldRow<'_>| Field {
            line: line.map(str::to_owned),
            ..Field::other(format, name, why).with(*presence)
        };
        rows.iter().map(field).collect()
    }
}

/// A field as a row of a table: its name, the field of the line that it fills, whether it is always there, and how or why
/// not.
pub type FieldRow<'a> = (&'a str, Option<&'a str>, Presence, &'a str);

/// One format of payload that a plugin reads. Write `..PayloadFormat::default()` at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayloadFormat {
    /// Its id, such as `acronis-csv-v2`.
    pub id: String,
    /// What it is, for people.
    pub description: String,
    /// True if not all of it could be proven from the vendor's documents.
    pub experimental: bool,
    /// True if it is looked up while other payloads are mapped (tenants, a price list), and holds no usage itself.
    #[serde(default)]
    pub reference: bool,
}
