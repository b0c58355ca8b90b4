//! One customer's bill, from its usage to its total.

use hashbrown::HashMap;

use super::context::Context;
use super::draft::{Draft, DraftLine};
use super::plain::Factors;
use super::shares::shares;
use super::stop::Stop;
use super::subject::Subject;
use super::usage::usage_line;
use super::{add, adjust, bill_discount, bounds, credit, round, total};
use crate::plan::RuleId;
use crate::work::Work;

/// One customer's bill: usage, then phases 11 to 16. `room`: where the last bill's lines were.
pub(crate) fn bill(
    context: Context<'_, '_>,
    payer: u32,
    items: &[u32],
    room: Vec<DraftLine>,
    factors: &mut Factors,
    work: &mut Work,
    stop: &mut dyn FnMut(Option<u64>, Option<RuleId>, Stop),
) -> Draft {
    let mut draft = Draft::new(context.state, payer, room);
    draft.lines.reserve(items.len() + 4);
    let mut split = Split::default();
    for subject in context.subjects(payer, items) {
        if let (Subject::Line(item), false) = (subject, work.is_on())
            && factors.put(context, &mut draft, item).is_some()
        {
            debug_assert!(is_same(&draft, usage_line(context, &draft, subject, &mut Work::off())));
            continue;
        }
        if let Subject::Share { pool, item } = subject {
            match split.share(context, &mut draft, items, (pool, item), work) {
                Ok(line) => draft.lines.extend(line),
                Err(why) => {
                    work.take();
                    stop(context.number(subject), context.plan(subject).pricer, why);
                }
            }
            continue;
        }
        match usage_line(context, &draft, subject, work) {
            Ok(line) => draft.lines.push(line),
            Err(why) => {
                work.take();
                stop(context.number(subject), context.plan(subject).pricer, why);
            }
        }
    }
    if !context.pools.all.is_empty()
        && let Err(why) = round::shares(context, &mut draft)
    {
        stop(None, None, why);
    }
    draft.usage_lines = draft.lines.len();
    draft.bill_rules = context.bill_rules(payer);
    let rules = draft.bill_rules.clone();
    let steps = [add::apply, bill_discount::apply, bounds::apply, credit::apply];
    for step in steps {
        if let Err((rule, why)) = step(context, &rules, &mut draft, work) {
            work.take();
            stop(None, None, why.of_bill_rule(&context.state.rulebook.bills[rule as usize].common.id));
        }
    }
    let total = total::apply(context.state, &mut draft);
    if let Err(why) = total.and_then(|()| adjust::apply(context.state, &mut draft, work)) {
        stop(None, None, why);
    }
    draft
}

/// The split pools of a bill: all shares of one are made at its first line.
#[derive(Default)]
struct Split {
    items: HashMap<u32, Vec<u32>>,
    made: HashMap<u32, DraftLine>,
}

impl Split {
    /// The line of a share; none if its pool could not be shared.
    fn share(
        &mut self,
        context: Context<'_, '_>,
        draft: &mut Draft,
        items: &[u32],
        (pool, item): (u32, u32),
        work: &mut Work,
    ) -> Result<Option<DraftLine>, Stop> {
        if self.items.is_empty() {
            for item in items.iter().filter(|item| !context.pools.is_held(**item)) {
                if let Some(pool) = context.pools.of(*item) {
                    self.items.entry(pool).or_default().push(*item);
                }
            }
        }
        if let Some(own) = self.items.get_mut(&pool).map(std::mem::take)
            && !own.is_empty()
        {
            self.made.extend(shares(context, draft, pool, &own, work)?);
        }
        Ok(self.made.remove(&item))
    }
}

/// True if the last line is what another way of calculating comes to.
fn is_same(draft: &Draft, other: Result<DraftLine, Stop>) -> bool {
    let told = |line: &DraftLine| {
        let texts = (line.name, line.sku, line.unit, line.tax);
        let told = (&line.told, &line.rules);
        format!("{texts:?} {:?} {:?} {:?} {told:?}", line.quantity, line.unit_price, line.amount)
    };
    let last = draft.lines.last();
    other.is_ok_and(|other| last.is_some_and(|line| told(line) == told(&other) && line.exact == other.exact))
}
