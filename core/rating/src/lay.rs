//! Bills laid down compactly: from drafts to few, large lists.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use ratebook_line::{Currency, Decimal, Month};

use crate::bill::{BillRecord, Laid, LineRecord};
use crate::exact::Exact;
use crate::outcome::VendorCost;
use crate::paid;
use crate::phases::context::Context;
use crate::phases::currency::{self, Billed};
use crate::phases::draft::{Draft, DraftLine, Rules};
use crate::phases::round;
use crate::phases::stop::Stop;
use crate::phases::subject::Subject;
use crate::state::State;
use crate::texts::TextId;
use crate::warnings::Noticed;

/// Lays finished bills down in few, large lists.
#[derive(Default)]
pub(crate) struct Layer {
    pub(crate) laid: Laid,
    list_of_plan: Vec<u32>,
    pub(crate) noticed: Noticed,
    lists: HashMap<Vec<TextId>, u32>,
}

impl Layer {
    /// Learns of the plans that were made since.
    pub(crate) fn know_plans(&mut self, state: &State<'_>) {
        self.list_of_plan.resize(state.plans.len(), u32::MAX);
        self.noticed.know_plans(state);
    }

    /// Lays a bill down, and gives the room of its lines back for the next.
    pub(crate) fn lay(
        &mut self,
        context: Context<'_, '_>,
        mut draft: Draft,
        items: &[u32],
    ) -> Result<Vec<DraftLine>, Stop> {
        let state = context.state;
        self.noticed.look_at_draft(context, &draft);
        let start = self.laid.lines.len();
        let payer = &state.payers[draft.payer as usize];
        let mut credits = Vec::new();
        for (rule, available, line) in &draft.credits {
            let available = available.round(draft.places, state.rulebook.settings.mode)?;
            let used = line.map_or(Decimal::ZERO, |line| draft.lines[line].amount);
            // Lines that are rounded together may come to a cent more than was there.
            credits.push((*rule, available.checked_add(used)?.max(Decimal::ZERO)));
        }
        let mut tax_totals: Vec<(TextId, Exact)> = Vec::new();
        for line in &draft.lines {
            match tax_totals.iter_mut().find(|(tag, _)| *tag == line.tax) {
                Some((_, total)) => *total = total.plus(&line.amount.into()),
                None => tax_totals.push((line.tax, line.amount.into())),
            }
            let from = self.laid.sources.len();
            let number = |item: u32| state.items[item as usize].number;
            match line.subject {
                Some(Subject::Line(item) | Subject::Share { item, .. }) => {
                    self.laid.sources.push(number(item));
                }
                Some(Subject::Pool(pool)) => {
                    self.laid
                        .sources
                        .extend(context.pools.all[pool as usize].members.iter().map(|item| number(*item)));
                }
                Some(Subject::Commitment(_)) | None => {}
            }
            let rules = self.list(context, &line.rules);
            let mut paper = None;
            if let Some(told) = &line.told {
                let numbers = (line.quantity, line.unit_price, line.amount);
                let told = told.on_paper(numbers, draft.places, state.rulebook.settings.mode)?;
                if let Some(told) = told {
                    paper = Some(self.laid.papers.len() as u32);
                    self.laid.papers.push(told);
                }
            }
            self.laid.lines.push(LineRecord {
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
                paper,
                sources: (from, self.laid.sources.len() - from),
            });
        }
        self.laid.bills.push(BillRecord {
            payer: draft.payer,
            currency: draft.currency,
            places: draft.places,
            total: draft.total,
            complete: payer.held == 0,
            lines: start..self.laid.lines.len(),
            credits,
            tax_totals: tax_totals
                .into_iter()
                .map(|(tag, total)| Ok((tag, total.to_decimal().ok_or(Stop::Number)?)))
                .collect::<Result<_, Stop>>()?,
            cost: vendor_cost(context, draft.billed(), items, &mut self.noticed)?,
        });
        draft.lines.clear();
        Ok(draft.lines)
    }

    fn list(&mut self, context: Context<'_, '_>, rules: &Rules) -> u32 {
        match rules {
            Rules::Plan(plan) => {
                let known = self.list_of_plan[*plan as usize];
                if known != u32::MAX {
                    return known;
                }
                let list = self.intern(&context.state.plans[*plan as usize].trace);
                self.list_of_plan[*plan as usize] = list;
                list
            }
            Rules::Own(rules) => self.intern(rules),
        }
    }

    fn intern(&mut self, rules: &[TextId]) -> u32 {
        if let Some(list) = self.lists.get(rules) {
            return *list;
        }
        let list = self.laid.rule_lists.len() as u32;
        self.laid.rule_lists.push(rules.to_vec());
        self.lists.insert(rules.to_vec(), list);
        list
    }
}

/// What we pay for the lines on a bill, as far as the vendors say it, or rules of ours where they do not.
/// On the way, what is worth a look is noticed.
fn vendor_cost(
    context: Context<'_, '_>,
    into: Billed,
    items: &[u32],
    noticed: &mut Noticed,
) -> Result<VendorCost, Stop> {
    let state = context.state;
    let (mut theirs, mut ours) = (Sums::default(), Sums::default());
    let mut unknown = 0;
    for index in items {
        if context.pools.is_held(*index) {
            continue;
        }
        let item = &state.items[*index as usize];
        noticed.line(state, item);
        let month = state.plan(item).month;
        if let (Some(cost), Some(currency)) = (state.numbers.total_cost(item), item.currency) {
            if !cost.is_zero() {
                noticed.cost(state, item, cost, currency);
            }
            theirs.add((currency, month), &cost.into());
        } else if let Some((_, each, quantity, currency)) = paid::of_item(state, item)? {
            ours.add((currency, month), &quantity.times(each));
        } else {
            unknown += 1;
        }
    }
    let converted = theirs.converted(state, into).zip(ours.converted(state, into));
    Ok(VendorCost {
        by_currency: theirs.by_currency()?,
        ours: ours.by_currency()?,
        in_bill_currency: converted.map(|(theirs, ours)| whole(&theirs.plus(&ours))).transpose()?,
        lines_unknown: unknown,
    })
}

/// Sums of money by currency and usage month.
#[derive(Default)]
struct Sums(Vec<((Currency, Month), Exact)>);

impl Sums {
    fn add(&mut self, key: (Currency, Month), cost: &Exact) {
        match self.0.iter_mut().find(|(other, _)| *other == key) {
            Some((_, sum)) => *sum = sum.plus(cost),
            None => self.0.push((key, cost.clone())),
        }
    }

    /// All of it in a currency, if the rates are known.
    fn converted(&self, state: &State<'_>, into: Billed) -> Option<Exact> {
        self.0.iter().try_fold(Exact::ZERO, |all, ((from, month), sum)| {
            // What we pay is not what somebody's contract says, unless nothing else does.
            let rate = state.rulebook.rate(*month, *from, into.currency);
            let rate = rate.or_else(|| currency::fixed(state, *from, into))?;
            Some(all.plus(&sum.times(&rate.into())))
        })
    }

    fn by_currency(&self) -> Result<BTreeMap<Currency, Decimal>, Stop> {
        let mut sums: BTreeMap<Currency, Exact> = BTreeMap::new();
        for ((currency, _), sum) in &self.0 {
            let all = sums.entry(*currency).or_default();
            *all = all.plus(sum);
        }
        sums.into_iter().map(|(currency, sum)| Ok((currency, whole(&sum)?))).collect()
    }
}

/// A sum with all of its places, so that what is added up or taken off it later comes out exactly; one that no number
/// holds is rounded.
fn whole(sum: &Exact) -> Result<Decimal, Stop> {
    match sum.to_decimal() {
        Some(sum) => Ok(sum),
        None => Ok(round::shown(sum)?),
    }
}
