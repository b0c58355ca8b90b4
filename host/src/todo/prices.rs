//! SKUs without a price, by the book that they belong into: the one that a rule looks them up in, or a new one.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::{BillableLine, Currency, Month};
use ratebook_rating::{Held, Rulebook};

use super::fields::text;
use super::sums::Sums;
use super::tenants::as_id;

/// What a book lacks.
#[derive(Debug)]
pub(crate) struct Gap {
    /// The book's id.
    pub book: String,
    /// The currency of its prices.
    pub currency: Currency,
    /// The first month that they are needed in.
    pub from: Month,
    /// If no rule takes prices for these SKUs from any book: the rule that would.
    pub rule: Option<NewRule>,
    /// The SKUs.
    pub skus: Vec<SkuGap>,
    /// All of their lines.
    pub sums: Sums,
}

/// A rule that would take prices from a new book.
#[derive(Debug)]
pub(crate) struct NewRule {
    /// Whose SKUs they are; empty if the lines do not say.
    pub vendor: String,
    /// A priority at which it takes nothing from another price.
    pub priority: i64,
}

/// A SKU without a price.
#[derive(Debug, Default)]
pub(crate) struct SkuGap {
    /// The vendor's id of it.
    pub sku: String,
    /// The vendor.
    pub vendor: String,
    /// The vendor's name of it.
    pub name: Option<String>,
    /// Whose lines they are.
    pub customers: BTreeSet<String>,
    /// Its lines.
    pub sums: Sums,
}

/// The book that a rule looks up, or the vendor for which there is no rule.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Book(String),
    Vendor(String),
}

/// SKUs without a price, by where they belong, and the first month of each place.
#[derive(Default)]
pub(super) struct Prices(BTreeMap<Place, (Option<Month>, BTreeMap<String, SkuGap>)>);

impl Prices {
    /// `book`: the book that has no price for the line.
    pub(super) fn add(&mut self, book: Option<&str>, held: &Held<'_>, line: &BillableLine<'_>) {
        let place = match book {
            Some(book) => Place::Book(book.to_owned()),
            None => Place::Vendor(text(&line.vendor).to_owned()),
        };
        let (from, skus) = self.0.entry(place).or_default();
        *from = Some(from.map_or(line.usage_month, |from| from.min(line.usage_month)));
        let sku = skus.entry(text(&line.sku_id).to_owned()).or_default();
        if sku.vendor.is_empty() {
            text(&line.vendor).clone_into(&mut sku.vendor);
        }
        if sku.name.is_none() {
            sku.name = Some(text(&line.sku_name)).filter(|name| !name.is_empty()).map(str::to_owned);
        }
        sku.customers.extend(held.customer.as_deref().map(str::to_owned));
        sku.sums.add(line);
    }

    /// These by book; books that there are come first.
    pub(super) fn by_book(self, rulebook: &Rulebook, month: Month) -> Vec<Gap> {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let gap = |(place, (from, skus)): (Place, (Option<Month>, BTreeMap<String, SkuGap>))| {
            let (book, rule) = match place {
                Place::Book(book) => (book, None),
                Place::Vendor(vendor) => {
                    let book = free(&vendor, rulebook, &mut taken);
                    (book, Some(NewRule { vendor, priority: rulebook.priorities().1.saturating_sub(1) }))
                }
            };
            let skus: Vec<SkuGap> = skus.into_iter().map(|(sku, gap)| SkuGap { sku, ..gap }).collect();
            let mut sums = Sums::default();
            skus.iter().for_each(|sku| sums.add_all(&sku.sums));
            let currency = rulebook.book_currency(&book, month);
            Gap { book, currency, from: from.unwrap_or(month), rule, skus, sums }
        };
        self.0.into_iter().map(gap).collect()
    }
}

/// The id of a new book, and of the rule that takes prices from it: `acronis-list`.
fn free(vendor: &str, rulebook: &Rulebook, taken: &mut BTreeSet<String>) -> String {
    let vendor = as_id(vendor);
    let base = if vendor.is_empty() { "list".to_owned() } else { format!("{vendor}-list") };
    let is_free = |id: &String| {
        !rulebook.has_book(id) && !rulebook.rule_ids().contains(&id.as_str()) && !taken.contains(id)
    };
    let mut ids = std::iter::once(base.clone()).chain((2..).map(|number: u64| format!("{base}-{number}")));
    let id = ids.find(is_free).unwrap_or(base);
    taken.insert(id.clone());
    id
}
