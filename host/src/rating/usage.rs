//! The lines of a month, as they stand in files: tables of ours, or text.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use ratebook_line::{
    BillableLine, Block, BlockBuilder, CsvLineReader, JsonLineReader, LineError, Month, NumberField,
    TextField,
};
use ratebook_rating::Adjustment;

use crate::failure::{Exit, Failure};
use crate::inputs;
use crate::store::LinesReader;

/// How many lines are rated at once. A month with fewer is not split.
pub(crate) const PART_LINES: u64 = 2 << 20;

/// The most parts; beyond it parts grow.
pub(crate) const MOST_PARTS: u32 = 128;

/// What a line takes as text, to judge by its size how many lines a file has.
const BYTES_PER_LINE: u64 = 400;

/// The columns that rating looks at.
const RATED: [TextField; 13] = [
    TextField::UsageMonth,
    TextField::Source,
    TextField::Vendor,
    TextField::Tenant,
    TextField::Partner,
    TextField::Customer,
    TextField::SkuId,
    TextField::Edition,
    TextField::Meter,
    TextField::Tags,
    TextField::BillingUnit,
    TextField::Currency,
    TextField::PaymentOption,
];

/// The lines of a month, and in which files they stand, in the order in which they are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// The billed month.
    pub month: Month,
    /// By their names tables (`.parquet`) or CSV, else JSON Lines or a JSON array; `-` is standard input, which can be
    /// read once only.
    pub files: Vec<PathBuf>,
    /// What closed months' bills would be by now, less what they were.
    pub adjustments: Vec<Adjustment>,
}

impl Usage {
    /// The lines of some files.
    pub(crate) fn new(month: Month, files: Vec<PathBuf>) -> Usage {
        Usage { month, files, adjustments: Vec::new() }
    }

    /// Which number people know the first line by. In a file of text it is where the line stands; the lines of a month are
    /// counted from 0 over all its tables, as `explain` takes them.
    pub(crate) fn counts_from(&self) -> u64 {
        match self.files.as_slice() {
            [file] if matches!(form(file), Form::Csv) => 2,
            files if files.iter().any(|file| matches!(form(file), Form::Table)) => 0,
            _ => 1,
        }
    }

    /// In how many parts of so many lines the month is rated. One, if that cannot be told before the lines are read.
    ///
    /// # Errors
    /// If a file is not there, or no table although it is called one.
    pub(crate) fn parts(&self, part_lines: u64) -> Result<u32, Failure> {
        if self.files.iter().any(|path| matches!(form(path), Form::Csv | Form::Other)) {
            return Ok(1);
        }
        let lines = self.lines()?;
        let parts = lines.div_ceil(part_lines.max(1)).clamp(1, u64::from(MOST_PARTS));
        Ok(u32::try_from(parts).unwrap_or(1))
    }

    /// How many lines there are; of text about as many as its size says.
    ///
    /// # Errors
    /// If a file is not there, or no table although it is called one.
    pub(super) fn lines(&self) -> Result<u64, Failure> {
        let lines = self.files.iter().map(|path| match form(path) {
            Form::Table => Ok(LinesReader::open(path)?.rows()),
            _ => match fs::metadata(path) {
                Ok(metadata) => Ok(metadata.len().div_ceil(BYTES_PER_LINE)),
                Err(error) => Err(Failure::storage(path, "read", &error)),
            },
        });
        lines.sum()
    }

    /// True if all of it can be read again and again, block by block.
    pub(super) fn is_tables(&self) -> bool {
        self.files.iter().all(|path| form(path) == Form::Table)
    }

    /// Hands over all lines in blocks, each with the number of its first line; of columns those that rating looks at.
    ///
    /// # Errors
    /// The first thing that is wrong with a file, with its place; an error of `take` as it is.
    pub(super) fn each_block(
        &self,
        mut take: impl FnMut(u64, &Block) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut first = 0;
        for path in &self.files {
            if form(path) == Form::Table {
                let table = LinesReader::open(path)?;
                for at in 0..table.blocks() {
                    let block = table.block_of(at, &RATED, &NumberField::ALL)?;
                    take(first, &block)?;
                    first += block.rows() as u64;
                }
                continue;
            }
            let mut builder = BlockBuilder::default();
            let mut flush = |builder: &mut BlockBuilder| {
                let block = builder.take();
                take(first, &block)?;
                first += block.rows() as u64;
                Ok::<(), Failure>(())
            };
            each_text_line(path, |line| {
                builder.push(line);
                if builder.is_full() { flush(&mut builder) } else { Ok(()) }
            })?;
            flush(&mut builder)?;
        }
        Ok(())
    }
}

/// Hands over some lines of files whose lines are counted through, by number.
///
/// # Errors
/// As for [`Usage::each_block`].
pub(crate) fn some_lines(
    files: &[PathBuf],
    wanted: &BTreeSet<u64>,
    mut take: impl FnMut(u64, &BillableLine<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Some(last) = wanted.last() else { return Ok(()) };
    let mut first = 0;
    for path in files {
        if first > *last {
            break;
        }
        if form(path) != Form::Table {
            each_text_line(path, |line| {
                let number = first;
                first += 1;
                if wanted.contains(&number) { take(number, line) } else { Ok(()) }
            })?;
            continue;
        }
        let table = LinesReader::open(path)?;
        for at in 0..table.blocks() {
            let end = first + table.rows_of(at) as u64;
            let mut here = wanted.range(first..end).peekable();
            if here.peek().is_some() {
                let block = table.block(at)?;
                for number in here {
                    let row = usize::try_from(number - first).unwrap_or(usize::MAX);
                    take(*number, &block.line(row).map_err(|error| table.damaged(&error))?)?;
                }
            }
            first = end;
        }
    }
    Ok(())
}

/// Hands over every line of a file, whatever its form.
///
/// # Errors
/// As for [`Usage::each_block`].
pub(crate) fn each_line(
    path: &Path,
    mut take: impl FnMut(&BillableLine<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if form(path) != Form::Table {
        return each_text_line(path, take);
    }
    let table = LinesReader::open(path)?;
    for at in 0..table.blocks() {
        let block = table.block(at)?;
        for row in 0..block.rows() {
            take(&block.line(row).map_err(|error| table.damaged(&error))?)?;
        }
    }
    Ok(())
}

fn each_text_line(
    path: &Path,
    mut take: impl FnMut(&BillableLine<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let next = |line: BillableLine<'_>| Ok(take(&line)?);
    let read = match Input::open(path)? {
        Input::Csv(input) => CsvLineReader::new(input).for_each(next),
        Input::Json(input) => JsonLineReader::new(input).for_each(next),
    };
    read.map_err(|stopped: Stopped| stopped.failure(path))
}

/// What a file is by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    JsonLines,
    Csv,
    Other,
}

fn form(path: &Path) -> Form {
    let is = |ending: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending));
    match path {
        _ if is("parquet") => Form::Table,
        _ if is("jsonl") => Form::JsonLines,
        _ if is("csv") => Form::Csv,
        _ => Form::Other,
    }
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
        Ok(if form(path) == Form::Csv { Input::Csv(Box::new(input)) } else { Input::Json(Box::new(input)) })
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
