//! The end of a session: bill after bill made, kept or let go, and everything that stands in the way told.

use std::convert::Infallible;

use ratebook_line::Month;

use crate::bill::{Bill, Laid};
use crate::lay::Layer;
use crate::line_problem::LineCode;
use crate::outcome::{Counts, Dropped, Held};
use crate::phases::bill::bill;
use crate::phases::plain::Factors;
use crate::phases::stop::Stop;
use crate::phases::wide::WideTotals;
use crate::plan::RuleId;
use crate::rated::{Part, Rated};
use crate::rules::checked::settings::Unpriced;
use crate::rules::problem::Warning;
use crate::run_error::{RunCode, RunError, RunProblem};
use crate::settled::{Settled, about};
use crate::state::{HeldLine, State};
use crate::warnings::Noticed;
use crate::work::Work;

/// What stands in the way of bills.
pub(crate) type Problems = Vec<(RunCode, RunProblem)>;

/// What is left of a session whose bills have been handed out.
#[derive(Debug)]
pub struct Ended<'r> {
    /// The lines that wait, by number.
    pub held: Vec<Held<'r>>,
    /// The lines that rules dropped, by number.
    pub dropped: Vec<Dropped<'r>>,
    /// How many lines there were, and what became of them.
    pub counts: Counts,
    /// What warnings are made of, to be merged with that of other partitions.
    pub noticed: Noticed,
    /// What is worth a look in this partition alone.
    pub warnings: Vec<Warning>,
    /// The billed month.
    pub month: Month,
}

/// Why bills are not handed out to the end.
#[derive(Debug)]
pub enum Stopped<E> {
    /// Something stops the run: what was handed out before is worth nothing.
    Run(RunError),
    /// Whoever took the bills could not go on.
    Taker(E),
}

/// All bills together.
pub(crate) fn finish<'r>(
    state: State<'r>,
    totals: &WideTotals,
    problems: Problems,
) -> Result<Rated<'r>, RunError> {
    let settled = Settled::new(state, totals);
    let made = make_bills(&settled, problems, true, &mut |_| Ok::<(), Infallible>(()));
    match made {
        Ok((laid, noticed)) => Ok(Rated::of(Part { settled, laid, noticed })),
        Err(Stopped::Run(error)) => Err(error),
        Err(Stopped::Taker(never)) => match never {},
    }
}

/// One bill after the other, each let go before the next is made.
pub(crate) fn finish_each<'r, E>(
    state: State<'r>,
    totals: &WideTotals,
    problems: Problems,
    take: &mut dyn FnMut(Bill<'_>) -> Result<(), E>,
) -> Result<Ended<'r>, Stopped<E>> {
    let settled = Settled::new(state, totals);
    let (_, noticed) = make_bills(&settled, problems, false, take)?;
    let (rulebook, month) = (settled.state.rulebook, settled.state.month);
    let mut dropped: Vec<Dropped<'r>> = settled.dropped().collect();
    dropped.sort_by_key(|dropped| dropped.line);
    Ok(Ended {
        held: settled.held().collect(),
        dropped,
        counts: settled.counts(),
        warnings: noticed.warnings(rulebook, month),
        noticed,
        month,
    })
}

/// The one way in which bills are made: in customer order.
fn make_bills<E>(
    settled: &Settled<'_>,
    mut problems: Problems,
    keep: bool,
    take: &mut dyn FnMut(Bill<'_>) -> Result<(), E>,
) -> Result<(Laid, Noticed), Stopped<E>> {
    let state = &settled.state;
    if state.rulebook.settings.unpriced == Unpriced::Error {
        problems.extend(state.held.iter().filter_map(|held| unpriced(state, held)));
    }
    let context = settled.context();
    let mut layer = Layer::new(state);
    let mut matched_bills = vec![false; state.rulebook.bills.len()];
    let mut work = Work::off();
    let (mut room, mut factors) = (Vec::new(), Factors::default());
    for (payer, range) in &settled.order.payers {
        let items = &settled.order.items[range.clone()];
        let mut stop = |line: Option<u64>, rule: Option<RuleId>, why: Stop| {
            problems.push(stopped(state, *payer, line, rule, why));
        };
        let draft = bill(context, *payer, items, room, &mut factors, &mut work, &mut stop);
        room = Vec::new();
        for rule in &draft.bill_rules {
            matched_bills[*rule as usize] = true;
        }
        if draft.lines.is_empty() {
            continue;
        }
        match layer.lay(context, draft, items) {
            Ok(lines) => room = lines,
            Err(why) => {
                stop(None, None, why);
                continue;
            }
        }
        let Layer { laid, noticed, .. } = &mut layer;
        if let Some(record) = laid.bills.last() {
            let made = Bill { settled, laid, record };
            noticed.look_at_bill(&made);
            // What stands in the way is told whole, but no more bills are handed out.
            if problems.is_empty() {
                take(made).map_err(Stopped::Taker)?;
            }
        }
        if !keep {
            laid.clear();
        }
    }
    if !problems.is_empty() {
        let code = problems.iter().map(|(code, _)| *code).min().unwrap_or(RunCode::Unpriced);
        let mut problems: Vec<RunProblem> = problems.into_iter().map(|(_, problem)| problem).collect();
        problems.sort();
        return Err(Stopped::Run(RunError { code, problems }));
    }
    let Layer { laid, mut noticed, .. } = layer;
    noticed.matched_bills = matched_bills;
    noticed.look_at_plans(state);
    Ok((laid, noticed))
}

fn unpriced(state: &State<'_>, held: &HeldLine) -> Option<(RunCode, RunProblem)> {
    // A person looks at what nobody expects: that line waits, the others need not.
    let code = held.code.filter(|code| *code != LineCode::UnexpectedQuantity)?;
    let rule = held.rule.map(|rule| state.rulebook.rules[rule as usize].common.id.clone());
    let problem = RunProblem {
        line: Some(held.number),
        code: code.word(),
        rules: rule.iter().cloned().collect(),
        rule,
        customer: state.whos[held.who as usize]
            .payer
            .map(|payer| state.texts.get(state.payers[payer as usize].id).to_owned()),
        message: about(state, code, held),
    };
    Some((RunCode::Unpriced, problem))
}

fn stopped(
    state: &State<'_>,
    payer: u32,
    line: Option<u64>,
    rule: Option<RuleId>,
    why: Stop,
) -> (RunCode, RunProblem) {
    let rule = rule.map(|rule| state.rulebook.rules[rule as usize].common.id.clone());
    let mut rules: Vec<String> = rule.iter().cloned().collect();
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
        Stop::Partial { words, rules: concerned } => {
            rules.extend(concerned);
            (RunCode::Partial, RunCode::Partial.word(), words)
        }
        Stop::Line(code) => (RunCode::Unpriced, code.word(), code.meaning().to_owned()),
    };
    rules.sort();
    rules.dedup();
    (run, RunProblem { line, code, rule, rules, customer: Some(customer), message })
}
