//! Phases 1 to 3 told: what kept the line, what it is called, which quantity is charged in which unit.
//!
//! They were decided when the line's plan was made; here is only what an explanation says about them.

use super::context::Context;
use super::subject::Subject;
use crate::exact::Exact;
use crate::item::Item;
use crate::plan::{Plan, RuleId};
use crate::rules::checked::settings::mode_word;
use crate::state::State;
use crate::work::{Calc, Number, Phase, Term, Work};

pub(crate) fn explain(context: Context<'_, '_>, subject: Subject, work: &mut Work) {
    if !work.is_on() {
        return;
    }
    let state = context.state;
    let members: Vec<u32> = match subject {
        Subject::Line(item) | Subject::Share { item, .. } => vec![item],
        Subject::Pool(pool) => context.pools.all[pool as usize].members.clone(),
        Subject::Commitment(_) => Vec::new(),
    };
    let plan = context.plan(subject);
    if let Some(rule) = plan.router {
        by(state, rule, work);
        work.step(Phase::Route, || ("kept".to_owned(), Calc::Given, None));
    }
    label(state, plan, work);
    for item in members {
        let item = &state.items[item as usize];
        used(state, item, work);
    }
}

fn by(state: &State<'_>, rule: RuleId, work: &mut Work) {
    let rule = &state.rulebook.rules[rule as usize];
    work.by(&rule.common.id, &rule.common.reason);
}

fn label(state: &State<'_>, plan: &Plan, work: &mut Work) {
    let label = &plan.label;
    let parts = [
        ("name", label.name_by, label.name),
        ("sku", label.sku_by, label.sku),
        ("tax", label.tax_by, label.tax),
    ];
    let mut told: Vec<RuleId> = Vec::new();
    for (_, rule, _) in parts {
        let Some(rule) = rule.filter(|rule| !told.contains(rule)) else { continue };
        told.push(rule);
        by(state, rule, work);
        let set: Vec<String> = parts
            .iter()
            .filter(|(_, by, _)| *by == Some(rule))
            .map(|(word, _, text)| format!("{word} {}", state.texts.get(*text)))
            .collect();
        work.step(Phase::Label, || (set.join(", "), Calc::Given, None));
    }
}

fn used(state: &State<'_>, item: &Item, work: &mut Work) {
    let plan = state.plan(item);
    let Some(raw) = state.numbers.quantity(item) else { return };
    let raw = Exact::from(raw);
    let line = item.number;
    match plan.used {
        Some((used, rule)) => {
            by(state, rule, work);
            work.step(Phase::Quantity, || {
                (format!("line {line}: {}", used.word()), Calc::Given, Some(raw.clone()))
            });
        }
        None => {
            work.by_default();
            let note = if item.billable { "billable" } else { "billable absent: consumed" };
            work.step(Phase::Quantity, || (format!("line {line}: {note}"), Calc::Given, Some(raw.clone())));
        }
    }
    let Some(conversion) = &plan.conversion else { return };
    by(state, conversion.rule, work);
    let converted = conversion.exact(&raw);
    work.step(Phase::Quantity, || {
        let calc = Calc::Sum(vec![Term::over(&[&raw, &conversion.multiply], &conversion.divide)]);
        (format!("line {line}: to {}", state.texts.get(plan.unit)), calc, Some(converted.clone()))
    });
    if let (Some(places), Ok(Some(rounded))) = (conversion.places, state.quantity(item)) {
        work.step(Phase::Quantity, || {
            let calc = Calc::Round { value: Number(converted), places, mode: mode_word(conversion.mode) };
            (format!("line {line}: rounded"), calc, Some(rounded))
        });
    }
}
