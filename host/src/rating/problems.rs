//! What the rules cannot price, as it is shown.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_rating::{RunCode, RunError};
use serde_json::json;

use super::usage::Usage;
use crate::failure::{Exit, Failure, Failures};

/// A run error as it is shown: all problems, those of one kind together.
pub(crate) fn rate_failures(error: &RunError, usage: &Usage) -> Failures {
    let mut failure = Failure::new(Exit::Review, error.code.word(), String::new());
    failure.month = Some(usage.month);
    let first = usage.counts_from();
    let mut kinds: BTreeMap<(&str, Option<&str>, &str), Vec<u64>> = BTreeMap::new();
    for problem in &error.problems {
        let kind = (problem.code, problem.rule.as_deref(), problem.message.as_str());
        kinds.entry(kind).or_default().extend(problem.line);
    }
    for ((code, _, message), lines) in &kinds {
        let examples: Vec<String> = lines.iter().take(3).map(|line| (line + first).to_string()).collect();
        let place = match lines.len() {
            0 => String::new(),
            count if count > 3 => format!(" (lines {} and {} more)", examples.join(", "), count - 3),
            1 => format!(" (line {})", examples.join(", ")),
            _ => format!(" (lines {})", examples.join(", ")),
        };
        // The code of the whole stands before it already.
        let code = if *code == error.code.word() { String::new() } else { format!("{code}: ") };
        failure.notes.push(format!("{code}{message}{place}"));
    }
    let count = error.problems.len();
    failure.message = match error.code {
        RunCode::Unpriced => format!("{count} line{} cannot be priced", if count == 1 { "" } else { "s" }),
        _ if kinds.len() == 1 => failure.notes.pop().unwrap_or_default(),
        _ => format!("{count} problems stand in the way of the bills"),
    };
    failure.notes.push("No bill was written.".to_owned());
    if error.code == RunCode::Unpriced {
        let advice = "Price them in the rules, or hold such lines: unpriced = \"hold\" under [settings].";
        failure.fix = Some(advice.to_owned());
    }
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
