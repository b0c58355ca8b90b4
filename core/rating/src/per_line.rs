//! Warnings of what acts once for each line where it was perhaps meant to act once for all of them.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use ratebook_line::{Currency, Decimal};

use crate::exact::Exact;
use crate::phases::as_one::as_one;
use crate::phases::context::Context;
use crate::phases::draft::{Draft, DraftLine, Rules};
use crate::phases::subject::Subject;
use crate::plan::{Plan, RuleId};
use crate::price::{Model, On};
use crate::rules::checked::rule::Off;
use crate::rules::problem::Warning;
use crate::rules::ready::Rulebook;
use crate::rules::ready::rule::Verb;
use crate::state::State;
use crate::texts::TextId;

/// How many customers and SKUs are told of a rule; of the others how many there are.
const TOLD: usize = 5;

/// Lines of plans with the same number are of one SKU, and one price and the same deals act on each of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched(Vec<Option<u32>>);

/// What was noticed, by rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct PerLine(BTreeMap<RuleId, Found>);

#[derive(Clone, Debug, Default)]
struct Found {
    count: u64,
    /// Those that make most of a difference, first.
    told: Vec<Case>,
}

/// A customer's lines of a SKU.
#[derive(Clone, Debug)]
struct Case {
    customer: String,
    sku: String,
    lines: u64,
    currency: Currency,
    places: u32,
    amount: Decimal,
    as_one: Decimal,
    can_pool: bool,
}

impl Watched {
    /// Empty if there is nothing of the kind.
    pub(crate) fn new(state: &State<'_>) -> Watched {
        let mut numbers: HashMap<(Option<RuleId>, TextId, &[RuleId], Option<RuleId>), u32> = HashMap::new();
        let plans = (0_u32..).zip(&state.plans).map(|(index, plan)| {
            if !acts_on_each(state.rulebook, plan) {
                return None;
            }
            let (discounts, limit) = plan.deals();
            let next = numbers.len() as u32;
            Some(*numbers.entry((plan.pricer, state.sku_id(index), discounts, limit)).or_insert(next))
        });
        let plans: Vec<Option<u32>> = plans.collect();
        Watched(if plans.iter().any(Option::is_some) { plans } else { Vec::new() })
    }

    pub(crate) fn look(&self, context: Context<'_, '_>, draft: &Draft, found: &mut PerLine) {
        if self.0.is_empty() {
            return;
        }
        let state = context.state;
        let mut groups: BTreeMap<(u32, TextId), Vec<(u32, &DraftLine)>> = BTreeMap::new();
        for line in draft.lines.iter().take(draft.usage_lines) {
            let Some(Subject::Line(index)) = line.subject else { continue };
            let item = &state.items[index as usize];
            if let Some(number) = self.0[item.plan as usize] {
                let customer = state.who(item).who.customer;
                groups.entry((number, customer)).or_default().push((index, line));
            }
        }
        for ((_, customer), lines) in groups.into_iter().filter(|(_, lines)| lines.len() > 1) {
            look_at(context, draft, customer, &lines, found);
        }
    }
}

/// True if something acts on each line of a plan that would act otherwise on all of them together.
fn acts_on_each(rulebook: &Rulebook, plan: &Plan) -> bool {
    let Ok(priced) = plan.price else { return false };
    let price = rulebook.rules[priced.rule as usize].price();
    price.is_some_and(|price| price.pool.is_none())
        && (plan.limit.is_some()
            || price.is_some_and(|price| price.included.is_some())
            || is_by_sum(&rulebook.models[priced.model as usize])
            || plan.discounts.iter().any(|rule| is_amount(rulebook, *rule)))
}

fn is_by_sum(model: &Model) -> bool {
    matches!(model, Model::Flat(_) | Model::Graduated(_) | Model::Volume(_) | Model::Package(_))
}

fn is_amount(rulebook: &Rulebook, rule: RuleId) -> bool {
    matches!(rulebook.rules[rule as usize].verb, Verb::Discount(Off::Amount(_)))
}

fn look_at(
    context: Context<'_, '_>,
    draft: &Draft,
    customer: TextId,
    lines: &[(u32, &DraftLine)],
    found: &mut PerLine,
) {
    let state = context.state;
    let rulebook = state.rulebook;
    let first = &state.items[lines[0].0 as usize];
    let plan = state.plan(first);
    let Ok(priced) = plan.price else { return };
    let included = rulebook.rules[priced.rule as usize].price().is_some_and(|price| price.included.is_some());
    let model = &rulebook.models[priced.model as usize];
    let stands_on = |line: &DraftLine, rule: RuleId| {
        let id = rulebook.rules[rule as usize].id;
        match &line.rules {
            Rules::Plan(plan) => state.plans[*plan as usize].trace.contains(&id),
            Rules::Own(rules) => rules.contains(&id),
        }
    };
    let used = |index: &u32| {
        let quantity = state.quantity(&state.items[*index as usize]);
        quantity.is_ok_and(|quantity| quantity.is_some_and(|quantity| quantity.is_positive()))
    };
    let mut acted: Vec<(RuleId, usize)> = Vec::new();
    if included || is_by_sum(model) {
        acted.push((priced.rule, lines.iter().filter(|(index, _)| used(index)).count()));
    }
    let deals = plan.discounts.iter().copied().filter(|rule| is_amount(rulebook, *rule)).chain(plan.limit);
    acted.extend(deals.map(|rule| (rule, lines.iter().filter(|(_, line)| stands_on(line, rule)).count())));
    acted.retain(|(_, count)| *count > 1);
    if acted.is_empty() {
        return;
    }
    let items: Vec<u32> = lines.iter().map(|(index, _)| *index).collect();
    let sum = lines.iter().fold(Exact::ZERO, |sum, (_, line)| sum.plus(&line.amount.into()));
    // What cannot be calculated as one is not told what it would come to.
    let (Some(amount), Ok(Some(as_one))) = (sum.to_decimal(), as_one(context, draft, &items)) else { return };
    if amount == as_one {
        return;
    }
    let text = |id: TextId| state.texts.get(id).to_owned();
    let payer = state.payers[draft.payer as usize].id;
    for (rule, count) in acted {
        let case = Case {
            customer: text(if customer.is_empty() { payer } else { customer }),
            sku: text(state.sku_id(first.plan)),
            lines: count as u64,
            currency: draft.currency,
            places: draft.places,
            amount,
            as_one,
            can_pool: model.on() == On::Quantity,
        };
        found.0.entry(rule).or_default().add(1, [case]);
    }
}

impl Found {
    fn add(&mut self, count: u64, cases: impl IntoIterator<Item = Case>) {
        self.count += count;
        self.told.extend(cases);
        let difference = |case: &Case| {
            let difference = Exact::from(case.amount).minus(&case.as_one.into());
            if difference.is_negative() { difference } else { difference.negated() }
        };
        self.told.sort_by_cached_key(|case| (difference(case), case.customer.clone(), case.sku.clone()));
        self.told.truncate(TOLD);
    }
}

impl PerLine {
    pub(crate) fn merge(&mut self, other: &PerLine) {
        for (rule, found) in &other.0 {
            self.0.entry(*rule).or_default().add(found.count, found.told.iter().cloned());
        }
    }

    pub(crate) fn warnings(&self, rulebook: &Rulebook) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for (rule, found) in &self.0 {
            let id = &rulebook.rules[*rule as usize].common.id;
            let mut warn = |message| {
                warnings.push(Warning { code: "W-PER-LINE", rules: vec![id.clone()], line: None, message })
            };
            for case in &found.told {
                warn(format!("rule \"{id}\" {}", case.words()));
            }
            let more = found.count - found.told.len() as u64;
            if more > 0 {
                warn(format!("rule \"{id}\" acted line by line for {more} more customers and SKUs"));
            }
        }
        warnings
    }
}

impl Case {
    fn words(&self) -> String {
        let money = |amount: Decimal| {
            let amount = amount.to_fixed(self.places).unwrap_or_else(|| amount.to_string());
            format!("{amount} {}", self.currency)
        };
        let advice =
            if self.can_pool { "with pool = \"customer\"" } else { "once, by a [[bill]] rule with `of`," };
        format!(
            "acted on each of {} lines of {} of {}, which come to {}; {advice} they come to {}",
            self.lines,
            if self.sku.is_empty() { "no SKU" } else { &self.sku },
            self.customer,
            money(self.amount),
            money(self.as_one),
        )
    }
}
