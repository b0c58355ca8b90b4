//! A bill while it is being made.

use ratebook_line::{Currency, Decimal};

use super::context::Context;
use super::currency::Billed;
use super::deals::Dealt;
use super::stop::Stop;
use super::subject::Subject;
use super::told::Told;
use crate::exact::Exact;
use crate::kind::Kind;
use crate::plan::RuleId;
use crate::rules::ready::matchers::MatcherId;
use crate::state::State;
use crate::texts::TextId;
use crate::work::Step;

#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) payer: u32,
    pub(crate) currency: Currency,
    /// Decimal places of its amounts.
    pub(crate) places: u32,
    pub(crate) lines: Vec<DraftLine>,
    /// The `[[bill]]` rules that are for it.
    pub(crate) bill_rules: Vec<RuleId>,
    /// How many of the lines are usage and unused commitments.
    pub(crate) usage_lines: usize,
    pub(crate) total: Decimal,
    /// What is left of each credit: rule, available, its line on the bill.
    pub(crate) credits: Vec<(RuleId, Exact, Option<usize>)>,
    /// How many parts of split pools stand on it.
    pub(crate) parts: u32,
    /// Values that were rounded together.
    pub(crate) remainders: Vec<Vec<Exact>>,
}

#[derive(Debug)]
pub(crate) struct DraftLine {
    pub(crate) kind: Kind,
    pub(crate) subject: Option<Subject>,
    pub(crate) name: TextId,
    pub(crate) sku: Option<TextId>,
    pub(crate) unit: Option<TextId>,
    pub(crate) tax: TextId,
    pub(crate) quantity: Option<Decimal>,
    pub(crate) unit_price: Option<Decimal>,
    /// The amount that everything after goes on with; rounded as soon as the line is.
    pub(crate) exact: Exact,
    pub(crate) amount: Decimal,
    pub(crate) rules: Rules,
    /// The part of a pool that it is a share of, by its number on the bill.
    pub(crate) share_of: Option<u32>,
    /// The adjustment that it is.
    pub(crate) adjusts: Option<u32>,
    /// What it says where quantity x unit price may not be the amount.
    pub(crate) told: Option<Box<Told>>,
    pub(crate) steps: Vec<Step>,
}

/// Where the ids on a line come from.
#[derive(Clone, Debug)]
pub(crate) enum Rules {
    /// Those of a plan, as they stand there.
    Plan(u32),
    Own(Vec<TextId>),
}

impl Draft {
    pub(crate) fn new(state: &State<'_>, payer: u32, room: Vec<DraftLine>) -> Draft {
        let currency = state.payers[payer as usize].currency;
        Draft {
            payer,
            currency,
            places: state.rulebook.settings.places(currency),
            lines: room,
            bill_rules: Vec::new(),
            usage_lines: 0,
            total: Decimal::ZERO,
            credits: Vec::new(),
            parts: 0,
            remainders: Vec::new(),
        }
    }
}

impl DraftLine {
    pub(crate) fn usage(context: Context<'_, '_>, subject: Subject, dealt: Dealt) -> DraftLine {
        let Dealt { amount, limited, idle, .. } = dealt;
        let state = context.state;
        let plan = context.plan(subject);
        let limit = limited.map(|rule| state.rulebook.rules[rule as usize].id);
        let idle: Vec<TextId> = idle.iter().map(|rule| state.rulebook.rules[*rule as usize].id).collect();
        let mut sku = plan.label.sku.some();
        let rules = match subject {
            Subject::Pool(pool) => {
                let mut rules = Vec::new();
                let mut last = None;
                for item in &context.pools.all[pool as usize].members {
                    let item = &state.items[*item as usize];
                    if last == Some(item.plan) {
                        continue;
                    }
                    last = Some(item.plan);
                    let plan = state.plan(item);
                    if plan.label.sku.some() != sku {
                        // Lines of several SKUs: the pool has none of its own.
                        sku = None;
                    }
                    for rule in &plan.trace {
                        if !rules.contains(rule) && !idle.contains(rule) {
                            rules.push(*rule);
                        }
                    }
                }
                rules.extend(limit);
                Rules::Own(rules)
            }
            Subject::Line(item) | Subject::Share { item, .. } => {
                let id = state.items[item as usize].plan;
                if limit.is_none() && idle.is_empty() {
                    Rules::Plan(id)
                } else {
                    let acted = plan.trace.iter().copied().filter(|rule| !idle.contains(rule));
                    Rules::Own(acted.chain(limit).collect())
                }
            }
            Subject::Commitment(index) if limit.is_none() && idle.is_empty() => {
                Rules::Plan(context.commitments[index as usize].plan)
            }
            Subject::Commitment(_) => {
                let acted = plan.trace.iter().copied().filter(|rule| !idle.contains(rule));
                Rules::Own(acted.chain(limit).collect())
            }
        };
        DraftLine {
            kind: if matches!(subject, Subject::Commitment(_)) { Kind::Commitment } else { Kind::Usage },
            subject: Some(subject),
            name: plan.label.name,
            sku,
            unit: plan.unit.some(),
            tax: plan.label.tax,
            quantity: None,
            unit_price: None,
            exact: amount,
            amount: Decimal::ZERO,
            rules,
            share_of: None,
            adjusts: None,
            told: None,
            steps: Vec::new(),
        }
    }

    /// A line made by a bill rule.
    pub(crate) fn of_bill(state: &State<'_>, kind: Kind, rule: RuleId, exact: Exact) -> DraftLine {
        let rule = &state.rulebook.bills[rule as usize];
        DraftLine {
            kind,
            subject: None,
            name: rule.name,
            sku: None,
            unit: None,
            tax: state.rulebook.tax,
            quantity: None,
            unit_price: None,
            exact,
            amount: Decimal::ZERO,
            rules: Rules::Own(vec![rule.id]),
            share_of: None,
            adjusts: None,
            told: None,
            steps: Vec::new(),
        }
    }
}

impl Draft {
    /// Its currency, and whose it is.
    pub(crate) fn billed(&self) -> Billed {
        Billed { currency: self.currency, payer: self.payer }
    }

    /// The sum of what stands on the bill so far, exact.
    pub(crate) fn sum(&self) -> Exact {
        self.lines.iter().fold(Exact::ZERO, |sum, line| sum.plus(&line.exact))
    }

    /// The same without what is not of the billed month: late lines, and their share of discounts on the bill.
    pub(crate) fn sum_of_month(&self, context: Context<'_, '_>) -> Exact {
        let (mut all, mut own) = (Exact::ZERO, Exact::ZERO);
        for line in &self.lines {
            let is_late =
                line.subject.is_some_and(|subject| context.plan(subject).month != context.state.month);
            let share = match line.kind {
                // What is off everything is off each line by its part.
                Kind::Discount => line.exact.times(&own).over(&all).unwrap_or(Exact::ZERO),
                _ if is_late => Exact::ZERO,
                _ => line.exact.clone(),
            };
            all = all.plus(&line.exact);
            own = own.plus(&share);
        }
        own
    }

    /// The phase-10 amounts of the usage that a filter matches, and whether any does.
    pub(crate) fn usage_of(
        &self,
        context: Context<'_, '_>,
        filter: MatcherId,
    ) -> Result<Option<Exact>, Stop> {
        let mut sum = None;
        for line in self.lines.iter().take(self.usage_lines) {
            if line.kind == Kind::Usage
                && let Some(Subject::Pool(pool)) = line.subject
            {
                let members = &context.pools.all[pool as usize].members;
                let in_filter =
                    |item: &u32| context.state.plan(&context.state.items[*item as usize]).is_in(filter);
                let count = members.iter().filter(|item| in_filter(item)).count();
                if count != 0 && count != members.len() {
                    return Err(context.partial(
                        pool,
                        "`of` matches only a part of a pooled line".to_owned(),
                        None,
                    ));
                }
            }
            if line.subject.is_some_and(|subject| context.plan(subject).is_in(filter)) {
                sum = Some(sum.unwrap_or(Exact::ZERO).plus(&line.exact));
            }
        }
        Ok(sum)
    }
}
