//! Which edits a line of a bill depends on.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::{Currency, Month};

use super::compare::edits;
use super::edit::{Change, Edit, KeyEdit, Subject};
use crate::bill::{Bill, BillLine};
use crate::item::Item;
use crate::kind::Kind;
use crate::rules::checked::rule::Off;
use crate::rules::checked::settings::BillTo;
use crate::rules::ready::Rulebook;
use crate::rules::ready::rule::{Source, Verb};
use crate::state::State;
use crate::texts::TextId;

/// The edits between two rule sets, and which lines of bills they can have moved.
#[derive(Clone, Debug)]
pub struct Edits {
    all: Vec<Edit>,
    /// A line rule can have become a bill rule of the same id.
    rules: BTreeMap<String, Vec<usize>>,
    books: BTreeMap<String, usize>,
    entries: BTreeMap<String, BTreeMap<String, usize>>,
    customers: BTreeMap<String, usize>,
    partners: BTreeMap<String, usize>,
    rates: BTreeMap<String, usize>,
    settings: Option<usize>,
}

impl Edits {
    /// The edits between two rule sets; see [`edits`].
    #[must_use]
    pub fn new(old: &Rulebook, new: &Rulebook) -> Edits {
        let mut index = Edits {
            all: edits(old, new),
            rules: BTreeMap::new(),
            books: BTreeMap::new(),
            entries: BTreeMap::new(),
            customers: BTreeMap::new(),
            partners: BTreeMap::new(),
            rates: BTreeMap::new(),
            settings: None,
        };
        for (number, edit) in index.all.iter().enumerate() {
            match &edit.subject {
                Subject::Settings => index.settings = Some(number),
                Subject::Fx(id) => drop(index.rates.insert(id.clone(), number)),
                Subject::Book(id) => drop(index.books.insert(id.clone(), number)),
                Subject::BookEntry { book, sku } => {
                    index.entries.entry(book.clone()).or_default().insert(sku.clone(), number);
                }
                // A name stands at the head of a bill, the reason of a rule nowhere on it.
                Subject::Customer(_) | Subject::Partner(_) if edit.is_only("name") => {}
                Subject::Rule(_) | Subject::BillRule(_) if edit.is_only("reason") => {}
                Subject::Customer(id) => drop(index.customers.insert(id.clone(), number)),
                Subject::Partner(id) => drop(index.partners.insert(id.clone(), number)),
                Subject::Rule(id) | Subject::BillRule(id) => {
                    index.rules.entry(id.clone()).or_default().push(number);
                }
            }
        }
        index
    }

    /// All edits, sorted.
    #[must_use]
    pub fn all(&self) -> &[Edit] {
        &self.all
    }

    /// Indexes into [`Edits::all`] of the edits of a rule: for lines that it holds or drops.
    #[must_use]
    pub fn of_rule(&self, id: &str) -> &[usize] {
        self.rules.get(id).map_or(&[], Vec::as_slice)
    }

    /// Indexes into [`Edits::all`], sorted, of the edits that a line depends on: of its rules, of the prices in books
    /// that it takes and the books themselves, of its customer and partner, of the rates by which it was converted, of
    /// the settings that act on it.
    ///
    /// A line that moved between two rule sets was moved by the causes of the old line and those of the new one. If
    /// there are none, it moved with something else on the bill or in a pool that others share.
    #[must_use]
    pub fn causes(&self, bill: &Bill<'_>, line: &BillLine<'_>) -> Vec<usize> {
        let state = bill.state();
        let mut found: BTreeSet<usize> = BTreeSet::new();
        found.extend(line.rules.iter().flat_map(|rule| self.of_rule(rule)));
        let mut rates: BTreeSet<(Month, Currency)> = BTreeSet::new();
        let mut months: BTreeSet<Month> = BTreeSet::new();
        let mut last = None;
        for item in items(state, line.sources) {
            let looks = (item.plan, item.who, item.currency);
            if last == Some(looks) {
                continue;
            }
            last = Some(looks);
            self.of_item(state, item, &mut found);
            let plan = state.plan(item);
            months.insert(plan.month);
            let priced = plan.price.ok();
            let own = priced.filter(|priced| !state.rulebook.models[priced.model as usize].is_on_cost());
            rates.extend(
                own.map(|priced| priced.currency).or(item.currency).map(|currency| (plan.month, currency)),
            );
        }
        self.of_payer(bill, line, &mut found);
        if !self.rates.is_empty() {
            if months.is_empty() {
                months.insert(state.month);
            }
            for currency in line.rules.iter().filter_map(|rule| money_of(state.rulebook, rule, line.kind)) {
                rates.extend(months.iter().map(|month| (*month, currency)));
            }
            let into = bill.currency();
            // A rate that the contract fixes does not move with the month's.
            let fixed = state.party(bill.payer()).map(|party| &party.fx);
            let is_fixed = |from| fixed.is_some_and(|fixed| fixed.contains_key(&(from, into)));
            for (month, from) in rates.into_iter().filter(|(_, from)| *from != into && !is_fixed(*from)) {
                found.extend(self.rates.get(&format!("{month} {from}/{into}")));
            }
        }
        if let Some(number) = self.settings
            && self.all[number].keys.iter().any(|key| acts_on(key, bill, line))
        {
            found.insert(number);
        }
        found.into_iter().collect()
    }

    /// The price in a book, and who the line is of.
    fn of_item(&self, state: &State<'_>, item: &Item, found: &mut BTreeSet<usize>) {
        let rulebook = state.rulebook;
        let text = |id: TextId| state.texts.get(id);
        let price = state.plan(item).pricer.and_then(|rule| rulebook.rules[rule as usize].price());
        if let Some(Source::Book(book)) = price.map(|price| price.source) {
            let book = &rulebook.book_ids[book as usize];
            let entry = self.entries.get(book).and_then(|skus| skus.get(text(state.sku_id(item.plan))));
            let of_book = [self.books.get(book), entry].into_iter().flatten();
            let month = state.plan(item).month;
            found.extend(of_book.filter(|number| self.all[**number].is_about(month)));
        }
        let who = &state.who(item).who;
        found.extend(self.customers.get(text(who.customer)));
        found.extend(self.partners.get(text(who.partner)));
    }

    /// Whoever the bill is for; of a line without usage, also the partners that bill rules can match.
    fn of_payer(&self, bill: &Bill<'_>, line: &BillLine<'_>, found: &mut BTreeSet<usize>) {
        let state = bill.state();
        match state.rulebook.bill_to() {
            BillTo::Partner => found.extend(self.partners.get(bill.customer())),
            BillTo::Customer => {
                found.extend(self.customers.get(bill.customer()));
                if line.sources.is_empty() {
                    let partners = bill.payer().partners.iter();
                    found.extend(partners.filter_map(|id| self.partners.get(state.texts.get(*id))));
                }
            }
        }
    }
}

impl Edit {
    /// Prices of other months do not move a line.
    fn is_about(&self, month: Month) -> bool {
        let holds =
            |key: &KeyEdit| key.months.is_empty() || key.months.iter().any(|months| months.contains(month));
        self.keys.is_empty() || self.keys.iter().any(holds)
    }

    fn is_only(&self, key: &str) -> bool {
        self.change == Change::Changed && self.keys.iter().all(|edit| edit.key == key)
    }
}

/// The records of input lines by number.
fn items<'s>(state: &'s State<'_>, numbers: &'s [u64]) -> impl Iterator<Item = &'s Item> {
    let find = |number: &u64| state.items.binary_search_by_key(number, |item| item.number).ok();
    numbers.iter().filter_map(find).map(|index| &state.items[index])
}

/// The currency of a rule's own money, if it has some that is converted for the bill.
fn money_of(rulebook: &Rulebook, id: &str, kind: Kind) -> Option<Currency> {
    if let Ok(index) = rulebook.rules.binary_search_by(|rule| rule.common.id.as_str().cmp(id)) {
        let rule = &rulebook.rules[index];
        let has_money = match &rule.verb {
            Verb::Discount(Off::Amount(_)) | Verb::Limit(_) => true,
            // That of usage is known from its lines.
            Verb::Price(_) => kind == Kind::Commitment,
            _ => false,
        };
        return has_money.then_some(rule.currency);
    }
    let index = rulebook.bills.binary_search_by(|rule| rule.common.id.as_str().cmp(id)).ok()?;
    Some(rulebook.bills[index].currency)
}

/// Whether a changed setting can move a line.
fn acts_on(key: &KeyEdit, bill: &Bill<'_>, line: &BillLine<'_>) -> bool {
    let state = bill.state();
    let (first, rest) = key.key.split_once('.').unwrap_or((&key.key, ""));
    let is = |text: &str| [key.old.as_deref(), key.new.as_deref()].contains(&Some(text));
    match first {
        "unpriced" => line.rules.contains(&state.rulebook.texts.get(state.rulebook.pass_through)),
        "tax" => is(line.tax) || line.tax == state.rulebook.settings.tax,
        "places" => rest == bill.currency().code(),
        "units" => items(state, line.sources).any(|item| {
            let (_, what) = state.plan_keys[item.plan as usize];
            let unit = state.texts.get(state.whats[what as usize].0.unit);
            unit == rest || is(unit)
        }),
        "discounts" => {
            let is_discount = |id: &&str| {
                let rules = &state.rulebook.rules;
                let found = rules.binary_search_by(|rule| rule.common.id.as_str().cmp(id));
                found.is_ok_and(|index| matches!(rules[index].verb, Verb::Discount(_)))
            };
            line.kind == Kind::Discount || line.rules.iter().copied().filter(is_discount).count() > 1
        }
        _ => true,
    }
}
