//! `explanations.jsonl`: how every bill came about, a line each. What the bill document and the kept rules say already
//! (names, amounts, reasons) is left out; `ratebook explain` has it all.

use std::io::{self, Write};

use ratebook_line::Currency;
use ratebook_rating::Bill;
use ratebook_rating::explain::steps::{Calc, Number, Phase};
use ratebook_rating::explain::{BillExplanation, LineExplanation, Lost, Remainder};
use serde::Serialize;

/// A bill, its lines in the order in which they stand on it.
#[derive(Serialize)]
struct Explained<'a> {
    customer: &'a str,
    lines: Vec<Line<'a>>,
    #[serde(skip_serializing_if = "<[Remainder]>::is_empty")]
    remainders: &'a [Remainder],
}

#[derive(Serialize)]
struct Line<'a> {
    /// The lines of usage in it.
    sources: Vec<u64>,
    steps: Vec<Step<'a>>,
    /// Rules that matched one of them and lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lost: Vec<(u64, &'a [Lost])>,
}

#[derive(Serialize)]
struct Step<'a> {
    phase: Phase,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    note: &'a str,
    #[serde(skip_serializing_if = "is_given")]
    calc: &'a Calc,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
}

fn is_given(calc: &&Calc) -> bool {
    matches!(calc, Calc::Given)
}

/// Writes how a bill came about.
pub(super) fn write_bill(bill: &Bill<'_>, to: &mut impl Write) -> io::Result<()> {
    let BillExplanation { customer, lines, remainders, .. } = &bill.explain();
    let lines = lines.iter().map(line).collect();
    serde_json::to_writer(&mut *to, &Explained { customer, lines, remainders })?;
    to.write_all(b"\n")
}

fn line(explained: &LineExplanation) -> Line<'_> {
    let sources = &explained.sources;
    let steps = explained.steps.iter().map(|step| Step {
        phase: step.phase,
        rule: step.rule.as_deref(),
        note: &step.note,
        calc: &step.calc,
        result: step.result.as_ref(),
        currency: step.currency,
    });
    let lost = sources.iter().filter(|source| !source.lost.is_empty());
    Line {
        sources: sources.iter().map(|source| source.line).collect(),
        steps: steps.collect(),
        lost: lost.map(|source| (source.line, source.lost.as_slice())).collect(),
    }
}
