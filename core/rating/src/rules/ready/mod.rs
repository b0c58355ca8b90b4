//! Rules made ready: texts as numbers, prices resolved, matchers indexed. This is all that the engine sees.

pub(crate) mod bill_rule;
pub(crate) mod filter;
pub(crate) mod matchers;
mod names;
mod proposals;
pub(crate) mod rule;
pub(crate) mod undeclared;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use ratebook_line::{BillableLine, Currency, Decimal, Month};

use super::checked::months::Months;
use super::checked::parties::Party;
use super::checked::rates::Rates;
use super::checked::settings::{BillTo, Settings, Unpriced};
use super::checked::sound::Checked;
use super::definitions::Definitions;
use super::names::Names;
use super::problem::Warning;
use super::written::Sources;
use crate::price::Model;
use crate::texts::{TextId, Texts};
use bill_rule::BillRule;
use filter::Filter;
use matchers::{MatcherId, Matchers};
use rule::{Cost, CostOf, Price, Rule, Source, Verb};

/// Rules that loaded: nothing is wrong with them. Made by [`crate::load`].
#[derive(Debug)]
pub struct Rulebook {
    pub(crate) settings: Settings,
    /// Every text of the rules; a session goes on numbering from here.
    pub(crate) texts: Texts,
    pub(crate) customers: Parties,
    pub(crate) partners: Parties,
    pub(crate) rates: Rates,
    /// Of rules and books together.
    pub(crate) models: Vec<Model>,
    pub(crate) book_prices: HashMap<(u32, TextId), Vec<BookPrice>>,
    pub(crate) book_ids: Vec<String>,
    /// In the order of their ids, which is the order of their matchers.
    pub(crate) rules: Vec<Rule>,
    pub(crate) bills: Vec<BillRule>,
    pub(crate) matchers: Matchers,
    /// What is counted or summed for a rule: `per` and `of`.
    pub(crate) filters: BTreeMap<MatcherId, Filter>,
    pub(crate) units: HashMap<TextId, TextId>,
    pub(crate) tax: TextId,
    /// The tax tag of credits.
    pub(crate) no_tax: TextId,
    /// What stands for a rule where a line is billed at the vendor's cost.
    pub(crate) pass_through: TextId,
    /// What two rule sets are compared by.
    pub(crate) definitions: Definitions,
    /// Whom and what the rules name.
    pub(crate) names: Names,
    warnings: Vec<Warning>,
    files: Vec<String>,
}

/// A price in a book, for some months.
#[derive(Clone, Debug)]
pub(crate) struct BookPrice {
    pub(crate) months: Months,
    pub(crate) currency: Currency,
    pub(crate) model: u32,
    pub(crate) unit: Option<TextId>,
}

/// The customers, or the partners, that the rules declare.
#[derive(Debug, Default)]
pub(crate) struct Parties {
    pub(crate) all: Vec<ReadyParty>,
    by_id: HashMap<TextId, u32>,
    /// Whoever lists it, in which months.
    by_tenant: HashMap<(TextId, TextId), Vec<(Months, u32)>>,
    /// Tenants that are not somebody's in every month.
    moving: BTreeSet<(TextId, TextId)>,
}

#[derive(Debug)]
pub(crate) struct ReadyParty {
    pub(crate) party: Party,
    pub(crate) id: TextId,
    pub(crate) groups: Vec<TextId>,
}

impl Parties {
    fn new(parties: BTreeMap<String, Party>, texts: &mut Texts) -> Parties {
        let mut ready = Parties::default();
        for (index, (id, party)) in (0_u32..).zip(parties) {
            let id = texts.intern(&id);
            ready.by_id.insert(id, index);
            for tenant in &party.tenants {
                let key = (texts.intern(&tenant.vendor), texts.intern(&tenant.id));
                ready.by_tenant.entry(key).or_default().push((tenant.months, index));
                if !tenant.is_for_good() {
                    ready.moving.insert(key);
                }
            }
            let groups = party.groups.iter().map(|group| texts.intern(group)).collect();
            ready.all.push(ReadyParty { party, id, groups });
        }
        ready
    }

    pub(crate) fn by_id(&self, id: TextId) -> Option<&ReadyParty> {
        self.by_id.get(&id).map(|index| &self.all[*index as usize])
    }

    /// Whoever lists a vendor's tenant in a month of usage.
    pub(crate) fn by_tenant(&self, vendor: TextId, tenant: TextId, month: Month) -> Option<&ReadyParty> {
        let listed = self.by_tenant.get(&(vendor, tenant))?;
        let (_, index) = listed.iter().find(|(months, _)| months.contains(month))?;
        Some(&self.all[*index as usize])
    }

    /// True if some tenant changes hands.
    pub(crate) fn has_moving(&self) -> bool {
        !self.moving.is_empty()
    }

    /// True if a vendor's tenant is not somebody's in every month.
    pub(crate) fn is_moving(&self, vendor: TextId, tenant: TextId) -> bool {
        self.moving.contains(&(vendor, tenant))
    }
}

impl Rulebook {
    pub(crate) fn new(checked: Checked, definitions: Definitions, sources: &Sources) -> Rulebook {
        let Checked { settings, customers, partners, rates, books, mut rules, mut bills, warnings } = checked;
        let mut texts = Texts::default();
        let mut models = Vec::new();
        let customers = Parties::new(customers, &mut texts);
        let partners = Parties::new(partners, &mut texts);
        let mut book_ids: Vec<String> = books.iter().map(|book| book.id.clone()).collect();
        book_ids.sort();
        book_ids.dedup();
        let book_index = |id: &str| book_ids.iter().position(|book| book == id).unwrap_or(0) as u32;
        let mut book_prices: HashMap<(u32, TextId), Vec<BookPrice>> = HashMap::new();
        for book in books {
            let index = book_index(&book.id);
            for price in book.prices {
                models.push(price.model);
                let ready = BookPrice {
                    months: book.months,
                    currency: book.currency.unwrap_or(settings.currency),
                    model: models.len() as u32 - 1,
                    unit: price.unit.map(|unit| texts.intern(&unit)),
                };
                book_prices.entry((index, texts.intern(&price.sku))).or_default().push(ready);
            }
        }
        rules.sort_by(|a, b| a.common.id.cmp(&b.common.id));
        bills.sort_by(|a, b| a.common.id.cmp(&b.common.id));
        let mut matchers = Matchers::default();
        let mut filters = BTreeMap::new();
        // Rules first and without their exclusions between them: matcher n is rule n.
        matchers.add_all(rules.iter().map(|rule| &rule.common.when), &mut texts);
        let rules: Vec<Rule> = rules
            .into_iter()
            .map(|rule| {
                Rule::new(
                    rule,
                    &settings,
                    &mut texts,
                    &mut models,
                    &book_index,
                    &mut |when, texts, filter| {
                        let id = matchers.add(when, texts);
                        filters.insert(id, filter);
                        id
                    },
                )
            })
            .collect();
        let bills: Vec<BillRule> = bills
            .into_iter()
            .map(|rule| BillRule::new(rule, &settings, &mut texts, &mut matchers, &mut filters))
            .collect();
        let units = settings.units.iter().map(|(from, to)| (texts.intern(from), texts.intern(to))).collect();
        let tax = texts.intern(&settings.tax);
        let no_tax = texts.intern("none");
        let pass_through = texts.intern("(pass_through)");
        Rulebook {
            settings,
            texts,
            customers,
            partners,
            rates,
            models,
            book_prices,
            book_ids,
            rules,
            bills,
            matchers,
            filters,
            units,
            tax,
            no_tax,
            pass_through,
            definitions,
            names: Names::of(sources),
            warnings,
            files: sources.paths().map(str::to_owned).collect(),
        }
    }

    /// What is worth a look in the rules themselves.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The paths of all files read, the root file first.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The ids of all rules, `[[rule]]` and `[[bill]]`, in order.
    #[must_use]
    pub fn rule_ids(&self) -> Vec<&str> {
        let rules = self.rules.iter().map(|rule| rule.common.id.as_str());
        let mut ids: Vec<&str> = rules.chain(self.bills.iter().map(|rule| rule.common.id.as_str())).collect();
        ids.sort_unstable();
        ids
    }

    /// Every price in a book: the book's id and the SKU, in order.
    #[must_use]
    pub fn book_skus(&self) -> Vec<(&str, &str)> {
        let keys = self.book_prices.keys();
        let mut skus: Vec<(&str, &str)> =
            keys.map(|(book, sku)| (self.book_ids[*book as usize].as_str(), self.texts.get(*sku))).collect();
        skus.sort_unstable();
        skus
    }

    /// The ids of books that rules take prices from in a month in which the books have none, in order.
    #[must_use]
    pub fn books_without_prices(&self, month: Month) -> Vec<&str> {
        let rules = self.rules.iter().filter(|rule| rule.common.months.contains(month));
        let mut books: BTreeSet<u32> = rules
            .filter_map(|rule| match &rule.verb {
                Verb::Price(Price { source: Source::Book(book), .. })
                | Verb::Cost(Cost { of: CostOf::Book(book), .. }) => Some(*book),
                _ => None,
            })
            .collect();
        for ((book, _), versions) in &self.book_prices {
            if versions.iter().any(|version| version.months.contains(month)) {
                books.remove(book);
            }
        }
        // Books are numbered in the order of their ids.
        books.into_iter().map(|book| self.book_ids[book as usize].as_str()).collect()
    }

    /// Who gets bills.
    #[must_use]
    pub fn bill_to(&self) -> BillTo {
        self.settings.bill_to
    }

    /// True if a rule has a price for a committed quantity, which is paid even if nothing was used.
    #[must_use]
    pub fn commits(&self, rule: &str) -> bool {
        let committed = |rule: &Rule| rule.price().is_some_and(|price| price.committed.is_some());
        self.rules.iter().any(|own| own.common.id == rule && committed(own))
    }

    /// What happens to lines with a problem.
    #[must_use]
    pub fn unpriced(&self) -> Unpriced {
        self.settings.unpriced
    }

    /// The same rules, but a line that cannot be priced is held where it would stop the run (`unpriced =
    /// "error"`), so that a comparison can show it. `pass_through` never stops a run and stays.
    #[must_use]
    pub fn hold_unpriced(mut self) -> Rulebook {
        if self.settings.unpriced == Unpriced::Error {
            self.settings.unpriced = Unpriced::Hold;
        }
        self
    }

    /// How many decimal places amounts of a currency have on bills.
    #[must_use]
    pub fn places(&self, currency: Currency) -> u32 {
        self.settings.places(currency)
    }

    /// Whose bill a line is on; `None` if nobody's is known.
    #[must_use]
    pub fn payer<'l>(&'l self, line: &'l BillableLine<'_>) -> Option<Cow<'l, str>> {
        let [vendor, tenant, customer, partner] = [&line.vendor, &line.tenant, &line.customer, &line.partner]
            .map(|text| text.as_deref().unwrap_or(""));
        self.payer_of(vendor, tenant, customer, partner, line.usage_month)
    }

    pub(crate) fn payer_of<'l>(
        &'l self,
        vendor: &str,
        tenant: &str,
        customer: &'l str,
        partner: &'l str,
        month: Month,
    ) -> Option<Cow<'l, str>> {
        let (parties, own) = match self.settings.bill_to {
            BillTo::Customer => (&self.customers, customer),
            BillTo::Partner => (&self.partners, partner),
        };
        let listed = self
            .texts
            .find(vendor)
            .zip(self.texts.find(tenant))
            .and_then(|(vendor, tenant)| parties.by_tenant(vendor, tenant, month));
        if let Some(listed) = listed {
            return Some(Cow::Borrowed(&listed.party.id));
        }
        if !own.is_empty() {
            return Some(Cow::Borrowed(own));
        }
        let own_bill = self.settings.tenants_are_customers && !tenant.is_empty();
        own_bill.then(|| Cow::Owned(format!("{vendor}:{tenant}")))
    }

    /// Which of `parts` partitions a line belongs to: all lines of one bill are in one.
    ///
    /// It depends on [`Rulebook::payer`]'s id and the number of parts alone, so that a customer's bills of two
    /// rule sets are in the same part. A line whose payer differs between them may be in two.
    #[must_use]
    pub fn part_of(&self, line: &BillableLine<'_>, parts: u32) -> u32 {
        part_of(&self.payer(line).unwrap_or_default(), parts)
    }

    /// Which of `parts` partitions the bill of a customer is in.
    #[must_use]
    pub fn part_of_customer(&self, customer: &str, parts: u32) -> u32 {
        part_of(customer, parts)
    }

    /// True if some pool is wider than one bill, so that partitions need a first pass
    /// ([`crate::Rating::wide_totals`]).
    #[must_use]
    pub fn has_wide_pools(&self) -> bool {
        self.rules.iter().any(|rule| match &rule.verb {
            Verb::Price(price) => price.pool.is_some_and(|pool| pool.is_wide(self.settings.bill_to)),
            _ => false,
        })
    }

    /// What one unit of a currency costs in another in a month.
    pub(crate) fn rate(&self, month: Month, from: Currency, to: Currency) -> Option<Decimal> {
        if from == to { Some(Decimal::ONE) } else { self.rates.get(&(month, from, to)).copied() }
    }
}

/// The partition of a bill: the same on every machine.
pub(crate) fn part_of(payer: &str, parts: u32) -> u32 {
    // FNV-1a: the hash tables' own hasher differs from run to run.
    let hash = payer.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash % u64::from(parts.max(1))) as u32
}
