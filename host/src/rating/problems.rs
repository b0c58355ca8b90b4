//! What the rules cannot price, as it is shown.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::{Currency, Decimal, Rounding};
use ratebook_rating::{LineCode, RunCode, RunError, RunProblem};
use serde_json::json;

use super::usage::Usage;
use crate::failure::{Exit, Failure, Failures};
use crate::output::money::money;

/// How many of several are named.
const NAMED: usize = 3;

/// Problems that one remedy puts right.
#[derive(Default)]
struct Kind<'e> {
    lines: Vec<u64>,
    customers: BTreeSet<&'e str>,
    /// What waits for it, while all of it is known.
    amounts: BTreeMap<Currency, Option<Decimal>>,
}

/// A run error as it is shown: all problems, those of one kind together.
pub(crate) fn rate_failures(error: &RunError, usage: &Usage) -> Failures {
    let mut failure = Failure::new(Exit::Review, error.code.word(), String::new());
    failure.month = Some(usage.month);
    let first = usage.counts_from();
    let mut kinds: BTreeMap<(&str, Option<&str>, &str), Kind<'_>> = BTreeMap::new();
    for problem in &error.problems {
        // A rate is missing once, whichever rules ask for it.
        let rule = problem.rule.as_deref().filter(|_| problem.code != RunCode::Rate.word());
        kinds.entry((problem.code, rule, problem.message.as_str())).or_default().add(problem);
    }
    for ((code, _, message), kind) in &kinds {
        let is_of_all = *code == error.code.word();
        // The code of the whole stands before it already.
        let shown = if is_of_all { String::new() } else { format!("{code}: ") };
        let whom = if *code == RunCode::Rate.word() { kind.whom() } else { String::new() };
        failure.notes.push(format!("{shown}{message}{}{whom}", kind.place(first)));
    }
    let count = error.problems.len();
    failure.message = match error.code {
        RunCode::Unpriced => format!("{count} line{} cannot be priced", if count == 1 { "" } else { "s" }),
        _ if kinds.len() == 1 => failure.notes.pop().unwrap_or_default(),
        _ => format!("{} problems stand in the way of the bills", kinds.len()),
    };
    failure.notes.push("No bill was written.".to_owned());
    failure.fix = fix(error);
    failure.problems = error
        .problems
        .iter()
        .map(|problem| {
            json!({
                "line": problem.line, "code": problem.code, "rule": problem.rule,
                "customer": problem.customer, "message": problem.message,
            })
        })
        .collect();
    failure.rules = error
        .problems
        .iter()
        .flat_map(|problem| problem.rules.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    failure.into()
}

/// What to do about lines that cannot be priced: a line without a customer lacks no price.
fn fix(error: &RunError) -> Option<String> {
    if error.code != RunCode::Unpriced {
        return None;
    }
    let lacks_customer = |problem: &&RunProblem| problem.code == LineCode::UnknownCustomer.word();
    let unknown = error.problems.iter().filter(lacks_customer).count();
    let what = match (unknown, error.problems.len() - unknown) {
        (0, _) => "Price them in the rules",
        (_, 0) => "List each tenant, as \"vendor:tenant\", at a customer",
        _ => "Price them in the rules, list each tenant without a customer, as \"vendor:tenant\", at one",
    };
    Some(format!("{what}, or hold such lines: unpriced = \"hold\" under [settings]."))
}

impl<'e> Kind<'e> {
    fn add(&mut self, problem: &'e RunProblem) {
        self.lines.extend(problem.line);
        self.customers.extend(problem.customer.as_deref());
        if let Some((amount, currency)) = problem.amount {
            let sum = self.amounts.entry(currency).or_insert(Some(Decimal::ZERO));
            *sum = sum.and_then(|sum| sum.checked_add(amount).ok());
        }
    }

    /// ` (lines 4, 5, 6 and 2 more)`.
    fn place(&self, first: u64) -> String {
        let examples: Vec<String> =
            self.lines.iter().take(NAMED).map(|line| (line + first).to_string()).collect();
        match self.lines.len() {
            0 => String::new(),
            count if count > NAMED => {
                format!(" (lines {} and {} more)", examples.join(", "), count - NAMED)
            }
            1 => format!(" (line {})", examples.join(", ")),
            _ => format!(" (lines {})", examples.join(", ")),
        }
    }

    /// `: 80.00 USD of acme, bolt, crane and 2 more customers`.
    fn whom(&self) -> String {
        let named: Vec<&str> = self.customers.iter().take(NAMED).copied().collect();
        let customers = match self.customers.len() {
            0 => return String::new(),
            count if count > NAMED => format!("{} and {} more customers", named.join(", "), count - NAMED),
            _ => named.join(", "),
        };
        let sums: Vec<String> = self
            .amounts
            .iter()
            .filter_map(|(currency, sum)| {
                let places = currency.places();
                Some(money((*sum)?.round(places, Rounding::HalfUp), places, *currency))
            })
            .collect();
        match sums.is_empty() {
            true => format!(": {customers}"),
            false => format!(": {} of {customers}", sums.join(" and ")),
        }
    }
}
