//! Explanations: the phases run again for one bill, this time writing their steps down.
//!
//! There is no second calculation here: the same code makes the bill and its explanation. `Display` gives
//! the text form.

mod text;

use ratebook_line::{Currency, Decimal};
use serde::Serialize;

/// The steps of a calculation.
pub mod steps {
    pub use crate::work::{Calc, Number, Phase, Step, Term};
}

use crate::bill::Bill;
use crate::item::Item;
use crate::kind::Kind;
use crate::paid;
use crate::phases::bill::bill;
use crate::phases::plain::Factors;
use crate::phases::subject::Subject;
use crate::plan::{Plan, RuleId, active};
use crate::rated::Rated;
use crate::rules::checked::precedence::compare;
use crate::rules::checked::settings::mode_word;
use crate::rules::ready::rule::Verb;
use crate::settled::Settled;
use crate::work::{Number, Step, Work};

/// How a bill came about.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BillExplanation {
    /// Whom it is for.
    pub customer: String,
    /// The currency of its amounts.
    pub currency: Currency,
    /// Decimal places of its amounts.
    pub places: u32,
    /// The sum of its lines.
    pub total: Decimal,
    /// Its lines, in order.
    pub lines: Vec<LineExplanation>,
    /// Values that were rounded together.
    pub remainders: Vec<Remainder>,
}

/// How a line of a bill came about.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineExplanation {
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// Its amount.
    pub amount: Decimal,
    /// The input lines in it.
    pub sources: Vec<SourceExplanation>,
    /// What was done, in order.
    pub steps: Vec<Step>,
}

/// An input line, and the rules that matched it without acting.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceExplanation {
    /// Its number.
    pub line: u64,
    /// The vendor.
    pub vendor: String,
    /// The vendor's SKU.
    pub sku: String,
    /// Which of the vendor's numbers is charged: `consumed`.
    pub used: &'static str,
    /// That number, as it came.
    pub quantity: Option<Decimal>,
    /// Its unit, after the settings' aliases.
    pub unit: String,
    /// What we pay for it by a rule of ours, because the vendor does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostExplanation>,
    /// Rules that matched and lost.
    pub lost: Vec<Lost>,
}

/// What we pay for an input line, by a rule of ours: no vendor says it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CostExplanation {
    /// The rule.
    pub rule: String,
    /// Its reason.
    pub reason: String,
    /// The line's quantity, as rules converted it.
    pub quantity: Number,
    /// What we pay for each of it.
    pub each: Number,
    /// What we pay.
    pub amount: Number,
    /// The currency of both.
    pub currency: Currency,
}

/// A rule that matched a line and did not act, because another won.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lost {
    /// The rule.
    pub rule: String,
    /// The rule that won.
    pub to: String,
    /// Why, so that the winner's id can follow: `has a lower priority than`.
    pub why: &'static str,
}

/// Values of one bill that were rounded so that they add up to their rounded sum: floored, then one unit
/// each to the largest fractions, of equal fractions to the earlier.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Remainder {
    /// Decimal places.
    pub places: u32,
    /// How the sum is rounded.
    pub mode: &'static str,
    /// The exact values.
    pub values: Vec<Number>,
}

impl Rated<'_> {
    /// How a customer's bill came about; `None` if there is none.
    #[must_use]
    pub fn explain(&self, customer: &str) -> Option<BillExplanation> {
        Some(self.bill(customer)?.explain())
    }

    /// How the line of a bill came about that an input line is in; `None` if it is on no bill.
    #[must_use]
    pub fn explain_line(&self, line: u64) -> Option<BillExplanation> {
        let on = |bill: &crate::Bill<'_>| bill.lines().any(|made| made.sources.contains(&line));
        let customer = self.bills().find(on)?.customer();
        let mut explained = self.explain(customer)?;
        explained.lines.retain(|made| made.sources.iter().any(|source| source.line == line));
        Some(explained)
    }

    /// The rules that matched an input line and did not act, whatever became of the line.
    #[must_use]
    pub fn lost(&self, line: u64) -> Vec<Lost> {
        self.parts.iter().find_map(|part| part.settled.lost_of_line(line)).unwrap_or_default()
    }
}

impl Bill<'_> {
    /// How the bill came about.
    #[must_use]
    pub fn explain(&self) -> BillExplanation {
        self.settled.explain(self.record.payer, self.customer())
    }
}

impl Settled<'_> {
    fn explain(&self, payer: u32, customer: &str) -> BillExplanation {
        let state = &self.state;
        let (context, items) = (self.context(), self.items_of(payer));
        let mut work = Work::on();
        // What could stop it stopped the run.
        let draft =
            bill(context, payer, items, Vec::new(), &mut Factors::default(), &mut work, &mut |_, _, _| {});
        let remainder = |values: Vec<crate::exact::Exact>| Remainder {
            places: draft.places,
            mode: mode_word(state.rulebook.settings.mode),
            values: values.into_iter().map(Number).collect(),
        };
        BillExplanation {
            customer: customer.to_owned(),
            currency: draft.currency,
            places: draft.places,
            total: draft.total,
            remainders: draft.remainders.into_iter().map(remainder).collect(),
            lines: draft
                .lines
                .into_iter()
                .map(|line| LineExplanation {
                    kind: line.kind,
                    name: state.texts.get(line.name).to_owned(),
                    amount: line.amount,
                    sources: self.sources_of(line.subject),
                    steps: line.steps,
                })
                .collect(),
        }
    }

    fn sources_of(&self, subject: Option<Subject>) -> Vec<SourceExplanation> {
        let items: &[u32] = match &subject {
            Some(Subject::Line(item) | Subject::Share { item, .. }) => std::slice::from_ref(item),
            Some(Subject::Pool(pool)) => &self.pools.all[*pool as usize].members,
            Some(Subject::Commitment(_)) | None => &[],
        };
        items.iter().map(|item| self.source(&self.state.items[*item as usize])).collect()
    }

    fn source(&self, item: &Item) -> SourceExplanation {
        let state = &self.state;
        SourceExplanation {
            line: item.number,
            vendor: state.texts.get(state.who(item).vendor).to_owned(),
            sku: state.texts.get(state.sku_id(item.plan)).to_owned(),
            used: match (state.plan(item).used, item.billable) {
                (Some((used, _)), _) => used.word(),
                (None, true) => "billable",
                (None, false) => "consumed",
            },
            quantity: state.numbers.quantity(item),
            unit: state
                .texts
                .get(state.whats[state.plan_keys[item.plan as usize].1 as usize].0.unit)
                .to_owned(),
            cost: self.cost_of(item),
            lost: self.lost_of_plan(item.plan),
        }
    }

    fn cost_of(&self, item: &Item) -> Option<CostExplanation> {
        // What stops it stopped the run.
        let (rule, each, quantity, currency) = paid::of_item(&self.state, item).ok()??;
        let common = &self.state.rulebook.rules[rule as usize].common;
        Some(CostExplanation {
            rule: common.id.clone(),
            reason: common.reason.clone(),
            amount: Number(quantity.times(each)),
            quantity: Number(quantity),
            each: Number(each.clone()),
            currency,
        })
    }

    fn lost_of_line(&self, number: u64) -> Option<Vec<Lost>> {
        let state = &self.state;
        let of_item = state.items.binary_search_by_key(&number, |item| item.number);
        let of_held = || state.held.iter().find(|held| held.number == number).map(|held| held.plan);
        let of_dropped =
            || state.dropped.iter().find(|dropped| dropped.number == number).map(|dropped| dropped.plan);
        let plan = of_item.ok().map(|item| state.items[item].plan).or_else(of_held).or_else(of_dropped)?;
        Some(self.lost_of_plan(plan))
    }

    fn lost_of_plan(&self, plan: u32) -> Vec<Lost> {
        let state = &self.state;
        let (class, what) = state.plan_keys[plan as usize];
        let plan = &state.plans[plan as usize];
        let fits = &state.whats[what as usize].1;
        let fit = state.rulebook.matchers.fit(&state.classes[class as usize], fits);
        let rules = &state.rulebook.rules;
        let lost = active(state.rulebook, &fit, plan.month).into_iter().filter_map(|loser| {
            let winner = winner_over(state.rulebook, plan, loser)?;
            let (winner, loser) = (&rules[winner as usize].common, &rules[loser as usize].common);
            let why = compare(winner, loser).map_or("agrees with", |(_, decided)| decided.words());
            Some(Lost { rule: loser.id.clone(), to: winner.id.clone(), why })
        });
        lost.collect()
    }
}

/// The rule that has the seat which this one wanted; `None` if it has it itself.
fn winner_over(rulebook: &crate::rules::ready::Rulebook, plan: &Plan, rule: RuleId) -> Option<RuleId> {
    let label = &plan.label;
    let ready = &rulebook.rules[rule as usize];
    let winner = match &ready.verb {
        Verb::Drop | Verb::Hold(_) | Verb::Keep => plan.router,
        Verb::Set { name, sku, tax } => {
            let seats = [(name, label.name_by), (sku, label.sku_by), (tax, label.tax_by)];
            let wanted = seats.iter().filter(|(wanted, _)| wanted.is_some()).filter_map(|(_, by)| *by);
            let wanted: Vec<RuleId> = wanted.collect();
            if wanted.contains(&rule) { None } else { wanted.first().copied() }
        }
        Verb::Use(_) => plan.used.map(|(_, by)| by),
        Verb::Convert(_) => plan.conversion.as_ref().map(|conversion| conversion.rule),
        Verb::Price(_) => plan.pricer,
        Verb::Limit(_) => plan.limit,
        Verb::Cost(_) => plan.cost.as_ref().map(|cost| cost.rule),
        Verb::Discount(_) => {
            let group = ready.common.group.as_ref()?;
            let same = |id: &&RuleId| rulebook.rules[**id as usize].common.group.as_ref() == Some(group);
            plan.discounts.iter().find(same).copied()
        }
    };
    winner.filter(|winner| *winner != rule)
}
