//! The last stage: lines and rules to bills.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use ratebook_line::{BillableLine, CsvLineReader, JsonLineReader, LineError, Month};
use ratebook_rating::{Rated, Rating, Rulebook, RunCode, RunError};
use serde_json::json;

use super::rows::{RatedMonth, Rows};
use super::{Stages, priced};
use crate::failure::{Exit, Failure, Failures};
use crate::files::Draft;

impl Stages<'_> {
    /// Rates the lines of all sources, which must be here: at once if they are few, else part by part.
    ///
    /// # Errors
    /// Lines that are missing or damaged; run errors, with nothing written.
    pub(crate) fn rate<'r>(&self, rulebook: &'r Rulebook) -> Result<RatedMonth<'r>, Failures> {
        match self.parts()? {
            1 => self.rate_at_once(rulebook),
            parts => self.rate_in_parts(rulebook, parts),
        }
    }

    fn rate_at_once<'r>(&self, rulebook: &'r Rulebook) -> Result<RatedMonth<'r>, Failures> {
        let rated = self.rated(rulebook)?;
        self.terminal.voice("bills").progress("writing");
        let mut priced = Draft::new(&self.folder.priced())?;
        priced::write(&rated, &mut priced)
            .map_err(|error| Failure::storage(&self.folder.priced(), "write", &error))?;
        let mut bills = Draft::new(&self.folder.bills())?;
        rated
            .write_json(&mut bills)
            .map_err(|error| Failure::storage(&self.folder.bills(), "write", &error))?;
        let rows = Rows::of(&rated);
        Ok(RatedMonth { priced: self.folder.publish(priced)?, bills: self.folder.publish(bills)?, rows })
    }

    /// The same at once, with nothing written.
    ///
    /// # Errors
    /// As for [`Stages::rate`].
    pub(crate) fn rated<'r>(&self, rulebook: &'r Rulebook) -> Result<Rated<'r>, Failures> {
        let voice = self.terminal.voice("bills");
        voice.progress("rating");
        let mut rating = Rating::new(rulebook, self.month());
        for path in self.existing_lines()? {
            push_lines(&path, &mut rating)?;
        }
        rating.finish().map_err(|error| rate_failures(&error, self.month()))
    }

    /// The files of lines, all of which are there.
    pub(super) fn existing_lines(&self) -> Result<Vec<PathBuf>, Failure> {
        for (source, path) in self.sources.iter().zip(self.line_files()) {
            if !path.is_file() {
                let failure = Failure::new(Exit::Data, "E-DATA", "there are no lines of this month yet");
                return Err(failure
                    .of(&source.name, self.month())
                    .fix(format!("Make them first: ratebook normalize --month {}", self.month())));
            }
        }
        Ok(self.line_files())
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
    read.map_err(|error: LineError| line_failure(path, error))
}

/// What is wrong with a file of lines.
pub(super) fn line_failure(path: &Path, error: LineError) -> Failure {
    let place = match error.column {
        0 => format!("{}:{}", path.display(), error.line),
        column => format!("{}:{}:{column}", path.display(), error.line),
    };
    Failure::new(Exit::Data, "E-LINE", error.message).at(place).note("Nothing was rated.")
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
