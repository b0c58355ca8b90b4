//! `ratebook explain`: each step from the vendor's row to the amount.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use ratebook_line::Month;
use ratebook_rating::explain::{BillExplanation, LineExplanation};
use ratebook_rating::{Fate, Rated, Rulebook};
use serde_json::{Value, json};

use super::Context;
use super::stage;
use crate::config::{Workspace, nearest};
use crate::failure::{Failure, Failures, escaped};
use crate::rating::{self, How, PART_LINES, Sorted, Usage};
use crate::run::{self, LineFacts, Manifest, MonthFolder};

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
    /// Only the lines of bills that this rule acts on, or would if another did not stand before it (may be given several
    /// times)
    #[arg(long, value_name = "ID", conflicts_with = "line")]
    rule: Vec<String>,
    /// How many lines are rated at once
    #[arg(long, hide = true, value_name = "N", default_value_t = PART_LINES)]
    part_lines: u64,
}

/// What is asked for, of the bills that were made alone.
enum Narrow {
    Bills(Vec<BillExplanation>),
    /// More than the largest number of a line, and what became of the lines.
    Lines(u64, Vec<(u64, Found)>),
}

/// What became of a line of usage.
enum Found {
    /// The bill with the one line that it is in.
    Priced(BillExplanation),
    Held {
        code: &'static str,
        rule: Option<String>,
        reason: String,
    },
    Dropped {
        rule: String,
        reason: String,
    },
}

impl Explain {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let rulebook = self.rules(context, &workspace)?;
        self.rule.iter().try_for_each(|rule| is_there(rule, &rulebook.rule_ids()))?;
        let stages = stage::stages(context, &workspace, &stage::Selection::of_month(self.month))?;
        let (usage, folder, voice) = (stages.usage()?, stage::temporary()?, context.terminal.voice("bills"));
        let how = How {
            parts: usage.parts(self.part_lines)?,
            spill: &folder.path().join("parts"),
            cancel: &context.stop.flag(),
            voice: &voice,
        };
        if let Some(parts) = self.narrow(&usage, &rulebook, how)? {
            drop(voice);
            return match parts {
                Narrow::Bills(bills) => self.print_bills(context, &stages, vec![(Vec::new(), bills)]),
                Narrow::Lines(count, lines) => self.print_lines(context, &stages, vec![(count, lines)]),
            };
        }
        if self.line.is_empty() {
            let parts = rating::rate_each(&usage, &rulebook, how, |_, rated| Ok(self.bills_of(rated)))?;
            drop(voice);
            return self.print_bills(context, &stages, parts);
        }
        let parts = rating::rate_each(&usage, &rulebook, how, |_, rated| Ok(self.lines_of(rated)))?;
        drop(voice);
        self.print_lines(context, &stages, parts)
    }

    /// What is asked for, if the bills that it is on can be made without all others. Not where a pool is wider than a bill;
    /// and what stands in the way of a bill, or a customer who has none, is told of the whole month.
    fn narrow(&self, usage: &Usage, rulebook: &Rulebook, how: How<'_>) -> Result<Option<Narrow>, Failures> {
        let asked = !self.customer.is_empty() || !self.line.is_empty();
        if !asked || rulebook.has_wide_pools() {
            return Ok(None);
        }
        let parts = rating::MOST_PARTS;
        let mut wanted: BTreeSet<u32> =
            self.customer.iter().map(|customer| rulebook.part_of_customer(customer, parts)).collect();
        let numbers: BTreeSet<u64> = self.line.iter().copied().collect();
        let mut found = 0;
        rating::some_lines(&usage.files, &numbers, |_, line| {
            found += 1;
            wanted.insert(rulebook.part_of(line, parts));
            Ok(())
        })?;
        if found < numbers.len() {
            return Ok(None);
        }
        let sorted = Sorted::new(usage, rulebook, How { parts, ..how })?;
        let (mut bills, mut lines) = (Vec::new(), Vec::new());
        for part in wanted {
            let Ok(rated) = sorted.rate(part)? else { return Ok(None) };
            bills.extend(self.customer.iter().filter_map(|customer| rated.explain(customer)));
            if !self.line.is_empty() {
                lines.extend(self.lines_of(&rated).1);
            }
        }
        let has_bill =
            |customer: &String| bills.iter().any(|bill: &BillExplanation| bill.customer == *customer);
        Ok(match (self.line.is_empty(), self.customer.iter().all(has_bill)) {
            (true, true) => Some(Narrow::Bills(bills)),
            (true, false) => None,
            // Every number was found among the lines.
            (false, _) => Some(Narrow::Lines(u64::MAX, lines)),
        })
    }

    /// The rules that the month was rated with: what was billed is explained by them, whatever they are by now. Those
    /// of the workspace before there is a result.
    fn rules(&self, context: &Context, workspace: &Workspace) -> Result<Rulebook, Failures> {
        let folder = MonthFolder::new(&workspace.root, self.month);
        let Some((manifest, _)) = Manifest::read(&folder)? else {
            return Ok(run::load_rules(workspace)?.0);
        };
        let (rulebook, _) = run::load_kept_rules(&folder)?;
        // Rules that do not load by now are `check`'s to tell.
        if run::load_rules(workspace).is_ok_and(|(_, now)| !manifest.rules_changed(&now).is_empty()) {
            context
                .terminal
                .note("explained by the rules of the run; those of the workspace were changed since");
        }
        Ok(rulebook)
    }

    /// The customers who have bills in a part, and the bills that are asked for.
    fn bills_of(&self, rated: &Rated<'_>) -> (Vec<String>, Vec<BillExplanation>) {
        let customers: Vec<String> = rated.bills().map(|bill| bill.customer().to_owned()).collect();
        let wanted = if self.customer.is_empty() { &customers } else { &self.customer };
        let bills = wanted.iter().filter_map(|customer| rated.explain(customer)).collect();
        (customers, bills)
    }

    fn print_bills(
        &self,
        context: &Context,
        stages: &run::Stages<'_>,
        parts: Vec<(Vec<String>, Vec<BillExplanation>)>,
    ) -> Result<(), Failures> {
        let (customers, bills): (Vec<Vec<String>>, Vec<_>) = parts.into_iter().unzip();
        let customers = customers.concat();
        let all: BTreeMap<String, BillExplanation> =
            bills.into_iter().flatten().map(|bill| (bill.customer.clone(), bill)).collect();
        let bill = |customer: &String| all.get(customer).ok_or_else(|| no_bill(customer, &customers));
        let bills: Vec<&BillExplanation> = match self.customer.is_empty() {
            true => all.values().collect(),
            false => self.customer.iter().map(bill).collect::<Result<_, _>>()?,
        };
        let bills: Vec<BillExplanation> = bills.into_iter().filter_map(|bill| self.of_rules(bill)).collect();
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
            || json!({ "month": self.month, "bills": bills }),
        )
    }

    /// What of a bill the rules are about that are asked for; nothing if they are about nothing of it.
    fn of_rules(&self, bill: &BillExplanation) -> Option<BillExplanation> {
        let mut bill = bill.clone();
        if self.rule.is_empty() {
            return Some(bill);
        }
        let is_asked = |rule: &String| self.rule.contains(rule);
        bill.lines.retain(|line| {
            let acted = line.steps.iter().filter_map(|step| step.rule.as_ref());
            let lost = line.sources.iter().flat_map(|source| &source.lost).map(|lost| &lost.rule);
            acted.chain(lost).any(is_asked)
        });
        (!bill.lines.is_empty()).then_some(bill)
    }

    /// How many lines a part has, and what became of those that are asked for.
    fn lines_of(&self, rated: &Rated<'_>) -> (u64, Vec<(u64, Found)>) {
        let fates = rated.fates();
        let bills: Vec<_> = rated.bills().collect();
        let (held, dropped) = (rated.held(), rated.dropped());
        let found = |fate: &Fate| match fate {
            Fate::Priced { bill, line } => {
                let mut bill = rated.explain(bills.get(*bill)?.customer())?;
                if *line >= bill.lines.len() {
                    return None;
                }
                bill.lines = vec![bill.lines.swap_remove(*line)];
                Some(Found::Priced(bill))
            }
            Fate::Held(index) => {
                let held = &held[*index];
                let rule = held.rule.map(str::to_owned);
                Some(Found::Held { code: held.code, rule, reason: held.reason.to_string() })
            }
            Fate::Dropped(index) => {
                let dropped = &dropped[*index];
                Some(Found::Dropped { rule: dropped.rule.to_owned(), reason: dropped.reason.to_owned() })
            }
        };
        let wanted: BTreeSet<u64> = self.line.iter().copied().collect();
        let of_line = |number: u64| {
            let from = fates.partition_point(|(line, _)| *line < number);
            let fates = fates[from..].iter().take_while(move |(line, _)| *line == number);
            fates.filter_map(|(line, fate)| Some((*line, found(fate)?)))
        };
        (rated.counts().lines, wanted.into_iter().flat_map(of_line).collect())
    }

    fn print_lines(
        &self,
        context: &Context,
        stages: &run::Stages<'_>,
        parts: Vec<(u64, Vec<(u64, Found)>)>,
    ) -> Result<(), Failures> {
        let mut count = 0;
        let mut all: BTreeMap<u64, Vec<Found>> = BTreeMap::new();
        for (lines, found) in parts {
            count += lines;
            found.into_iter().for_each(|(number, found)| all.entry(number).or_default().push(found));
        }
        let origins = stages.origins(self.line.iter().copied());
        let mut text = String::new();
        let mut list = Vec::new();
        for number in &self.line {
            let last = count.saturating_sub(1);
            let none = || Failure::usage(format!("there is no line {number}: they are 0 to {last}"));
            for found in all.get(number).ok_or_else(none)? {
                text += &found.text(*number, &origins);
                list.extend(found.json(*number));
            }
        }
        context.print_either(|| text, || json!({ "month": self.month, "lines": list }))
    }
}

impl Found {
    fn text(&self, number: u64, origins: &LineFacts) -> String {
        match self {
            Found::Priced(bill) => bill.lines.iter().map(|line| one(bill, line, origins)).collect(),
            Found::Held { code, rule, reason } => {
                let rule = rule.as_ref().map(|rule| format!(" (rule {rule})")).unwrap_or_default();
                let text = format!("held: {code}{}: {}\n", escaped(&rule), escaped(reason));
                text + &row(number, origins)
            }
            Found::Dropped { rule, reason } => {
                let text = format!("dropped by rule {}: {}\n", escaped(rule), escaped(reason));
                text + &row(number, origins)
            }
        }
    }

    fn json(&self, number: u64) -> Vec<Value> {
        match self {
            Found::Priced(bill) => bill
                .lines
                .iter()
                .map(|line| json!({ "line": number, "customer": bill.customer, "explanation": line }))
                .collect(),
            Found::Held { code, rule, reason } => {
                vec![json!({ "line": number, "held": code, "rule": rule, "reason": reason })]
            }
            Found::Dropped { rule, reason } => {
                vec![json!({ "line": number, "dropped": rule, "reason": reason })]
            }
        }
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

fn is_there(rule: &str, known: &[&str]) -> Result<(), Failure> {
    if known.contains(&rule) {
        return Ok(());
    }
    let failure = Failure::usage(format!("there is no rule {rule:?}"));
    Err(match nearest(rule, known.iter().copied()) {
        Some(near) => failure.fix(format!("Did you mean {near}?")),
        None => failure.fix("`ratebook check` says which rules files there are."),
    })
}

fn no_bill(customer: &str, known: &[String]) -> Failure {
    let failure = Failure::usage(format!("{customer:?} has no bill of this month"));
    match nearest(customer, known.iter().map(String::as_str)) {
        Some(near) => failure.fix(format!("Did you mean {near}?")),
        None => failure.fix("`ratebook rate` lists the bills."),
    }
}
