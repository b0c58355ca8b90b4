//! Price books side by side, month by month.
//!
//! Versions of a book are stretches of months, and the same prices can be cut into versions in many ways. So the
//! months are cut wherever a version of either side begins or ends, and what holds in each stretch is compared. In
//! months that one side's book does not have at all, that is an edit of the book and not of each of its prices.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::Month;

use super::edit::{Edit, KeyEdit, Subject};
use super::side::{change, pairs, place};
use crate::rules::checked::months::Months;
use crate::rules::definitions::{Definitions, Entry, Version};
use crate::rules::flat::same;
use crate::rules::ready::Rulebook;

/// Old and new value.
type Values = (Option<String>, Option<String>);

pub(super) fn compare(old: &Rulebook, new: &Rulebook, edits: &mut Vec<Edit>) {
    let (a, b) = (&old.definitions, &new.definitions);
    let old_books: Vec<&[Version]> = a.versions().chunk_by(|x, y| a.book(x) == a.book(y)).collect();
    let new_books: Vec<&[Version]> = b.versions().chunk_by(|x, y| b.book(x) == b.book(y)).collect();
    let mut both = BTreeMap::new();
    for (left, right) in pairs(&old_books, &new_books, |x, y| a.book(&x[0]).cmp(b.book(&y[0]))) {
        let Some(id) = left.map(|left| a.book(&left[0])).or(right.map(|right| b.book(&right[0]))) else {
            continue;
        };
        let mut keys = Vec::new();
        if let (Some(left), Some(right)) = (left, right) {
            let book = Book::new(a, left, b, right);
            keys = book.keys();
            both.insert(id, book);
            if keys.is_empty() {
                continue;
            }
        }
        edits.push(Edit {
            subject: Subject::Book(id.to_owned()),
            change: change(left.is_some(), right.is_some()),
            old_place: left.map(|left| place(old, left[0].at)),
            new_place: right.map(|right| place(new, right[0].at)),
            keys,
        });
    }
    let old_entries: Vec<&[Entry]> = a.entries().chunk_by(|x, y| a.entry(x) == a.entry(y)).collect();
    let new_entries: Vec<&[Entry]> = b.entries().chunk_by(|x, y| b.entry(x) == b.entry(y)).collect();
    for (left, right) in pairs(&old_entries, &new_entries, |x, y| a.entry(&x[0]).cmp(&b.entry(&y[0]))) {
        let (left, right) = (left.copied().unwrap_or(&[]), right.copied().unwrap_or(&[]));
        let named = left.first().map(|entry| a.entry(entry)).or(right.first().map(|entry| b.entry(entry)));
        let Some((id, sku)) = named else { continue };
        let Some(book) = both.get(id) else { continue };
        let Some((at, keys)) = book.entry(a, left, b, right) else { continue };
        let span = &book.spans[at];
        let of = |d: &Definitions, all: &[Entry]| find(d, all, span).or(all.first()).map(|entry| entry.at);
        edits.push(Edit {
            subject: Subject::BookEntry { book: id.to_owned(), sku: sku.to_owned() },
            change: change(!left.is_empty(), !right.is_empty()),
            old_place: of(a, left).map(|at| place(old, at)),
            new_place: of(b, right).map(|at| place(new, at)),
            keys,
        });
    }
}

/// Months in which no version of either side begins or ends, and what both say about them.
struct Span {
    months: Months,
    old: bool,
    new: bool,
    old_currency: String,
    new_currency: String,
}

struct Book {
    spans: Vec<Span>,
}

impl Book {
    fn new(a: &Definitions, old: &[Version], b: &Definitions, new: &[Version]) -> Book {
        let mut cuts: BTreeSet<Month> = BTreeSet::new();
        for version in old.iter().chain(new) {
            cuts.extend(version.months.from);
            cuts.extend(version.months.until.map(Month::next));
        }
        let starts = [None].into_iter().chain(cuts.iter().copied().map(Some));
        let ends = cuts.iter().map(|cut| Some(before(*cut))).chain([None]);
        let spans = starts.zip(ends).map(|(from, until)| {
            let months = Months { from, until };
            let currency = |d: &Definitions, versions: &[Version]| {
                let within = versions.iter().filter(|version| months.is_within(version.months));
                let named: BTreeSet<String> = within.map(|version| d.currency(version).to_owned()).collect();
                (!named.is_empty(), named.into_iter().collect::<Vec<_>>().join(", "))
            };
            let ((old, old_currency), (new, new_currency)) = (currency(a, old), currency(b, new));
            Span { months, old, new, old_currency, new_currency }
        });
        Book { spans: spans.collect() }
    }

    /// What differs of the book itself.
    fn keys(&self) -> Vec<KeyEdit> {
        let mut keys = Vec::new();
        let months = |has: &dyn Fn(&Span) -> bool| {
            let has: Vec<Option<()>> = self.spans.iter().map(|span| has(span).then_some(())).collect();
            self.runs(&has).iter().map(|(months, ())| months.words()).collect::<Vec<_>>().join(", ")
        };
        let (old, new) = (months(&|span| span.old), months(&|span| span.new));
        if old != new {
            let differ = self.spans.iter().filter(|span| span.old != span.new);
            let about = differ.map(|span| span.months).collect();
            keys.push(KeyEdit { key: "months".to_owned(), old: Some(old), new: Some(new), months: about });
        }
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let currencies = self.spans.iter().map(|span| {
            let differ = span.old && span.new && span.old_currency != span.new_currency;
            differ.then(|| (some(&span.old_currency), some(&span.new_currency)))
        });
        let compared: Vec<bool> = self.spans.iter().map(|span| span.old && span.new).collect();
        keys.extend(self.told("currency", &compared, &currencies.collect::<Vec<_>>()));
        keys
    }

    /// What differs of one price, and the first stretch in which something does.
    fn entry(
        &self,
        a: &Definitions,
        old: &[Entry],
        b: &Definitions,
        new: &[Entry],
    ) -> Option<(usize, Vec<KeyEdit>)> {
        let alike = |(x, y): (&Entry, &Entry)| {
            let (v, w) = (a.version(x), b.version(y));
            v.months == w.months && a.currency(v) == b.currency(w) && a.entry_keys(x).eq(b.entry_keys(y))
        };
        if old.len() == new.len() && old.iter().zip(new).all(alike) {
            return None;
        }
        let mut by_key: BTreeMap<String, Vec<Option<Values>>> = BTreeMap::new();
        let mut compared = vec![false; self.spans.len()];
        let mut first = None;
        for (index, span) in self.spans.iter().enumerate() {
            let (left, right) = (find(a, old, span), find(b, new, span));
            if (left.is_none() && (right.is_none() || !span.old)) || (right.is_none() && !span.new) {
                continue;
            }
            compared[index] = true;
            let mut values: BTreeMap<&str, (Option<&str>, Option<&str>)> = BTreeMap::new();
            for (key, value) in left.into_iter().flat_map(|entry| a.entry_keys(entry)) {
                values.entry(key).or_default().0 = Some(value);
            }
            for (key, value) in right.into_iter().flat_map(|entry| b.entry_keys(entry)) {
                values.entry(key).or_default().1 = Some(value);
            }
            if let (Some(left), Some(right)) = (left, right)
                && span.old_currency == span.new_currency
            {
                let (old, new) = (a.currency(a.version(left)), b.currency(b.version(right)));
                values.insert("currency", (Some(old), Some(new)));
            }
            for (key, (old, new)) in values {
                if old.zip(new).is_some_and(|(old, new)| same(key, old, new)) {
                    continue;
                }
                first = first.or(Some(index));
                let spans = by_key.entry(key.to_owned()).or_insert_with(|| vec![None; self.spans.len()]);
                spans[index] = Some((old.map(str::to_owned), new.map(str::to_owned)));
            }
        }
        let whole = old.is_empty() || new.is_empty();
        let keys = by_key.iter().filter(|_| !whole).flat_map(|(key, edits)| self.told(key, &compared, edits));
        Some((first?, keys.collect()))
    }

    /// The edits of a key, with the months that they are about unless those are all that were compared.
    fn told(&self, key: &str, compared: &[bool], edits: &[Option<Values>]) -> Vec<KeyEdit> {
        let runs = self.runs(edits);
        let Some((_, first)) = runs.first() else { return Vec::new() };
        let everywhere =
            compared.iter().zip(edits).all(|(compared, edit)| !compared || edit.as_ref() == Some(first));
        let told = |key: String, (old, new): &Values, months: Vec<Months>| KeyEdit {
            key,
            old: old.clone(),
            new: new.clone(),
            months,
        };
        if everywhere {
            return vec![told(key.to_owned(), first, runs.iter().map(|(months, _)| *months).collect())];
        }
        let dated =
            runs.iter().map(|(months, run)| told(format!("{} {key}", months.words()), run, vec![*months]));
        dated.collect()
    }

    /// Neighbouring stretches with the same value as one.
    fn runs<T: PartialEq + Clone>(&self, values: &[Option<T>]) -> Vec<(Months, T)> {
        let mut runs: Vec<(Months, T)> = Vec::new();
        let mut last = None;
        for (span, value) in self.spans.iter().zip(values) {
            match (value, last) {
                (Some(value), Some(true)) if runs.last().is_some_and(|(_, run)| run == value) => {
                    if let Some((months, _)) = runs.last_mut() {
                        months.until = span.months.until;
                    }
                }
                (Some(value), _) => runs.push((span.months, value.clone())),
                (None, _) => {}
            }
            last = Some(value.is_some());
        }
        runs
    }
}

/// The price that holds in a stretch.
fn find<'e>(definitions: &Definitions, entries: &'e [Entry], span: &Span) -> Option<&'e Entry> {
    entries.iter().find(|entry| span.months.is_within(definitions.version(entry).months))
}

fn before(month: Month) -> Month {
    month.first_day().yesterday().map_or(month, Month::of)
}
