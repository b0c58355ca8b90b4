//! The last stage: lines and rules to bills.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use ratebook_line::{BillableLine, CsvLineReader, JsonLineReader, LineError, Month};
use ratebook_rating::{Rated, Rating, Rulebook, RunCode, RunError};
use serde::Serialize;
use serde_json::json;

use super::Stages;
use crate::failure::{Exit, Failure, Failures};
use crate::files::{Draft, Published};

/// A month, rated, its files at their places.
pub(crate) struct RatedMonth<'r> {
    /// What came of it.
    pub rated: Rated<'r>,
    /// `bills.json`.
    pub bills: Published,
    /// `priced.jsonl`.
    pub priced: Published,
}

impl Stages<'_> {
    /// Rates the lines of all sources, which must be here.
    ///
    /// # Errors
    /// Lines that are missing or damaged; run errors, with nothing written.
    pub(crate) fn rate<'r>(&self, rulebook: &'r Rulebook) -> Result<RatedMonth<'r>, Failures> {
        let rated = self.rated(rulebook)?;
        let voice = self.terminal.voice("bills");
        voice.progress("writing");
        let mut priced = Draft::new(&self.folder.priced())?;
        write_priced(&rated, &mut priced)
            .map_err(|error| Failure::storage(&self.folder.priced(), "write", &error))?;
        let mut bills = Draft::new(&self.folder.bills())?;
        rated
            .write_json(&mut bills)
            .map_err(|error| Failure::storage(&self.folder.bills(), "write", &error))?;
        Ok(RatedMonth { priced: self.folder.publish(priced)?, bills: self.folder.publish(bills)?, rated })
    }

    /// The same, with nothing written.
    ///
    /// # Errors
    /// As for [`Stages::rate`].
    pub(crate) fn rated<'r>(&self, rulebook: &'r Rulebook) -> Result<Rated<'r>, Failures> {
        let voice = self.terminal.voice("bills");
        voice.progress("rating");
        let mut rating = Rating::new(rulebook, self.month());
        for source in &self.sources {
            let path = self.folder.lines(&source.name);
            if !path.is_file() {
                let failure = Failure::new(Exit::Data, "E-DATA", "there are no lines of this month yet");
                return Err(failure
                    .of(&source.name, self.month())
                    .fix(format!("Make them first: ratebook normalize --month {}", self.month()))
                    .into());
            }
            push_lines(&path, &mut rating)?;
        }
        rating.finish().map_err(|error| rate_failures(&error, self.month()))
    }
}

/// Hands the lines of a file to a rating: JSON Lines, a JSON array, or (by its name) CSV; `-` is standard input.
///
/// # Errors
/// The first thing that is wrong with the file, with its place.
pub(crate) fn push_lines(path: &Path, rating: &mut Rating<'_>) -> Result<(), Failure> {
    let push = |line: BillableLine<'_>| {
        rating.push(&line);
        Ok::<_, LineError>(())
    };
    let read = if path == Path::new("-") {
        JsonLineReader::new(io::stdin().lock()).for_each(push)
    } else {
        let file = File::open(path).map_err(|error| Failure::storage(path, "read", &error))?;
        let input: Box<dyn BufRead> = Box::new(BufReader::with_capacity(1 << 20, file));
        match path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            true => CsvLineReader::new(input as Box<dyn Read>).for_each(push),
            false => JsonLineReader::new(input).for_each(push),
        }
    };
    read.map_err(|error: LineError| {
        let place = match error.column {
            0 => format!("{}:{}", path.display(), error.line),
            column => format!("{}:{}:{column}", path.display(), error.line),
        };
        Failure::new(Exit::Data, "E-LINE", error.message).at(place).note("Nothing was rated.")
    })
}

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

/// Writes what became of every line, bill by bill, then the held and the dropped.
fn write_priced(rated: &Rated<'_>, to: &mut impl Write) -> io::Result<()> {
    fn line(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *to, value)?;
        to.write_all(b"\n")
    }
    for bill in rated.bills() {
        for (index, bill_line) in bill.lines().enumerate() {
            for source in bill_line.sources {
                let rules = &bill_line.rules;
                line(to, &Priced { line: *source, bill: bill.customer(), bill_line: index, rules })?;
            }
        }
    }
    for held in rated.held() {
        let (held, code) = (&held, Some(held.code));
        line(
            to,
            &Unpriced {
                line: held.line,
                held: code,
                rule: held.rule,
                reason: &held.reason,
                customer: held.customer,
            },
        )?;
    }
    for dropped in rated.dropped() {
        let rule = Some(dropped.rule);
        line(to, &Unpriced { line: dropped.line, held: None, rule, reason: dropped.reason, customer: None })?;
    }
    Ok(())
}

/// A run error as it is shown: all problems, those of one kind together.
pub(crate) fn rate_failures(error: &RunError, month: Month) -> Failures {
    let mut failure = Failure::new(Exit::Review, error.code.word(), String::new());
    failure.month = Some(month);
    let mut kinds: BTreeMap<(&str, Option<&str>, &str), Vec<u64>> = BTreeMap::new();
    for problem in &error.problems {
        let kind = (problem.code, problem.rule.as_deref(), problem.message.as_str());
        kinds.entry(kind).or_default().extend(problem.line);
    }
    for ((code, _, message), lines) in &kinds {
        let examples: Vec<String> = lines.iter().take(3).map(u64::to_string).collect();
        let place = match lines.len() {
            0 => String::new(),
            count if count > 3 => format!(" (lines {} and {} more)", examples.join(", "), count - 3),
            1 => format!(" (line {})", examples.join(", ")),
            _ => format!(" (lines {})", examples.join(", ")),
        };
        failure.notes.push(format!("{code}: {message}{place}"));
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
        .filter_map(|problem| problem.rule.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    failure.into()
}
