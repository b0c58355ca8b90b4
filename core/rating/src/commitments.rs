//! Committed quantities that are billed even if no line exists, for the customers that a rule names.

use std::collections::BTreeSet;

use ratebook_line::Month;

use crate::phases::commitment::Commitment;
use crate::phases::pool::Pools;
use crate::plan::{Plan, RuleId};
use crate::rules::checked::precedence::beats;
use crate::rules::checked::settings::BillTo;
use crate::rules::checked::when::{Field, Values, When};
use crate::rules::ready::Rulebook;
use crate::rules::ready::matchers::{What, Who};
use crate::rules::ready::rule::Rule;
use crate::state::State;
use crate::texts::TextId;

fn committing(rulebook: &Rulebook, month: Month) -> impl Iterator<Item = (RuleId, &Rule)> {
    (0_u32..).zip(&rulebook.rules).filter(move |(_, rule)| {
        rule.common.months.contains(month) && rule.price().is_some_and(|price| price.committed.is_some())
    })
}

fn payer_field(rulebook: &Rulebook) -> Field {
    match rulebook.settings.bill_to {
        BillTo::Customer => Field::Customer,
        BillTo::Partner => Field::Partner,
    }
}

/// Everybody whom a commitment of the month names.
pub(crate) fn named(rulebook: &Rulebook, month: Month) -> BTreeSet<TextId> {
    let field = payer_field(rulebook);
    let rules = committing(rulebook, month);
    let names = rules.flat_map(|(_, rule)| rule.common.when.named(field).unwrap_or(&[]).iter());
    names.filter_map(|name| rulebook.texts.find(name)).collect()
}

/// The commitments without a line, by rule id, of the payers that are there; makes the plans that they are billed by.
pub(crate) fn unused(
    state: &mut State<'_>,
    pools: &Pools,
    is_there: &dyn Fn(u32) -> bool,
) -> Vec<Commitment> {
    let rulebook = state.rulebook;
    let field = payer_field(rulebook);
    let used = pools.by_rule_and_payer();
    let mut unused = Vec::new();
    for (id, rule) in committing(rulebook, state.month) {
        for name in rule.common.when.named(field).unwrap_or(&[]) {
            let Some(payer) = rulebook.texts.find(name).and_then(|name| state.payer_by_id.get(&name)) else {
                continue;
            };
            let payer = *payer;
            if !is_there(payer) {
                continue;
            }
            let record = &state.payers[payer as usize];
            let active = state.party(record).is_none_or(|party| party.active_days(state.month) > 0);
            let groups = state.groups(record);
            if !active
                || used.contains_key(&(id, payer, state.month))
                || !group_fits(rule, &groups, state)
                || is_replaced(state, id, payer, &groups)
            {
                continue;
            }
            let plan = plan(state, id, payer, groups);
            unused.push(Commitment { payer, plan });
        }
    }
    unused
}

fn group_fits(rule: &Rule, groups: &[TextId], state: &State<'_>) -> bool {
    rule.common.when.fields.get(&Field::Group).is_none_or(|values| {
        if groups.is_empty() {
            values.matches("")
        } else {
            groups.iter().any(|id| values.matches(state.texts.get(*id)))
        }
    })
}

/// True if another price would win every line of this customer that the commitment could match.
fn is_replaced(state: &State<'_>, id: RuleId, payer: u32, groups: &[TextId]) -> bool {
    let rulebook = state.rulebook;
    let own = &rulebook.rules[id as usize];
    let name = state.texts.get(state.payers[payer as usize].id).to_owned();
    let field = payer_field(rulebook);
    // The commitment as it is for this customer alone.
    let mut narrowed = own.common.when.clone();
    narrowed.fields.insert(field, Values { exact: vec![name], globs: Vec::new() });
    rulebook.rules.iter().any(|other| {
        let mut wider: When = other.common.when.clone();
        let in_group = group_fits(other, groups, state);
        wider.fields.remove(&Field::Group);
        other.price().is_some()
            && other.common.months.contains(state.month)
            && in_group
            && beats(&other.common, &own.common)
            && narrowed.is_within(&wider)
    })
}

/// The plan of a line that is exactly what the commitment's matcher names, with nothing used.
fn plan(state: &mut State<'_>, id: RuleId, payer: u32, groups: Vec<TextId>) -> u32 {
    let rulebook = state.rulebook;
    let rule = &rulebook.rules[id as usize];
    let only = |field: Field| match rule.common.when.named(field) {
        Some([one]) => rulebook.texts.find(one).unwrap_or(TextId::EMPTY),
        _ => TextId::EMPTY,
    };
    let unit = rule.price().and_then(|price| price.unit).unwrap_or_else(|| only(Field::Unit));
    let what = What {
        vendor: only(Field::Vendor),
        source: only(Field::Source),
        sku: only(Field::Sku),
        meter: only(Field::Meter),
        edition: only(Field::Edition),
        unit,
        payment: only(Field::Payment),
        zero: true,
        tags: only(Field::Tag).some().into_iter().collect(),
    };
    let own = state.payers[payer as usize].id;
    let (customer, partner) = match rulebook.settings.bill_to {
        BillTo::Customer => (own, only(Field::Partner)),
        BillTo::Partner => (only(Field::Customer), own),
    };
    let who = Who { tenant: only(Field::Tenant), customer, partner, groups };
    let fits = rulebook.matchers.fit_what(&what, &state.texts);
    let class = rulebook.matchers.fit_who(&who, &state.texts);
    let fit = rulebook.matchers.fit(&class, &fits);
    let mut plan = Plan::for_commitment(rulebook, &fit, &what, state.month, &state.texts, id);
    plan.unit = unit;
    if plan.label.name.is_empty() {
        plan.label.name = rule.id;
    }
    state.fitted[id as usize] = true;
    state.classes.push(class);
    state.whats.push((what, fits));
    state.plans.push(plan);
    state.plan_keys.push((state.classes.len() as u32 - 1, state.whats.len() as u32 - 1));
    state.plans.len() as u32 - 1
}
