//! The lines of a month, as they stand in files.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use ratebook_line::{BillableLine, CsvLineReader, JsonLineReader, LineError, Month};
use ratebook_rating::Adjustment;

use crate::failure::{Exit, Failure};
use crate::inputs;

/// How many bytes of lines are rated at once: some 150,000 lines, which take about as much memory while they are
/// rated. A month with fewer is not split.
pub(crate) const PART_BYTES: u64 = 64 << 20;

/// The most parts: for each, a file is open at the same time. Beyond it parts grow.
const MOST_PARTS: u64 = 128;

/// The lines of a month, and in which files they stand, in the order in which they are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// The billed month.
    pub month: Month,
    /// JSON Lines, a JSON array, or (by its name) CSV; `-` is standard input, which can be read once only.
    pub files: Vec<PathBuf>,
    /// What closed months' bills would be by now, less what they were.
    pub adjustments: Vec<Adjustment>,
}

impl Usage {
    /// The lines of some files.
    pub(crate) fn new(month: Month, files: Vec<PathBuf>) -> Usage {
        Usage { month, files, adjustments: Vec::new() }
    }

    /// In how many parts of so many bytes the month is rated. One, unless all files are `.jsonl`: how much there is
    /// of the others is not known before they are read, or they are written by hand and small.
    ///
    /// # Errors
    /// If a file is not there.
    pub(crate) fn parts(&self, part_bytes: u64) -> Result<u32, Failure> {
        if !self.files.iter().all(|path| has_ending(path, "jsonl")) {
            return Ok(1);
        }
        let mut bytes = 0;
        for path in &self.files {
            bytes += fs::metadata(path).map_err(|error| Failure::storage(path, "read", &error))?.len();
        }
        let parts = bytes.div_ceil(part_bytes.max(1)).clamp(1, MOST_PARTS);
        Ok(u32::try_from(parts).unwrap_or(1))
    }

    /// Hands over every line with its number.
    ///
    /// # Errors
    /// The first thing that is wrong with a file, with its place; an error of `take` as it is.
    pub(super) fn each_line(
        &self,
        mut take: impl FnMut(u64, &BillableLine<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut number = 0..;
        for path in &self.files {
            let mut next = |line: BillableLine<'_>| Ok(take(number.next().unwrap_or(u64::MAX), &line)?);
            let read = match Input::open(path)? {
                Input::Csv(input) => CsvLineReader::new(input).for_each(&mut next),
                Input::Json(input) => JsonLineReader::new(input).for_each(&mut next),
            };
            read.map_err(|stopped: Stopped| stopped.failure(path))?;
        }
        Ok(())
    }

    /// The same with the line as JSON, without a newline in it.
    ///
    /// # Errors
    /// As for [`Usage::each_line`].
    pub(super) fn each_text(
        &self,
        mut take: impl FnMut(u64, &[u8], &BillableLine<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut number = 0..;
        for path in &self.files {
            let mut next = |text: &[u8], line: &BillableLine<'_>| {
                Ok(take(number.next().unwrap_or(u64::MAX), text, line)?)
            };
            let read = match Input::open(path)? {
                Input::Csv(input) => CsvLineReader::new(input).for_each(|line| {
                    let text = serde_json::to_vec(&line).map_err(|error| LineError {
                        line: 0,
                        column: 0,
                        message: error.to_string(),
                    })?;
                    next(&text, &line)
                }),
                Input::Json(input) => JsonLineReader::new(input).for_each_text(next),
            };
            read.map_err(|stopped: Stopped| stopped.failure(path))?;
        }
        Ok(())
    }
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
}

/// A file of lines, open.
enum Input {
    Csv(Box<dyn Read>),
    Json(Box<dyn BufRead>),
}

impl Input {
    fn open(path: &Path) -> Result<Input, Failure> {
        if path == Path::new("-") {
            return Ok(Input::Json(Box::new(io::stdin().lock())));
        }
        let file = inputs::open(path).map_err(|error| match inputs::is_unfit(&error) {
            true => inputs::unreadable(path, &error).fix("Standard input can be a pipe: --lines -"),
            false => Failure::storage(path, "read", &error),
        })?;
        let input = BufReader::with_capacity(1 << 20, file);
        Ok(if has_ending(path, "csv") { Input::Csv(Box::new(input)) } else { Input::Json(Box::new(input)) })
    }
}

/// Why lines are not read any further.
enum Stopped {
    Line(LineError),
    Failure(Box<Failure>),
}

impl Stopped {
    fn failure(self, path: &Path) -> Failure {
        let error = match self {
            Stopped::Failure(failure) => return *failure,
            Stopped::Line(error) => error,
        };
        let place = match error.column {
            0 => format!("{}:{}", path.display(), error.line),
            column => format!("{}:{}:{column}", path.display(), error.line),
        };
        Failure::new(Exit::Data, "E-LINE", error.message).at(place).note("Nothing was rated.")
    }
}

impl From<LineError> for Stopped {
    fn from(error: LineError) -> Stopped {
        Stopped::Line(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Stopped {
        Stopped::Failure(Box::new(failure))
    }
}
