//! Where a source and what is written in it stands in the file, for complaints that come later than the reading.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Document, FILE};

/// A place in the file.
#[derive(Clone, Debug)]
struct Spot {
    /// `ratebook.toml:7:1`.
    place: String,
    /// The line with the place marked; none where a secret could stand.
    excerpt: Option<String>,
}

/// The places of a source by key; those of the plugin's own part by all keys on the way: `columns.tenant`.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    keys: BTreeMap<String, Spot>,
    /// By what is written there; none if it is written several times.
    values: BTreeMap<String, Option<Spot>>,
}

impl Places {
    /// Those of a source whose name stands at a place.
    pub(super) fn of_source(document: &Document<'_>, name: Range<usize>) -> Places {
        let mut places = Places::default();
        places.put(document, String::new(), name);
        places
    }

    /// Notes where a key stands.
    pub(super) fn put(&mut self, document: &Document<'_>, key: String, span: Range<usize>) {
        let spot = Spot { place: document.place(span.start), excerpt: Some(document.excerpt(span)) };
        self.keys.insert(key, spot);
    }

    /// Notes where a key stands whose line must not be shown.
    pub(super) fn put_unquoted(&mut self, document: &Document<'_>, key: String, span: Range<usize>) {
        self.keys.insert(key, Spot { place: document.place(span.start), excerpt: None });
    }

    /// Notes all keys of the plugin's own part, and what is written there. `above` stands before the keys: `columns.`.
    pub(super) fn put_config(&mut self, document: &Document<'_>, table: &DeTable<'_>, above: &str) {
        for (key, value) in table {
            let path = format!("{above}{}", key.get_ref());
            self.put(document, path.clone(), key.span());
            self.put_value(document, value, &path);
        }
    }

    fn put_value(&mut self, document: &Document<'_>, value: &Spanned<DeValue<'_>>, path: &str) {
        match value.get_ref() {
            DeValue::Table(table) => self.put_config(document, table, &format!("{path}.")),
            DeValue::Array(values) => values.iter().for_each(|value| self.put_value(document, value, path)),
            DeValue::String(text) => {
                let (place, excerpt) = (document.place(value.span().start), document.excerpt(value.span()));
                let spot = Spot { place, excerpt: Some(excerpt) };
                let known = self.values.entry(text.to_string());
                known.and_modify(|known| *known = None).or_insert(Some(spot));
            }
            _ => {}
        }
    }

    /// Where a key stands, or what is nearest to it: a key of this name deeper down, a value that is written so, the table
    /// above it, the source.
    fn spot(&self, key: &str) -> Option<&Spot> {
        let deeper = || {
            let mut found = self.keys.iter().filter(|(path, _)| path.rsplit('.').next() == Some(key));
            found.next().filter(|_| found.next().is_none()).map(|(_, spot)| spot)
        };
        let above = || {
            let mut path = key;
            while let Some((parent, _)) = path.rsplit_once('.') {
                path = parent;
                if let Some(spot) = self.keys.get(path) {
                    return Some(spot);
                }
            }
            None
        };
        let value = || self.values.get(key).and_then(Option::as_ref);
        let found = self.keys.get(key).or_else(deeper).or_else(value).or_else(above);
        found.or_else(|| self.keys.get(""))
    }

    /// `ratebook.toml:7:1`.
    pub(super) fn place(&self, key: &str) -> String {
        self.spot(key).map_or_else(|| FILE.to_owned(), |spot| spot.place.clone())
    }

    /// The line with the place marked.
    pub(super) fn excerpt(&self, key: &str) -> Option<String> {
        self.spot(key).and_then(|spot| spot.excerpt.clone())
    }
}
