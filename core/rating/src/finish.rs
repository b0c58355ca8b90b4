//! The end of a session: bill after bill made, kept or let go, and everything that stands in the way told.

use std::convert::Infallible;

use hashbrown::HashSet;
use ratebook_line::Rounding;

use crate::bill::{Bill, Laid};
use crate::lay::Layer;
use crate::line_problem::LineCode;
use crate::outcome::{Counts, Dropped, Held};
use crate::phases::bill::bill;
use crate::phases::draft::DraftLine;
use crate::phases::plain::Factors;
use crate::phases::stop::Stop;
use crate::phases::wide::WideTotals;
use crate::plan::RuleId;
use crate::rated::{Part, Rated};
use crate::rules::checked::settings::Unpriced;
use crate::rules::problem::Warning;
use crate::run_error::{RunCode, RunError, RunProblem};
use crate::runs::{Run, Runs};
use crate::settled::{Settled, about};
use crate::state::{HeldLine, State};
use crate::warnings::Noticed;
use crate::work::Work;

/// Places of an amount that waits for a rate.
const SHOWN: u32 = 10;

/// What stands in the way of bills.
pub(crate) type Problems = Vec<(RunCode, RunProblem)>;

/// What is left of a session whose bills have been handed out.
#[derive(Debug)]
pub struct Ended<'r> {
    state: State<'r>,
    /// What warnings are made of, to be merged with that of other partitions.
    pub noticed: Noticed,
}

impl<'r> Ended<'r> {
    /// The lines that wait, by number.
    pub fn held(&self) -> impl Iterator<Item = Held<'r>> + use<'_, 'r> {
        self.state.held()
    }

    /// The lines that rules dropped, by number.
    pub fn dropped(&self) -> impl Iterator<Item = Dropped<'r>> + use<'_, 'r> {
        self.state.dropped()
    }

    /// How many lines there were, and what became of them.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.state.counts()
    }

    /// What is worth a look in this session alone.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        self.noticed.warnings(self.state.rulebook, self.state.month)
    }
}

/// Why bills are not handed out to the end.
#[derive(Debug)]
pub enum Stopped<E> {
    /// Something stops the run: what was handed out before is worth nothing.
    Run(RunError),
    /// Whoever took the bills, or kept the lines, could not go on.
    Taker(E),
    /// Not all lines came back that were handed away.
    Lost,
}

/// All bills together.
pub(crate) fn finish<'r>(
    state: State<'r>,
    totals: &WideTotals,
    problems: Problems,
) -> Result<Rated<'r>, RunError> {
    let settled = Settled::new(state, totals);
    let mut making = Making::new(&settled.state, problems, true);
    match making.make(&settled, &mut |_| Ok::<(), Infallible>(())) {
        Ok(()) => {}
        Err(never) => match never {},
    }
    let (laid, noticed) = making.end(&settled.state)?;
    Ok(Rated::of(Part { settled, laid, noticed }))
}

/// One bill after the other, each let go before the next is made. `runs`: the lines that were handed away; if there are
/// any, all were.
pub(crate) fn finish_each<'r, E>(
    mut state: State<'r>,
    totals: &WideTotals,
    problems: Problems,
    runs: Vec<Run<'_, E>>,
    take: &mut dyn FnMut(Bill<'_>) -> Result<(), E>,
) -> Result<Ended<'r>, Stopped<E>> {
    let mut making = Making::new(&state, problems, false);
    if runs.is_empty() {
        let settled = Settled::new(state, totals);
        making.make(&settled, take).map_err(Stopped::Taker)?;
        state = settled.state;
    } else {
        let mut runs = Runs::new(&state, runs).map_err(Stopped::Taker)?;
        while let Some(order) = runs.batch(&mut state).map_err(Stopped::Taker)? {
            let there: HashSet<u32> = order.payers.iter().map(|(payer, _)| *payer).collect();
            let settled = Settled::some(state, totals, order, &|payer| there.contains(&payer));
            making.make(&settled, take).map_err(Stopped::Taker)?;
            state = settled.state;
        }
        if !runs.are_whole(&state) {
            return Err(Stopped::Lost);
        }
        state.held.sort_by_key(|held| held.number);
    }
    let (_, noticed) = making.end(&state).map_err(Stopped::Run)?;
    state.items = Vec::new();
    state.dropped.sort_by_key(|dropped| dropped.number);
    Ok(Ended { state, noticed })
}

/// The one way in which bills are made: in customer order.
struct Making {
    layer: Layer,
    problems: Problems,
    /// Bills stay when they have been handed out.
    keep: bool,
    /// Of the lines that wait, so many have been looked at.
    told: usize,
    matched_bills: Vec<bool>,
    factors: Factors,
    room: Vec<DraftLine>,
}

impl Making {
    fn new(state: &State<'_>, problems: Problems, keep: bool) -> Making {
        Making {
            layer: Layer::default(),
            problems,
            keep,
            told: 0,
            matched_bills: vec![false; state.rulebook.bills.len()],
            factors: Factors::default(),
            room: Vec::new(),
        }
    }

    /// Makes the bills that are settled.
    fn make<E>(
        &mut self,
        settled: &Settled<'_>,
        take: &mut dyn FnMut(Bill<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Making { layer, problems, keep, told, matched_bills, factors, room } = self;
        let state = &settled.state;
        if state.rulebook.settings.unpriced == Unpriced::Error {
            problems.extend(state.held[*told..].iter().filter_map(|held| unpriced(state, held)));
        }
        *told = state.held.len();
        layer.know_plans(state);
        let context = settled.context();
        let mut work = Work::off();
        for (payer, range) in &settled.order.payers {
            let items = &settled.order.items[range.clone()];
            let mut stop = |line: Option<u64>, rule: Option<RuleId>, why: Stop| {
                problems.push(stopped(state, *payer, line, rule, why));
            };
            let draft = bill(context, *payer, items, std::mem::take(room), factors, &mut work, &mut stop);
            for rule in &draft.bill_rules {
                matched_bills[*rule as usize] = true;
            }
            if draft.lines.is_empty() {
                *room = draft.lines;
                continue;
            }
            match layer.lay(context, draft, items) {
                Ok(lines) => *room = lines,
                Err(why) => {
                    stop(None, None, why);
                    continue;
                }
            }
            let Layer { laid, noticed, .. } = &mut *layer;
            if let Some(record) = laid.bills.last() {
                let made = Bill { settled, laid, record };
                noticed.look_at_bill(&made);
                // What stands in the way is told whole, but no more bills are handed out.
                if problems.is_empty() {
                    take(made)?;
                }
            }
            if !*keep {
                laid.clear();
            }
        }
        Ok(())
    }

    /// What was made, if nothing stands in the way.
    fn end(self, state: &State<'_>) -> Result<(Laid, Noticed), RunError> {
        let Making { layer, problems, matched_bills, .. } = self;
        if !problems.is_empty() {
            let code = problems.iter().map(|(code, _)| *code).min().unwrap_or(RunCode::Unpriced);
            let mut problems: Vec<RunProblem> = problems.into_iter().map(|(_, problem)| problem).collect();
            problems.sort();
            return Err(RunError { code, problems });
        }
        let Layer { laid, mut noticed, .. } = layer;
        noticed.matched_bills = matched_bills;
        noticed.look_at_plans(state);
        Ok((laid, noticed))
    }
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
        amount: None,
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
    let mut waits = None;
    let (run, code, message) = match why {
        Stop::Rate { month, from, to, amount } => {
            // More places than a number has are no money that anybody waits for.
            let shown = amount.and_then(|amount| amount.round(SHOWN, Rounding::HalfUp).ok());
            waits = shown.map(|amount| (amount, from));
            let message = format!("no rate {from}/{to} for {month} (add it under [fx.\"{month}\"])");
            (RunCode::Rate, RunCode::Rate.word(), message)
        }
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
    (run, RunProblem { line, code, rule, rules, customer: Some(customer), message, amount: waits })
}
