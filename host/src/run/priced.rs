//! `priced.jsonl`: what became of every line.

use std::io::{self, Write};

use ratebook_rating::{Bill, Dropped, Held};
use serde::Serialize;

/// What became of a line that is on a bill.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Priced<'a> {
    line: u64,
    bill: &'a str,
    bill_line: usize,
    rules: &'a [&'a str],
}

/// What became of a line that is on no bill.
#[derive(Serialize)]
struct Unpriced<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<&'a str>,
}

/// The lines that are on a bill.
pub(super) fn write_bill(bill: &Bill<'_>, to: &mut impl Write) -> io::Result<()> {
    for (index, bill_line) in bill.lines().enumerate() {
        for source in bill_line.sources {
            let rules = &bill_line.rules;
            line(to, &Priced { line: *source, bill: bill.customer(), bill_line: index, rules })?;
        }
    }
    Ok(())
}

/// A line that waits.
pub(super) fn write_held(held: &Held<'_>, to: &mut impl Write) -> io::Result<()> {
    let unpriced = Unpriced {
        line: held.line,
        held: Some(held.code),
        rule: held.rule,
        reason: &held.reason,
        customer: held.customer.as_deref(),
    };
    line(to, &unpriced)
}

/// A line that a rule dropped.
pub(super) fn write_dropped(dropped: &Dropped<'_>, to: &mut impl Write) -> io::Result<()> {
    let rule = Some(dropped.rule);
    line(to, &Unpriced { line: dropped.line, held: None, rule, reason: dropped.reason, customer: None })
}

fn line(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    to.write_all(b"\n")
}
