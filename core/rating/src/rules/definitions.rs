//! What every part of the rules says, in its author's words: what two rule sets are compared by.
//!
//! Kept small, since every rulebook carries it: texts are kept once, keys and values are their numbers.

use std::ops::Range;

use super::checked::months::Months;
use super::checked::sound::{Checked, WrittenFile};
use super::flat::{self, Flat};
use super::written::{Node, Place, Sources, Table, Value};
use crate::texts::{TextId, Texts};

/// What a definition is of, in the order in which edits are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Settings,
    Fx,
    Partner,
    Customer,
    Rule,
    BillRule,
}

/// A line of a file of the rulebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) file: u32,
    pub(crate) line: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Definition {
    kind: Kind,
    id: TextId,
    pub(crate) at: At,
    keys: Range<u32>,
}

/// A version of a price book.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    book: TextId,
    pub(crate) months: Months,
    currency: TextId,
    pub(crate) at: At,
}

/// A price in a version of a book.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    sku: TextId,
    version: u32,
    pub(crate) at: At,
    keys: Range<u32>,
}

/// The definitions of a rulebook.
#[derive(Debug)]
pub(crate) struct Definitions {
    texts: Texts,
    /// Key and value; those of one definition in a row, by key.
    keys: Vec<(TextId, TextId)>,
    /// By kind and id.
    all: Vec<Definition>,
    /// By book and first month.
    versions: Vec<Version>,
    /// By book, SKU and first month.
    entries: Vec<Entry>,
}

impl Definitions {
    pub(crate) fn of(written: &[WrittenFile], checked: &Checked, sources: &Sources) -> Definitions {
        let mut gather = Gather { lines: Lines::new(sources), made: Definitions::empty() };
        for file in written {
            gather.file(&file.table);
        }
        for (kind, parties) in [(Kind::Customer, &checked.customers), (Kind::Partner, &checked.partners)] {
            for (id, party) in parties {
                gather.add(kind, id, party.place, &flat::party(party));
            }
        }
        let mut made = gather.made;
        let mut lines = gather.lines;
        for book in &checked.books {
            let currency = book.currency.map(|currency| currency.to_string()).unwrap_or_default();
            let version = made.versions.len() as u32;
            let (id, currency) = (made.texts.intern(&book.id), made.texts.intern(&currency));
            made.versions.push(Version { book: id, months: book.months, currency, at: lines.at(book.place) });
            for price in &book.prices {
                let (sku, keys) = (made.texts.intern(&price.sku), made.intern(&price.written));
                made.entries.push(Entry { sku, version, at: lines.at(price.place), keys });
            }
        }
        made.sort();
        made
    }

    fn empty() -> Definitions {
        Definitions {
            texts: Texts::default(),
            keys: Vec::new(),
            all: Vec::new(),
            versions: Vec::new(),
            entries: Vec::new(),
        }
    }

    fn sort(&mut self) {
        let Definitions { texts, all, versions, entries, .. } = self;
        all.sort_by_key(|definition| (definition.kind, texts.get(definition.id)));
        entries.sort_by_cached_key(|entry| {
            let version = &versions[entry.version as usize];
            (texts.get(version.book), texts.get(entry.sku), version.months.from)
        });
        // Entries name their version by number: the versions move, the numbers follow.
        let mut order: Vec<u32> = (0..versions.len() as u32).collect();
        order.sort_by_key(|index| {
            let version = &versions[*index as usize];
            (texts.get(version.book), version.months.from, version.months.until)
        });
        let mut place = vec![0_u32; order.len()];
        for (new, old) in (0_u32..).zip(&order) {
            place[*old as usize] = new;
        }
        for entry in entries {
            entry.version = place[entry.version as usize];
        }
        let sorted = order.iter().map(|index| versions[*index as usize].clone()).collect();
        *versions = sorted;
    }

    fn intern(&mut self, flat: &Flat) -> Range<u32> {
        let start = self.keys.len();
        for (key, value) in flat {
            // Neighbours in a long list are much alike.
            let before = self.keys.len().checked_sub(flat.len()).map(|at| self.keys[at]);
            let alike = |id: TextId, text: &str| (self.texts.get(id) == text).then_some(id);
            let known = before.map(|(a, b)| (alike(a, key), alike(b, value))).unwrap_or_default();
            let key = known.0.unwrap_or_else(|| self.texts.intern(key));
            let value = known.1.unwrap_or_else(|| self.texts.intern(value));
            self.keys.push((key, value));
        }
        start as u32..self.keys.len() as u32
    }

    fn texts_of(&self, keys: &Range<u32>) -> impl Iterator<Item = (&str, &str)> {
        let keys = &self.keys[keys.start as usize..keys.end as usize];
        keys.iter().map(|(key, value)| (self.texts.get(*key), self.texts.get(*value)))
    }

    /// All but books, by kind and id.
    pub(crate) fn all(&self) -> &[Definition] {
        &self.all
    }

    pub(crate) fn name(&self, definition: &Definition) -> (Kind, &str) {
        (definition.kind, self.texts.get(definition.id))
    }

    /// Key and value, by key.
    pub(crate) fn keys(&self, definition: &Definition) -> impl Iterator<Item = (&str, &str)> {
        self.texts_of(&definition.keys)
    }

    /// Where a rule stands.
    pub(crate) fn rule_at(&self, kind: Kind, id: &str) -> Option<At> {
        let found = self.all.binary_search_by(|definition| self.name(definition).cmp(&(kind, id)));
        found.ok().map(|index| self.all[index].at)
    }

    /// The versions of all books, by book and first month.
    pub(crate) fn versions(&self) -> &[Version] {
        &self.versions
    }

    pub(crate) fn book(&self, version: &Version) -> &str {
        self.texts.get(version.book)
    }

    /// The currency that a version of a book names; empty if none.
    pub(crate) fn currency(&self, version: &Version) -> &str {
        self.texts.get(version.currency)
    }

    /// The prices of all books, by book, SKU and first month.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The book and the SKU of a price.
    pub(crate) fn entry(&self, entry: &Entry) -> (&str, &str) {
        (self.book(self.version(entry)), self.texts.get(entry.sku))
    }

    pub(crate) fn version(&self, entry: &Entry) -> &Version {
        &self.versions[entry.version as usize]
    }

    /// Key and value, by key.
    pub(crate) fn entry_keys(&self, entry: &Entry) -> impl Iterator<Item = (&str, &str)> {
        self.texts_of(&entry.keys)
    }
}

struct Gather<'s> {
    lines: Lines<'s>,
    made: Definitions,
}

impl Gather<'_> {
    fn file(&mut self, table: &Table) {
        let find = |name: &str| table.0.iter().find(|(key, _)| key.name == name).map(|(_, node)| node);
        let tables = |name: &str| match find(name).map(|node| &node.value) {
            Some(Value::List(list)) => list.as_slice(),
            _ => &[],
        };
        if let Some((node, table)) = find("settings").and_then(in_table) {
            self.add(Kind::Settings, "", node.place, &flat::table(table, &[]));
        }
        for (month, node) in find("fx").and_then(in_table).map_or(&[][..], |(_, months)| &months.0) {
            let Some((_, pairs)) = in_table(node) else { continue };
            for (pair, node) in &pairs.0 {
                let mut flat = Flat::new();
                flat::put(&mut flat, "rate", node);
                self.add(Kind::Fx, &format!("{} {}", month.name, pair.name), pair.place, &flat);
            }
        }
        let only = find("only").and_then(in_table).map(|(_, only)| flat::table(only, &[]));
        for (name, kind) in [("rule", Kind::Rule), ("bill", Kind::BillRule)] {
            for (_, rule) in tables(name).iter().filter_map(in_table) {
                let id = rule.0.iter().find(|(key, _)| key.name == "id").map(|(_, node)| node);
                let Some(Node { place, value: Value::Text(id) }) = id else { continue };
                let mut flat = flat::table(rule, &["id"]);
                if let Some(only) = &only {
                    flat::narrow(&mut flat, only);
                }
                self.add(kind, id, *place, &flat);
            }
        }
    }

    fn add(&mut self, kind: Kind, id: &str, place: Place, flat: &Flat) {
        let keys = self.made.intern(flat);
        let definition = Definition { kind, id: self.made.texts.intern(id), at: self.lines.at(place), keys };
        self.made.all.push(definition);
    }
}

fn in_table(node: &Node) -> Option<(&Node, &Table)> {
    match &node.value {
        Value::Table(table) => Some((node, table)),
        _ => None,
    }
}

/// Finds lines of places: where the lines of a file begin is looked for once.
struct Lines<'s> {
    sources: &'s Sources,
    starts: Vec<Vec<usize>>,
}

impl<'s> Lines<'s> {
    fn new(sources: &'s Sources) -> Lines<'s> {
        Lines { sources, starts: vec![Vec::new(); sources.paths().count()] }
    }

    fn at(&mut self, place: Place) -> At {
        let starts = &mut self.starts[place.file];
        if starts.is_empty() {
            starts.push(0);
            starts.extend(self.sources.text(place.file).match_indices('\n').map(|(at, _)| at + 1));
        }
        let line = starts.partition_point(|start| *start <= place.start);
        At { file: place.file as u32, line: line as u32 }
    }
}
