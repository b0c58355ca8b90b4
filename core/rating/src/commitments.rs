//! Committed quantities that are billed even if no line exists, for the customers that a rule names.

use std::collections::BTreeSet;

use ratebook_line::Month;

use crate::phases::commitment::Commitment;
use crate::phases::entity::Entity;
use crate::phases::pool::Pools;
use crate::phases::prorate::days_of_user;
use crate::plan::{Plan, RuleId};
use crate::rules::checked::precedence::beats;
use crate::rules::checked::price::Pool;
use crate::rules::checked::settings::BillTo;
use crate::rules::checked::when::{Field, Values, When};
use crate::rules::ready::Rulebook;
use crate::rules::ready::matchers::{What, Who};
use crate::rules::ready::rule::Rule;
use crate::state::{Payer, State};
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

/// Who commits to a rule's quantity, and who pays for it: the same, unless partners are billed for their customers.
fn committed<'r>(rulebook: &'r Rulebook, rule: &'r Rule) -> impl Iterator<Item = (&'r str, &'r str)> {
    let named = |field: Field| rule.common.when.named(field).unwrap_or(&[]);
    let by_customer = rule.price().is_some_and(|price| price.pool == Some(Pool::Customer));
    let own = if by_customer { Field::Customer } else { payer_field(rulebook) };
    let of_partner = own != payer_field(rulebook);
    named(own).iter().map(move |name| {
        // Loading made sure that there is one.
        let partner = named(Field::Partner).first().filter(|_| of_partner);
        (name.as_str(), partner.unwrap_or(name).as_str())
    })
}

/// Everybody who pays what is committed in the month.
pub(crate) fn named(rulebook: &Rulebook, month: Month) -> BTreeSet<TextId> {
    let rules = committing(rulebook, month);
    let payers = rules.flat_map(|(_, rule)| committed(rulebook, rule).map(|(_, payer)| payer));
    payers.filter_map(|name| rulebook.texts.find(name)).collect()
}

/// The commitments without a line, by rule id; makes the plans that they are billed by.
pub(crate) fn unused(state: &mut State<'_>, pools: &Pools) -> Vec<Commitment> {
    let rulebook = state.rulebook;
    let used = pools.by_rule_and_entity();
    let mut unused = Vec::new();
    for (id, rule) in committing(rulebook, state.month) {
        for (name, payer) in committed(rulebook, rule) {
            let find = |name: &str| rulebook.texts.find(name);
            let (Some(own), Some(payer)) = (find(name), find(payer)) else { continue };
            let customer = if own == payer { TextId::EMPTY } else { own };
            let Some(payer) = state.payer_by_id.get(&payer).copied() else { continue };
            let record = &state.payers[payer as usize];
            let scope = rule.price().and_then(|price| price.pool).unwrap_or(Pool::Customer);
            let entity = Entity { scope, payer, a: customer, b: TextId::EMPTY };
            let active = days_of_user(state, payer, customer, state.month) > 0;
            let groups = groups(state, record, customer);
            if !active
                || used.contains(&(id, entity, state.month))
                || !group_fits(rule, &groups, state)
                || is_replaced(state, id, payer, customer, &groups)
            {
                continue;
            }
            let plan = plan(state, id, payer, customer, groups);
            unused.push(Commitment { payer, customer, plan });
        }
    }
    unused
}

/// The groups of whoever commits, as those of a line would be.
fn groups(state: &State<'_>, payer: &Payer, customer: TextId) -> Vec<TextId> {
    let mut groups =
        state.rulebook.customers.by_id(customer).map_or_else(Vec::new, |party| party.groups.clone());
    groups.extend(state.groups(payer));
    groups
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
fn is_replaced(state: &State<'_>, id: RuleId, payer: u32, customer: TextId, groups: &[TextId]) -> bool {
    let rulebook = state.rulebook;
    let own = &rulebook.rules[id as usize];
    let name = state.texts.get(state.payers[payer as usize].id).to_owned();
    let field = payer_field(rulebook);
    // The commitment as it is for this customer alone.
    let mut narrowed = own.common.when.clone();
    narrowed.fields.insert(field, Values { exact: vec![name], globs: Vec::new() });
    if let Some(customer) = customer.some() {
        let name = state.texts.get(customer).to_owned();
        narrowed.fields.insert(Field::Customer, Values { exact: vec![name], globs: Vec::new() });
    }
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
fn plan(state: &mut State<'_>, id: RuleId, payer: u32, customer: TextId, groups: Vec<TextId>) -> u32 {
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
        BillTo::Partner => (customer.some().unwrap_or_else(|| only(Field::Customer)), own),
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
