//! The end of a session: pools completed, then every bill made and laid down compactly.

use hashbrown::HashMap;
use ratebook_line::{Currency, Decimal};

use crate::commitments;
use crate::exact::Exact;
use crate::explain::steps::Work;
use crate::line_problem::LineCode;
use crate::outcome::VendorCost;
use crate::phases::charge::Subject;
use crate::phases::draft::{Draft, DraftLine, Rules};
use crate::phases::pool::Pools;
use crate::phases::{self, Context, Stop, round};
use crate::plan::RuleId;
use crate::rated::{BillRecord, LineRecord, Part, Rated};
use crate::rules::checked::settings::Unpriced;
use crate::run_error::{RunCode, RunError, RunProblem};
use crate::state::{HeldLine, State};
use crate::texts::TextId;
use crate::warnings::Noticed;
use crate::wide::WideTotals;

pub(crate) fn finish<'r>(
    mut state: State<'r>,
    totals: &WideTotals,
    mut problems: Vec<(RunCode, RunProblem)>,
) -> Result<Rated<'r>, RunError> {
    // Bills list usage by its first source line, whatever the order in which lines came.
    if !state.items.is_sorted_by_key(|item| item.number) {
        state.items.sort_by_key(|item| item.number);
    }
    let mut pools = Pools::new(&state);
    pools.complete(&state, totals);
    hold_pools(&mut state, &pools);
    let unused = commitments::unused(&mut state, &pools);
    if state.rulebook.settings.unpriced == Unpriced::Error {
        problems.extend(state.held.iter().filter_map(|held| unpriced(&state, held)));
    }
    let order = by_payer(&state);
    let mut layer = Layer::new(&state);
    let mut matched_bills = vec![false; state.rulebook.bills.len()];
    {
        let context = Context { state: &state, pools: &pools, commitments: &unused };
        let mut work = Work::off();
        let mut room = Vec::new();
        for (payer, range) in &order.payers {
            let items = &order.items[range.clone()];
            let mut stop = |line: Option<u64>, rule: Option<RuleId>, why: Stop| {
                problems.push(stopped(&state, *payer, line, rule, why));
            };
            let draft = phases::bill(context, *payer, items, room, &mut work, &mut stop);
            room = Vec::new();
            for rule in &draft.bill_rules {
                matched_bills[*rule as usize] = true;
            }
            if !draft.lines.is_empty() {
                match layer.lay(context, draft, items) {
                    Ok(lines) => room = lines,
                    Err(why) => stop(None, None, why),
                }
            }
        }
    }
    if !problems.is_empty() {
        let code = problems.iter().map(|(code, _)| *code).min().unwrap_or(RunCode::Unpriced);
        let mut problems: Vec<RunProblem> = problems.into_iter().map(|(_, problem)| problem).collect();
        problems.sort();
        return Err(RunError { code, problems });
    }
    let Layer { bills, lines, sources, rule_lists, mut noticed, .. } = layer;
    noticed.matched_bills = matched_bills;
    noticed.look_at_plans(&state);
    let mut part =
        Part { state, pools, commitments: unused, order, bills, lines, sources, rule_lists, noticed };
    let mut noticed = std::mem::take(&mut part.noticed);
    noticed.look_at_bills(&part);
    part.noticed = noticed;
    Ok(Rated::of(part))
}

/// Lines whose pool has a problem wait with it.
fn hold_pools(state: &mut State<'_>, pools: &Pools) {
    for pool in &pools.all {
        let Some(code) = pool.problem else { continue };
        for item in &pool.members {
            let item = &state.items[*item as usize];
            let held = HeldLine {
                number: item.number,
                code: Some(code),
                rule: Some(pool.key.rule),
                who: item.who,
                plan: item.plan,
            };
            let payer = state.payer_of(item) as usize;
            state.payers[payer].held += 1;
            state.held.push(held);
        }
    }
    state.held.sort_by_key(|held| held.number);
}

/// The items of every payer, payers in the order of their ids.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) items: Vec<u32>,
    pub(crate) payers: Vec<(u32, std::ops::Range<usize>)>,
}

fn by_payer(state: &State<'_>) -> Order {
    let mut payers: Vec<u32> = (0..state.payers.len() as u32).collect();
    payers.sort_by_key(|payer| state.texts.get(state.payers[*payer as usize].id));
    let mut starts = vec![0_usize; state.payers.len()];
    for item in &state.items {
        starts[state.payer_of(item) as usize] += 1;
    }
    let mut at = 0;
    let mut ranges = Vec::with_capacity(payers.len());
    for payer in payers {
        let count = starts[payer as usize];
        ranges.push((payer, at..at + count));
        starts[payer as usize] = at;
        at += count;
    }
    let mut items = vec![0_u32; state.items.len()];
    for (index, item) in (0_u32..).zip(&state.items) {
        let next = &mut starts[state.payer_of(item) as usize];
        items[*next] = index;
        *next += 1;
    }
    Order { items, payers: ranges }
}

fn unpriced(state: &State<'_>, held: &HeldLine) -> Option<(RunCode, RunProblem)> {
    let code = held.code?;
    let problem = RunProblem {
        line: Some(held.number),
        code: code.word(),
        rule: held.rule.map(|rule| state.rulebook.rules[rule as usize].common.id.clone()),
        customer: state.whos[held.who as usize]
            .payer
            .map(|payer| state.texts.get(state.payers[payer as usize].id).to_owned()),
        message: about(state, code, held),
    };
    Some((RunCode::Unpriced, problem))
}

/// A line's problem in words, with what the line is of.
pub(crate) fn about(state: &State<'_>, code: LineCode, held: &HeldLine) -> String {
    let (_, what) = state.plan_keys[held.plan as usize];
    let what = &state.whats[what as usize].0;
    let who = &state.whos[held.who as usize];
    let named = [("vendor", what.vendor), ("SKU", what.sku), ("unit", what.unit), ("tenant", who.who.tenant)];
    let named: Vec<String> = named
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(word, text)| format!("{word} {}", state.texts.get(*text)))
        .collect();
    if named.is_empty() {
        code.meaning().to_owned()
    } else {
        format!("{} ({})", code.meaning(), named.join(", "))
    }
}

fn stopped(
    state: &State<'_>,
    payer: u32,
    line: Option<u64>,
    rule: Option<RuleId>,
    why: Stop,
) -> (RunCode, RunProblem) {
    let rule = rule.map(|rule| state.rulebook.rules[rule as usize].common.id.clone());
    let customer = state.texts.get(state.payers[payer as usize].id).to_owned();
    let (run, code, message) = match why {
        Stop::Rate { month, from, to } => (
            RunCode::Rate,
            RunCode::Rate.word(),
            format!("no rate {from}/{to} for {month} (add it under [fx.\"{month}\"])"),
        ),
        Stop::Number => (
            RunCode::Number,
            RunCode::Number.word(),
            "the result has more than 38 digits and cannot be printed exactly".to_owned(),
        ),
        Stop::Adjustment { was, is } => (
            RunCode::Adjustment,
            RunCode::Adjustment.word(),
            format!("an adjustment in {was} cannot be put on a bill in {is}"),
        ),
        Stop::Partial(words) => (RunCode::Partial, RunCode::Partial.word(), words),
        Stop::Line(code) => (RunCode::Unpriced, code.word(), code.meaning().to_owned()),
    };
    (run, RunProblem { line, code, rule, customer: Some(customer), message })
}

/// Lays finished bills down in few, large lists.
struct Layer {
    bills: Vec<BillRecord>,
    lines: Vec<LineRecord>,
    sources: Vec<u64>,
    rule_lists: Vec<Vec<TextId>>,
    list_of_plan: Vec<u32>,
    noticed: Noticed,
    lists: HashMap<Vec<TextId>, u32>,
}

impl Layer {
    fn new(state: &State<'_>) -> Layer {
        Layer {
            bills: Vec::new(),
            lines: Vec::with_capacity(state.items.len()),
            sources: Vec::with_capacity(state.items.len()),
            rule_lists: Vec::new(),
            list_of_plan: vec![u32::MAX; state.plans.len()],
            noticed: Noticed::new(state),
            lists: HashMap::new(),
        }
    }

    /// Lays a bill down, and gives the room of its lines back for the next.
    fn lay(
        &mut self,
        context: Context<'_, '_>,
        mut draft: Draft,
        items: &[u32],
    ) -> Result<Vec<DraftLine>, Stop> {
        let state = context.state;
        let start = self.lines.len();
        let payer = &state.payers[draft.payer as usize];
        let mut credits = Vec::new();
        for (rule, available, line) in &draft.credits {
            let available = available.round(draft.places, state.rulebook.settings.mode)?;
            let used = line.map_or(Decimal::ZERO, |line| draft.lines[line].amount);
            credits.push((*rule, available.checked_add(used)?));
        }
        let mut tax_totals: Vec<(TextId, Decimal)> = Vec::new();
        for line in draft.lines.drain(..) {
            match tax_totals.iter_mut().find(|(tag, _)| *tag == line.tax) {
                Some((_, total)) => *total = total.checked_add(line.amount)?,
                None => tax_totals.push((line.tax, line.amount)),
            }
            let from = self.sources.len();
            let number = |item: u32| state.items[item as usize].number;
            match line.subject {
                Some(Subject::Line(item) | Subject::Share { item, .. }) => self.sources.push(number(item)),
                Some(Subject::Pool(pool)) => {
                    self.sources
                        .extend(context.pools.all[pool as usize].members.iter().map(|item| number(*item)));
                }
                Some(Subject::Commitment(_)) | None => {}
            }
            let rules = self.list(context, line.rules);
            self.lines.push(LineRecord {
                kind: line.kind,
                name: line.name,
                sku: line.sku,
                unit: line.unit,
                tax: line.tax,
                quantity: line.quantity,
                unit_price: line.unit_price,
                amount: line.amount,
                rules,
                adjusts: line.adjusts,
                sources: (from, self.sources.len() - from),
            });
        }
        self.bills.push(BillRecord {
            payer: draft.payer,
            currency: draft.currency,
            places: draft.places,
            total: draft.total,
            complete: payer.held == 0,
            lines: start..self.lines.len(),
            credits,
            tax_totals,
            cost: vendor_cost(context, draft.currency, items, &mut self.noticed)?,
        });
        Ok(draft.lines)
    }

    fn list(&mut self, context: Context<'_, '_>, rules: Rules) -> u32 {
        match rules {
            Rules::Plan(plan) => {
                let known = self.list_of_plan[plan as usize];
                if known != u32::MAX {
                    return known;
                }
                let list = self.intern(context.state.plans[plan as usize].trace.clone());
                self.list_of_plan[plan as usize] = list;
                list
            }
            Rules::Own(rules) => self.intern(rules),
        }
    }

    fn intern(&mut self, rules: Vec<TextId>) -> u32 {
        if let Some(list) = self.lists.get(&rules) {
            return *list;
        }
        let list = self.rule_lists.len() as u32;
        self.rule_lists.push(rules.clone());
        self.lists.insert(rules, list);
        list
    }
}

/// What the vendors charge us for the lines on a bill, as far as they say.
/// On the way, what is worth a look is noticed.
fn vendor_cost(
    context: Context<'_, '_>,
    into: Currency,
    items: &[u32],
    noticed: &mut Noticed,
) -> Result<VendorCost, Stop> {
    let state = context.state;
    let mut sums: Vec<(Currency, Exact)> = Vec::new();
    let mut converted = Some(Exact::ZERO);
    let mut unknown = 0;
    for index in items {
        if context.pools.is_held(*index) {
            continue;
        }
        let item = &state.items[*index as usize];
        noticed.line(state, item);
        let (Some(cost), Some(currency)) = (state.numbers.total_cost(item), item.currency) else {
            unknown += 1;
            continue;
        };
        let cost = Exact::from(cost);
        match sums.iter_mut().find(|(other, _)| *other == currency) {
            Some((_, sum)) => *sum = sum.plus(&cost),
            None => sums.push((currency, cost.clone())),
        }
        let rate = state.rulebook.rate(state.plan(item).month, currency, into);
        converted = converted.zip(rate).map(|(sum, rate)| {
            if currency == into { sum.plus(&cost) } else { sum.plus(&cost.times(&rate.into())) }
        });
    }
    sums.sort_by_key(|(currency, _)| *currency);
    let by_currency = sums
        .into_iter()
        .map(|(currency, sum)| Ok((currency, round::shown(&sum)?)))
        .collect::<Result<_, Stop>>()?;
    let in_bill_currency = converted.map(|sum| round::shown(&sum)).transpose()?;
    Ok(VendorCost { by_currency, in_bill_currency, lines_unknown: unknown })
}
