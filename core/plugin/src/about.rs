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
    /// How, or what for, or why not: a few words, or none.
    #[serde(default)]
    pub why: String,
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
        Field { format: format.to_owned(), name: name.to_owned(), line: None, why: why.to_owned() }
    }

    /// The fields of a format, each as its name, the field of the line that it fills, and how or why not.
    #[must_use]
    pub fn table(format: &str, rows: &[(&str, Option<&str>, &str)]) -> Vec<Field> {
        let field = |(name, line, why): &(&str, Option<&str>, &str)| Field {
            line: line.map(str::to_owned),
            ..Field::other(format, name, why)
        };
        rows.iter().map(field).collect()
    }
}

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
