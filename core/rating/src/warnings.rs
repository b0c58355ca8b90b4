//! Things worth a look after a run: they stop nothing.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::{Currency, Decimal, Month};

use crate::bill::{Bill, BillRow};
use crate::exact::Exact;
use crate::item::Item;
use crate::kind::Kind;
use crate::per_line::{PerLine, Watched};
use crate::phases::context::Context;
use crate::phases::draft::Draft;
use crate::plan::{RuleId, active};
use crate::price::{Model, On};
use crate::rules::problem::Warning;
use crate::rules::ready::Rulebook;
use crate::rules::ready::rule::{Source, Verb};
use crate::state::State;

/// So many customers are named in a warning; of the others how many there are.
const NAMED: usize = 5;

/// What one session, or several, noticed: warnings are made of it. It is small, so that it can be kept when the
/// bills of a partition have been written and let go.
#[derive(Clone, Debug, Default)]
pub struct Noticed {
    /// Rule, how many lines, the first of them.
    zero_cost: BTreeMap<RuleId, (u64, u64)>,
    converted_unit_price: BTreeMap<RuleId, (u64, u64)>,
    /// The winner, and the pool's rule that lost the lines.
    out_of_pool: BTreeSet<(RuleId, RuleId)>,
    /// Book and SKU that have a price this month and none the next.
    book_ends: BTreeSet<(u32, String)>,
    /// By rule: it matched some line.
    fitted: Vec<bool>,
    /// By bill rule: it is for somebody's bill.
    pub(crate) matched_bills: Vec<bool>,
    /// Discounts and bounds on bills whose other lines have several tax tags: how many bills, and one of them.
    tax_mixes: BTreeMap<String, (u64, String)>,
    /// Vendor cost of lines with quantity 0, which a price by quantity bills as nothing; by rule, SKU and currency: the
    /// sum, how many lines, the first of them.
    cost_unbilled: BTreeMap<(RuleId, String, Currency), (Exact, u64, u64)>,
    per_line: PerLine,
    /// Bill rules that are for the bills of customers who have usage and are not active in the month.
    inactive: BTreeMap<RuleId, BTreeSet<String>>,
    /// By plan: the rule of a price on the vendor's cost, and on what of it.
    on: Vec<Option<(RuleId, On)>>,
    /// By plan: the rule of a price by quantity.
    by_quantity: Vec<Option<RuleId>>,
    watched: Watched,
}

impl Noticed {
    /// Learns of the plans that were made since.
    pub(crate) fn know_plans(&mut self, state: &State<'_>) {
        self.on.extend(state.plans[self.on.len()..].iter().map(|plan| {
            let priced = plan.price.ok()?;
            let on = state.rulebook.models[priced.model as usize].on();
            (on != On::Quantity).then_some((priced.rule, on))
        }));
        self.by_quantity.extend(state.plans[self.by_quantity.len()..].iter().map(|plan| {
            let priced = plan.price.ok()?;
            let model = &state.rulebook.models[priced.model as usize];
            let price = state.rulebook.rules[priced.rule as usize].price()?;
            // What is committed is paid whatever was used.
            let by_quantity = model.on() != On::Cost || price.unit_price.acts();
            (by_quantity && !matches!(model, Model::Commit(_))).then_some(priced.rule)
        }));
        self.watched = Watched::new(state);
    }

    /// Looks at a line that costs us something.
    pub(crate) fn cost(&mut self, state: &State<'_>, item: &Item, cost: Decimal, currency: Currency) {
        let Some(rule) = self.by_quantity[item.plan as usize] else { return };
        let none = match state.numbers.quantity(item) {
            Some(quantity) if !quantity.is_zero() && state.plan(item).conversion.is_none() => false,
            _ => {
                state.quantity(item).is_ok_and(|quantity| quantity.is_some_and(|quantity| quantity.is_zero()))
            }
        };
        if none {
            let sku = state.texts.get(state.sku_id(item.plan)).to_owned();
            add_cost(&mut self.cost_unbilled, (rule, sku, currency), &(cost.into(), 1, item.number));
        }
    }

    /// Looks at a bill before it is laid down.
    pub(crate) fn look_at_draft(&mut self, context: Context<'_, '_>, draft: &Draft) {
        self.watched.look(context, draft, &mut self.per_line);
        for rule in context.idle_bill_rules(draft.payer) {
            let payer = context.state.texts.get(context.state.payers[draft.payer as usize].id);
            self.inactive.entry(rule).or_default().insert(payer.to_owned());
        }
    }

    /// Looks at a line that is on a bill.
    pub(crate) fn line(&mut self, state: &State<'_>, item: &Item) {
        let Some((rule, on)) = self.on[item.plan as usize] else { return };
        let note = |list: &mut BTreeMap<RuleId, (u64, u64)>| {
            let (count, first) = list.entry(rule).or_insert((0, item.number));
            *count += 1;
            *first = (*first).min(item.number);
        };
        let (total_cost, second) = (state.numbers.total_cost(item), state.numbers.second(item));
        let base = if on == On::Cost { total_cost.or(second) } else { second };
        let used = state
            .numbers
            .quantity(item)
            .is_some_and(|quantity| !quantity.is_zero() && !quantity.is_negative());
        if used && base.is_some_and(Decimal::is_zero) {
            note(&mut self.zero_cost);
        }
        let by_unit = on != On::Cost || total_cost.is_none();
        if by_unit && state.plan(item).conversion.is_some() {
            note(&mut self.converted_unit_price);
        }
    }

    /// Looks at what the lines had in common, when all of them are through.
    pub(crate) fn look_at_plans(&mut self, state: &State<'_>) {
        let rulebook = state.rulebook;
        self.on = Vec::new();
        self.by_quantity = Vec::new();
        self.watched = Watched::default();
        self.fitted = state.fitted[..rulebook.rules.len()].to_vec();
        for (plan, (class, what)) in state.plans.iter().zip(&state.plan_keys) {
            let Some(winner) = plan.pricer else { continue };
            let (facts, fits) = &state.whats[*what as usize];
            let fit = rulebook.matchers.fit(&state.classes[*class as usize], fits);
            for loser in active(rulebook, &fit, plan.month) {
                let Verb::Price(price) = &rulebook.rules[loser as usize].verb else { continue };
                if loser != winner && price.pool.is_some_and(|pool| pool.is_wide(rulebook.settings.bill_to)) {
                    self.out_of_pool.insert((winner, loser));
                }
            }
            let source = rulebook.rules[winner as usize].price().map(|price| price.source);
            if let (Some(Source::Book(book)), Ok(_), true) = (source, &plan.price, plan.month == state.month)
                && let Some(versions) = rulebook.book_prices.get(&(book, facts.sku))
                && !versions.iter().any(|version| version.months.contains(plan.month.next()))
            {
                self.book_ends.insert((book, state.texts.get(facts.sku).to_owned()));
            }
        }
    }

    /// Looks at a bill, when it is laid down.
    pub(crate) fn look_at_bill(&mut self, bill: &Bill<'_>) {
        let over: Vec<BillRow<'_>> = bill
            .rows()
            .filter(|line| matches!(line.kind, Kind::Discount | Kind::Maximum | Kind::Minimum))
            .collect();
        if over.is_empty() {
            return;
        }
        let plain =
            bill.rows().filter(|line| matches!(line.kind, Kind::Usage | Kind::Commitment | Kind::Add));
        let mut tags = plain.map(|line| line.tax);
        let Some(first) = tags.next() else { return };
        if tags.all(|tag| tag == first) {
            return;
        }
        for rule in over.iter().filter_map(|line| bill.rule_list(line.rules).next()) {
            add_mix(&mut self.tax_mixes, rule, 1, bill.customer());
        }
    }

    /// What both noticed.
    #[must_use]
    pub fn merge(mut self, other: &Noticed) -> Noticed {
        either(&mut self.fitted, &other.fitted);
        either(&mut self.matched_bills, &other.matched_bills);
        add_counts(&mut self.zero_cost, &other.zero_cost);
        add_counts(&mut self.converted_unit_price, &other.converted_unit_price);
        for (key, cost) in &other.cost_unbilled {
            add_cost(&mut self.cost_unbilled, key.clone(), cost);
        }
        self.per_line.merge(&other.per_line);
        for (rule, customers) in &other.inactive {
            self.inactive.entry(*rule).or_default().extend(customers.iter().cloned());
        }
        self.out_of_pool.extend(&other.out_of_pool);
        self.book_ends.extend(other.book_ends.iter().cloned());
        for (rule, (bills, example)) in &other.tax_mixes {
            add_mix(&mut self.tax_mixes, rule, *bills, example);
        }
        self
    }

    /// What is worth a look in a month, sorted.
    #[must_use]
    pub fn warnings(&self, rulebook: &Rulebook, month: Month) -> Vec<Warning> {
        let id = |rule: RuleId| rulebook.rules[rule as usize].common.id.clone();
        let mut warnings = Vec::new();
        let mut warn = |code, rules, line, message| warnings.push(Warning { code, rules, line, message });
        for (common, fitted) in rulebook.rules.iter().map(|rule| &rule.common).zip(&self.fitted) {
            if common.months.contains(month) && !fitted {
                let message = format!("rule \"{}\" matched no line this month", common.id);
                warn("W-UNUSED-RULE", vec![common.id.clone()], None, message);
            }
        }
        for (common, matched) in rulebook.bills.iter().map(|rule| &rule.common).zip(&self.matched_bills) {
            if common.months.contains(month) && !matched {
                let message = format!("bill rule \"{}\" was for nobody this month", common.id);
                warn("W-UNUSED-RULE", vec![common.id.clone()], None, message);
            }
        }
        let lists = [
            ("W-ZERO-COST", &self.zero_cost, "the vendor's cost is 0 although something was used"),
            (
                "W-UNIT-PRICE",
                &self.converted_unit_price,
                "the vendor's unit price is multiplied with a quantity that a rule converted to another unit",
            ),
        ];
        for (code, list, words) in lists {
            for (rule, (count, line)) in list {
                let rule = id(*rule);
                let message = format!("{words} ({count} lines by rule \"{rule}\", this is the first)");
                warn(code, vec![rule], Some(*line), message);
            }
        }
        for ((rule, sku, currency), (cost, count, line)) in &self.cost_unbilled {
            let rule = id(*rule);
            let lines = if *count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
            let sku = if sku.is_empty() { "no SKU" } else { sku };
            let message = format!(
                "the vendor charges {cost} {currency} for {lines} of {sku} with quantity 0, for which rule \"{rule}\" bills nothing"
            );
            warn("W-COST-UNBILLED", vec![rule], Some(*line), message);
        }
        for (winner, loser) in &self.out_of_pool {
            let message = format!(
                "rule \"{}\" takes lines out of the pool of \"{}\", which others share",
                id(*winner),
                id(*loser)
            );
            warn("W-SHARED-POOL", vec![id(*winner), id(*loser)], None, message);
        }
        for (book, sku) in &self.book_ends {
            let next = month.next();
            let message =
                format!("book \"{}\" has no price for {sku} in {next}", rulebook.book_ids[*book as usize]);
            warn("W-BOOK-ENDS", Vec::new(), None, message);
        }
        for (rule, (bills, example)) in &self.tax_mixes {
            let message = format!(
                "\"{rule}\" is over lines of several tax tags, its own line has the default tag ({bills} bills, such as {example})"
            );
            warn("W-TAX-MIX", vec![rule.clone()], None, message);
        }
        for (rule, customers) in &self.inactive {
            let rule = &rulebook.bills[*rule as usize].common.id;
            let named: Vec<&str> = customers.iter().take(NAMED).map(String::as_str).collect();
            let more = match customers.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let message = format!(
                "bill rule \"{rule}\" does not act on the bill of {}{more}: not active in {month}, and there is usage",
                named.join(", ")
            );
            warn("W-INACTIVE", vec![rule.clone()], None, message);
        }
        warnings.extend(self.per_line.warnings(rulebook));
        warnings.sort();
        warnings
    }
}

fn either(own: &mut Vec<bool>, theirs: &[bool]) {
    own.resize(own.len().max(theirs.len()), false);
    own.iter_mut().zip(theirs).for_each(|(own, theirs)| *own |= theirs);
}

fn add_counts(own: &mut BTreeMap<RuleId, (u64, u64)>, theirs: &BTreeMap<RuleId, (u64, u64)>) {
    for (rule, (count, first)) in theirs {
        let entry = own.entry(*rule).or_insert((0, *first));
        *entry = (entry.0 + count, entry.1.min(*first));
    }
}

fn add_cost<K: Ord>(own: &mut BTreeMap<K, (Exact, u64, u64)>, key: K, theirs: &(Exact, u64, u64)) {
    let (cost, count, first) = theirs;
    let entry = own.entry(key).or_insert((Exact::ZERO, 0, *first));
    *entry = (entry.0.plus(cost), entry.1 + count, entry.2.min(*first));
}

/// The example is the first bill by customer.
fn add_mix(mixes: &mut BTreeMap<String, (u64, String)>, rule: &str, bills: u64, customer: &str) {
    let entry = mixes.entry(rule.to_owned()).or_insert((0, customer.to_owned()));
    entry.0 += bills;
    if customer < entry.1.as_str() {
        customer.clone_into(&mut entry.1);
    }
}
