//! `ratebook status`: all months, how far each is, and what blocks the next step.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal};
use serde_json::{Value, json};

use super::context::Context;
use super::stage;
use crate::archive::{self, Archive, HeldAtClosing, MonthState, State};
use crate::failure::{Exit, Failure, Failures, escaped};
use crate::output::money::{counted, fixed};
use crate::output::table;
use crate::run::{self, DecidedBy, RuleTexts};

/// Show all months: how far each is, its bills, and what the next step needs
#[derive(clap::Args)]
pub(super) struct Status {}

impl Status {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let months = archive::months(&workspace.root)?;
        // Rules that do not load are `check`'s to tell; here they are one reason why nothing can be closed.
        let rules = run::load_rules(&workspace).map(|(_, texts)| texts).ok();
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut next: Vec<String> = (0..months.len())
            .map(|at| {
                let open_before = months[..at].iter().any(|month| !matches!(month.state, State::Closed(_)));
                next_step(&months[at], open_before, rules.as_ref(), today)
            })
            .collect();
        for (at, next) in next.iter_mut().enumerate() {
            match waiting(&months, at) {
                Ok(None) => {}
                Ok(Some(waiting)) => *next = waiting,
                Err(failure) => *next = first_line(&failure),
            }
        }
        let mut sums = Vec::new();
        for (month, next) in months.iter().zip(&mut next) {
            sums.push(adjusted(month).unwrap_or_else(|failure| {
                // One month's damage hides no other month.
                *next = first_line(&failure);
                Adjusted::new()
            }));
        }
        context.print_either(|| text(&months, &next, &sums), || json_of(&months, &next, &sums))
    }
}

fn first_line(failure: &Failure) -> String {
    failure.to_string().lines().next().unwrap_or_default().to_owned()
}

/// What waits in a closed month, unless nothing does any more: who accepted it, and what later months left of it.
fn waiting(months: &[MonthState], at: usize) -> Result<Option<String>, Failure> {
    let State::Closed(archive) = &months[at].state else { return Ok(None) };
    let (month, held) = (archive.folder.month, archive.manifest.counts.held);
    let mut left = None;
    for later in months[at + 1..].iter().filter(|later| later.folder.adjustments_of(month).is_file()) {
        let decided = DecidedBy::read(&later.folder.restated(month))?;
        left = decided.map(|decided| (decided.held, later.folder.month)).or(left);
    }
    if left.map_or(held, |(held, _)| held) == 0 {
        return Ok(None);
    }
    let accepted = archive.closed.as_ref().and_then(|closed| closed.held.as_ref());
    let mut text = accepted.map_or_else(|| format!("{} held", counted(held, "line")), HeldAtClosing::text);
    if let Some((held, since)) = left {
        text += &format!("; {held} of them keep waiting since {since}");
    }
    Ok(Some(text))
}

/// What a month's bills put right of closed months, currency by currency.
type Adjusted = BTreeMap<Currency, String>;

fn adjusted(month: &MonthState) -> Result<Adjusted, Failure> {
    let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
    if month.state.finished().is_some() {
        for adjustment in run::adjustments(&month.folder)? {
            let sum = sums.entry(adjustment.currency).or_insert(Decimal::ZERO);
            *sum = sum.checked_add(adjustment.amount).map_err(|error| {
                let of = format!("the adjustments of {}: {error}", month.folder.month);
                Failure::new(Exit::Review, "E-NUMBER", of)
            })?;
        }
    }
    Ok(sums.into_iter().map(|(currency, sum)| (currency, fixed(sum, currency.places()))).collect())
}

/// What to do next, or what blocks it.
fn next_step(
    month: &MonthState,
    open_before: bool,
    rules: Option<&RuleTexts>,
    today: jiff::civil::Date,
) -> String {
    let name = month.folder.month;
    let manifest = match &month.state {
        State::Closed(_) => return String::new(),
        State::Fetched => return format!("not rated: ratebook run --month {name}"),
        State::Damaged(failure) => return failure.message.clone(),
        State::Draft(archive) => &archive.manifest,
    };
    if name.last_day() >= today {
        return "the month is not over".to_owned();
    }
    if !manifest.partial.is_empty() {
        return format!("PARTIAL, without {}: ratebook run --month {name}", manifest.partial.join(", "));
    }
    let Some(rules) = rules else { return "the rules do not load: ratebook check".to_owned() };
    if !manifest.rules_changed(rules).is_empty() {
        return format!("the rules were changed since: ratebook diff --from run:{name}");
    }
    if manifest.counts.held > 0 {
        return format!(
            "{} held: a decision, or ratebook close --month {name} --accept-held --because \"...\"",
            counted(manifest.counts.held, "line")
        );
    }
    if open_before {
        return "an earlier month is not closed".to_owned();
    }
    format!("ratebook close --month {name}")
}

fn text(months: &[MonthState], next: &[String], adjusted: &[Adjusted]) -> String {
    if months.is_empty() {
        return "no month has been run: ratebook run --month YYYY-MM\n".to_owned();
    }
    let rows: Vec<Vec<String>> = months
        .iter()
        .zip(next)
        .zip(adjusted)
        .map(|((month, next), adjusted)| {
            let (lines, held, bills, total, closed) = match month.state.finished() {
                Some(Archive { manifest, closed, .. }) => {
                    let totals = manifest.bills.iter();
                    let total: Vec<String> =
                        totals.map(|(currency, totals)| format!("{} {currency}", totals.total)).collect();
                    let closed = closed.as_ref();
                    let closed = closed
                        .map(|closed| format!("{} by {}", &closed.at[..closed.at.len().min(10)], closed.by));
                    (
                        manifest.counts.lines.to_string(),
                        manifest.counts.held.to_string(),
                        manifest.bills.values().map(|totals| totals.bills).sum::<u64>().to_string(),
                        total.join(" + "),
                        closed.unwrap_or_default(),
                    )
                }
                None => Default::default(),
            };
            let adjusted: Vec<String> =
                adjusted.iter().map(|(currency, sum)| format!("{sum} {currency}")).collect();
            let month_name = month.folder.month.to_string();
            vec![
                month_name,
                month.state.word().to_owned(),
                lines,
                held,
                bills,
                total,
                adjusted.join(" + "),
                escaped(&closed),
                escaped(next),
            ]
        })
        .collect();
    table::plain(
        &["month", "state", "lines", "held", "bills", "total", "of it adjusted", "closed", "next"],
        &rows,
        &[2, 3, 4, 5, 6],
    )
}

fn json_of(months: &[MonthState], next: &[String], adjusted: &[Adjusted]) -> Value {
    let list: Vec<Value> = months
        .iter()
        .zip(next)
        .zip(adjusted)
        .map(|((month, next), adjusted)| {
            let mut entry = json!({ "month": month.folder.month, "state": month.state.word() });
            if let State::Damaged(failure) = &month.state {
                entry["problem"] = failure.to_string().into();
            }
            if let Some(Archive { manifest, closed, .. }) = month.state.finished() {
                entry["bills"] = json!(manifest.bills);
                entry["counts"] = json!(manifest.counts);
                if closed.is_some() {
                    entry["closed"] = json!(closed);
                }
            }
            if !adjusted.is_empty() {
                entry["adjusted"] = json!(adjusted);
            }
            if !next.is_empty() {
                entry["next"] = next.as_str().into();
            }
            entry
        })
        .collect();
    json!({ "months": list })
}
