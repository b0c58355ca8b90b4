//! `ratebook explain`: each step from the vendor's row to the amount.

use std::str::FromStr;

use ratebook_line::Month;
use ratebook_rating::explain::{BillExplanation, LineExplanation};
use ratebook_rating::{Fate, Rated};
use serde_json::json;

use super::Context;
use super::stage;
use crate::config::nearest;
use crate::failure::{Failure, Failures, escaped};
use crate::run::{self, LineFacts};

/// Explain bills: from the vendor's row through the rules to the amount
#[derive(clap::Args)]
pub(super) struct Explain {
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// Only this customer's bill (may be given several times)
    #[arg(long, short, value_name = "ID")]
    customer: Vec<String>,
    /// Only what became of this line of usage, counted from 0 over all sources (may be given several times)
    #[arg(long, short, value_name = "NUMBER", conflicts_with = "customer")]
    line: Vec<u64>,
}

impl Explain {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let (rulebook, _) = run::load_rules(&workspace)?;
        let stages = stage::stages(context, &workspace, &stage::Selection::of_month(self.month))?;
        let rated = stages.rated(&rulebook)?;
        if !self.line.is_empty() {
            return self.lines(context, &stages, &rated);
        }
        let customers = match self.customer.is_empty() {
            true => rated.bills().map(|bill| bill.customer().to_owned()).collect(),
            false => self.customer.clone(),
        };
        let mut bills = Vec::new();
        for customer in &customers {
            bills.push(rated.explain(customer).ok_or_else(|| no_bill(customer, &rated))?);
        }
        let sources = bills.iter().flat_map(|bill| &bill.lines).flat_map(sources).collect::<Vec<_>>();
        let origins = stages.origins(sources.into_iter());
        context.print_either(
            || {
                let texts = bills.iter().map(|bill| {
                    let lines = bill.lines.iter().map(|line| one(bill, line, &origins));
                    let total = bill.total.to_fixed(bill.places).unwrap_or_else(|| bill.total.to_string());
                    lines.collect::<String>()
                        + &format!("{}  total {total} {}\n", escaped(&bill.customer), bill.currency)
                });
                texts.collect::<Vec<_>>().join("\n")
            },
            || pretty(&json!({ "month": self.month, "bills": bills })),
        )
    }

    fn lines(&self, context: &Context, stages: &run::Stages<'_>, rated: &Rated<'_>) -> Result<(), Failures> {
        let fates = rated.fates();
        let bills: Vec<_> = rated.bills().collect();
        let (held, dropped) = (rated.held(), rated.dropped());
        let origins = stages.origins(self.line.iter().copied());
        let mut text = String::new();
        let mut list = Vec::new();
        for number in &self.line {
            let from = fates.partition_point(|(line, _)| line < number);
            let mut found = fates[from..].iter().take_while(|(line, _)| line == number).peekable();
            if found.peek().is_none() {
                let count = rated.counts().lines;
                return Err(Failure::usage(format!(
                    "there is no line {number}: they are 0 to {}",
                    count.saturating_sub(1)
                ))
                .into());
            }
            for (_, fate) in found {
                match fate {
                    Fate::Priced { bill, line } => {
                        let Some(bill) = bills.get(*bill).and_then(|bill| rated.explain(bill.customer()))
                        else {
                            continue;
                        };
                        let Some(line) = bill.lines.get(*line) else { continue };
                        text += &one(&bill, line, &origins);
                        list.push(json!({ "line": number, "customer": bill.customer, "explanation": line }));
                    }
                    Fate::Held(index) => {
                        let held = &held[*index];
                        let rule = held.rule.map(|rule| format!(" (rule {rule})")).unwrap_or_default();
                        text +=
                            &format!("held: {}{}: {}\n", held.code, escaped(&rule), escaped(&held.reason));
                        text += &row(*number, &origins);
                        list.push(json!({ "line": number, "held": held.code, "rule": held.rule, "reason": held.reason }));
                    }
                    Fate::Dropped(index) => {
                        let dropped = &dropped[*index];
                        text += &format!(
                            "dropped by rule {}: {}\n",
                            escaped(dropped.rule),
                            escaped(dropped.reason)
                        );
                        text += &row(*number, &origins);
                        list.push(
                            json!({ "line": number, "dropped": dropped.rule, "reason": dropped.reason }),
                        );
                    }
                }
            }
        }
        context.print_either(|| text, || pretty(&json!({ "month": self.month, "lines": list })))
    }
}

fn sources(line: &LineExplanation) -> impl Iterator<Item = u64> + '_ {
    line.sources.iter().map(|source| source.line)
}

/// A line of a bill, its steps, and the vendor's rows behind it.
fn one(bill: &BillExplanation, line: &LineExplanation, origins: &LineFacts) -> String {
    let mut text: String = line.text(bill).lines().map(|line| escaped(line) + "\n").collect();
    for source in sources(line) {
        text += &row(source, origins);
    }
    text + "\n"
}

fn row(line: u64, origins: &LineFacts) -> String {
    match origins.of(line) {
        origin if origin.is_empty() => String::new(),
        origin => format!("  from     line {line}: {}\n", escaped(&origin)),
    }
}

fn no_bill(customer: &str, rated: &Rated<'_>) -> Failure {
    let failure = Failure::usage(format!("{customer:?} has no bill of this month"));
    let known: Vec<&str> = rated.bills().map(|bill| bill.customer()).collect();
    match nearest(customer, known.into_iter()) {
        Some(near) => failure.fix(format!("Did you mean {near}?")),
        None => failure.fix("`ratebook rate` lists the bills."),
    }
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
