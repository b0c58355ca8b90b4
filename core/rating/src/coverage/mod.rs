//! Coverage: which rules, tiers and prices usage exercises, and which nothing does.
//!
//! It is made of what a rating knows anyway, and only when it is asked for. It is small, so that it can be kept when
//! the bills of a month or of a partition have been let go.

pub(crate) mod report;

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::{Decimal, Month};

use crate::exact::Exact;
use crate::item::Item;
use crate::kind::Kind;
use crate::paid;
use crate::phases::pool::less_included;
use crate::plan::{Plan, RuleId, active};
use crate::price::Input;
use crate::rated::{Part, Rated};
use crate::rules::checked::rule::Off;
use crate::rules::checked::when::Field;
use crate::rules::ready::Rulebook;
use crate::rules::ready::rule::{Included, Rule, Source, Verb};
use crate::state::State;

/// What one rating, or several by one rulebook, exercised. [`Coverage::report`] says it by rule and SKU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    billed: BTreeSet<Month>,
    /// Usage months, those of late lines too.
    used: BTreeSet<Month>,
    rules: BTreeMap<RuleId, Seen>,
    bill_rules: BTreeMap<RuleId, Seen>,
    /// Lines by model and its band.
    bands: BTreeMap<(u32, usize), u64>,
    /// Lines of rules that include something: those with usage, and those with usage over what is included.
    included: BTreeMap<RuleId, [u64; 2]>,
    /// Lines by the model of a book's price.
    entries: BTreeMap<u32, u64>,
    widest: BTreeMap<(RuleId, String), u64>,
    /// By no rule: at the vendor's cost.
    zero: BTreeMap<(Option<RuleId>, String), u64>,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    matched: u64,
    acted: u64,
}

impl Rated<'_> {
    /// What these lines exercised of the rules.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        for part in &self.parts {
            coverage.add_plans(part);
            coverage.add_bands(part);
            coverage.add_bills(part);
        }
        coverage
    }
}

impl Coverage {
    /// What both exercised: of other months or partitions, by the same rulebook.
    #[must_use]
    pub fn merge(mut self, other: &Coverage) -> Coverage {
        self.billed.extend(&other.billed);
        self.used.extend(&other.used);
        for (own, theirs) in [(&mut self.rules, &other.rules), (&mut self.bill_rules, &other.bill_rules)] {
            for (rule, seen) in theirs {
                let own = own.entry(*rule).or_default();
                own.matched += seen.matched;
                own.acted += seen.acted;
            }
        }
        for (rule, [used, over]) in &other.included {
            let own = self.included.entry(*rule).or_default();
            *own = [own[0] + used, own[1] + over];
        }
        add(&mut self.bands, &other.bands);
        add(&mut self.entries, &other.entries);
        add(&mut self.widest, &other.widest);
        add(&mut self.zero, &other.zero);
        self
    }

    fn matched(&mut self, rule: RuleId, lines: u64) {
        self.rules.entry(rule).or_default().matched += lines;
    }

    fn acted(&mut self, rule: RuleId, lines: u64) {
        self.rules.entry(rule).or_default().acted += lines;
    }

    /// What is the same for all lines of a plan.
    fn add_plans(&mut self, part: &Part<'_>) {
        let state = &part.settled.state;
        let rulebook = state.rulebook;
        self.billed.insert(state.month);
        let mut billed = vec![0_u64; state.plans.len()];
        let mut other = billed.clone();
        for (index, item) in (0_u32..).zip(&state.items) {
            // Lines of a held pool are among those that wait as well.
            let is_billed = !part.settled.pools.is_held(index);
            billed[item.plan as usize] += u64::from(is_billed);
            if let Some(cost) = &state.plan(item).cost
                && is_billed
                && matches!(paid::of_item(state, item), Ok(Some(_)))
            {
                self.acted(cost.rule, 1);
                if let Some(entry) = cost.each.as_ref().and_then(|each| each.entry) {
                    *self.entries.entry(entry).or_default() += 1;
                }
            }
        }
        for held in &state.held {
            other[held.plan as usize] += 1;
            if let (None, Some(rule)) = (held.code, held.rule) {
                self.acted(rule, 1);
            }
        }
        for dropped in &state.dropped {
            other[dropped.plan as usize] += 1;
            self.acted(dropped.rule, 1);
        }
        for (index, plan) in state.plans.iter().enumerate() {
            let (billed, all) = (billed[index], billed[index] + other[index]);
            if all == 0 {
                continue;
            }
            self.used.insert(plan.month);
            let (class, what) = state.plan_keys[index];
            let (what, fits) = &state.whats[what as usize];
            let fit = rulebook.matchers.fit(&state.classes[class as usize], fits);
            for rule in active(rulebook, &fit, plan.month) {
                self.matched(rule, all);
            }
            if billed == 0 {
                continue;
            }
            for rule in plan.before_price() {
                self.acted(rule, billed);
            }
            let Ok(priced) = plan.price else { continue };
            // Amounts off act on some of the lines, as limits do.
            let percentages = plan.discounts.iter().filter(|rule| !is_amount_or_limit(rulebook, **rule));
            for rule in [priced.rule].iter().chain(percentages) {
                self.acted(*rule, billed);
            }
            if priced.from_book {
                *self.entries.entry(priced.model).or_default() += billed;
            }
            if is_wide(&rulebook.rules[priced.rule as usize]) {
                let sku = state.texts.get(what.sku).to_owned();
                *self.widest.entry((priced.rule, sku)).or_default() += billed;
            }
        }
    }

    /// Which bands of tiers and commitments quantities reach, and what they do with what is included.
    fn add_bands(&mut self, part: &Part<'_>) {
        let state = &part.settled.state;
        let rulebook = state.rulebook;
        let banded: Vec<bool> = rulebook.models.iter().map(|model| !model.bands().is_empty()).collect();
        for (index, item) in (0_u32..).zip(&state.items) {
            let plan = state.plan(item);
            let (Ok(priced), None) = (plan.price, part.settled.pools.of(index)) else { continue };
            let included = match rulebook.rules[priced.rule as usize].price().map(|price| &price.included) {
                Some(Some(Included::Fixed(included))) => Some(included),
                _ => None,
            };
            if included.is_none() && !banded[priced.model as usize] {
                continue;
            }
            let Ok(Some(sum)) = state.quantity(item) else { continue };
            let quantity = included.map_or(sum.clone(), |included| less_included(&sum, included));
            if included.is_some() {
                self.add_included(priced.rule, &sum, &quantity, 1);
            }
            let on_entitled = rulebook.models[priced.model as usize].is_on_entitled();
            let entitled = if on_entitled { state.entitled(item).ok().flatten() } else { None };
            let input = Input { quantity: Some(quantity), entitled, ..Input::default() };
            self.add_reached(rulebook, priced.model, &input, 1);
        }
        for pool in part.settled.pools.all.iter().filter(|pool| pool.problem.is_none()) {
            let lines = pool.members.len() as u64;
            let price = rulebook.rules[pool.key.rule as usize].price();
            if price.is_some_and(|price| price.included.is_some()) {
                self.add_included(pool.key.rule, &pool.quantity, &pool.chargeable, lines);
            }
            let input = Input {
                quantity: Some(pool.chargeable.clone()),
                entitled: pool.entitled.clone(),
                level: pool.level.clone(),
                ..Input::default()
            };
            self.add_reached(rulebook, pool.model, &input, lines);
        }
    }

    fn add_included(&mut self, rule: RuleId, sum: &Exact, left: &Exact, lines: u64) {
        let own = self.included.entry(rule).or_default();
        // Something of it was used; something had to be paid besides.
        own[0] += if sum > left { lines } else { 0 };
        own[1] += if left.is_positive() { lines } else { 0 };
    }

    fn add_reached(&mut self, rulebook: &Rulebook, model: u32, input: &Input, lines: u64) {
        for band in rulebook.models[model as usize].reached(input) {
            *self.bands.entry((model, band)).or_default() += lines;
        }
    }

    /// What only bills show: bill rules, limits that changed something, unused commitments, amounts of 0.
    fn add_bills(&mut self, part: &Part<'_>) {
        let state = &part.settled.state;
        let rulebook = state.rulebook;
        let context = part.settled.context();
        for (payer, _) in &part.settled.order.payers {
            for rule in context.bill_rules(*payer) {
                self.bill_rules.entry(rule).or_default().matched += 1;
            }
        }
        let lists: Vec<Vec<RuleId>> = part
            .laid
            .rule_lists
            .iter()
            .map(|list| list.iter().filter_map(|id| line_rule(rulebook, state.texts.get(*id))).collect())
            .collect();
        for line in &part.laid.lines {
            let rules = &lists[line.rules as usize];
            let (start, count) = line.sources;
            let sources = &part.laid.sources[start..start + count];
            match line.kind {
                Kind::Usage => {
                    for rule in rules.iter().filter(|rule| is_amount_or_limit(rulebook, **rule)) {
                        self.acted(*rule, count as u64);
                    }
                    if line.amount.is_zero() {
                        self.add_zero(state, sources);
                    }
                }
                Kind::Commitment => rules.iter().for_each(|rule| self.acted(*rule, 1)),
                _ => {
                    let made_by = part.laid.rule_lists[line.rules as usize].first();
                    let rule = made_by.and_then(|id| bill_rule(rulebook, state.texts.get(*id)));
                    if let Some(rule) = rule {
                        self.bill_rules.entry(rule).or_default().acted += 1;
                    }
                }
            }
        }
    }

    /// Input lines of a line of a bill that costs nothing.
    fn add_zero(&mut self, state: &State<'_>, sources: &[u64]) {
        for number in sources {
            let Ok(index) = state.items.binary_search_by_key(number, |item| item.number) else { continue };
            let item = &state.items[index];
            let plan = state.plan(item);
            if is_used(state, item) && !is_free(state.rulebook, plan) {
                let sku = state.texts.get(state.sku_id(item.plan)).to_owned();
                let rule = plan.price.ok().map(|priced| priced.rule);
                *self.zero.entry((rule, sku)).or_default() += 1;
            }
        }
    }
}

fn add<K: Ord + Clone>(own: &mut BTreeMap<K, u64>, theirs: &BTreeMap<K, u64>) {
    for (key, lines) in theirs {
        *own.entry(key.clone()).or_default() += lines;
    }
}

fn line_rule(rulebook: &Rulebook, id: &str) -> Option<RuleId> {
    let found = rulebook.rules.binary_search_by(|rule| rule.common.id.as_str().cmp(id));
    found.ok().map(|index| index as RuleId)
}

fn bill_rule(rulebook: &Rulebook, id: &str) -> Option<RuleId> {
    let found = rulebook.bills.binary_search_by(|rule| rule.common.id.as_str().cmp(id));
    found.ok().map(|index| index as RuleId)
}

/// True if a price rule says no more of what was used than whose product it is, and has its price from no book: then
/// nobody has priced the SKU itself.
fn is_wide(rule: &Rule) -> bool {
    let when = &rule.common.when;
    let names_what = when.fields.keys().any(|field| {
        !matches!(
            field,
            Field::Tenant | Field::Customer | Field::Partner | Field::Group | Field::Vendor | Field::Source
        )
    });
    let from_book = rule.price().is_some_and(|price| matches!(price.source, Source::Book(_)));
    !names_what && when.zero.is_none() && !from_book
}

/// True if a rule stands on those lines alone whose amount it changed.
fn is_amount_or_limit(rulebook: &Rulebook, rule: RuleId) -> bool {
    matches!(rulebook.rules[rule as usize].verb, Verb::Discount(Off::Amount(_)) | Verb::Limit(_))
}

fn is_used(state: &State<'_>, item: &Item) -> bool {
    state.quantity(item).is_ok_and(|quantity| quantity.is_some_and(|quantity| !quantity.is_zero()))
}

/// True if the rules say that lines of a plan can cost nothing: something is included, or all of it is taken off.
fn is_free(rulebook: &Rulebook, plan: &Plan) -> bool {
    let price = plan.pricer.and_then(|rule| rulebook.rules[rule as usize].price());
    let all_off = |rule: &RuleId| matches!(rulebook.rules[*rule as usize].verb, Verb::Discount(Off::Percent(percent)) if percent == Decimal::ONE);
    price.is_some_and(|price| price.included.is_some()) || plan.discounts.iter().any(all_off)
}
