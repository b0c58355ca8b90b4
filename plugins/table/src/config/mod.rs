//! `[source.<name>.config]` of a table: a map of one's own, or a shipped one with keys laid over it.

pub(crate) mod columns;
pub(crate) mod keys;
mod maps;
mod month;
mod numbers;
mod request;
pub(crate) mod totals;

use encoding_rs::Encoding;
use ratebook_plugin::written::{Beside, DateFormat, Negative, NumberFormat};
use ratebook_plugin::{Config, Duplicates, Problem};
use serde_json::Value;

use crate::skip::Filter;

pub(crate) use columns::{Column, Constant, Fields, Parts};
use keys::{Keys, Wrong, one_or_many};
pub(crate) use month::{MonthCheck, OtherMonths};
pub(crate) use request::{Auth, PageBy, Paging, RequestSettings, TokenFrom, fill_in};

/// A kind of file or answer that a table can come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TableFormat {
    Csv,
    Tsv,
    Json,
    JsonLines,
    Xlsx,
}

impl TableFormat {
    pub(crate) const ALL: [TableFormat; 5] =
        [TableFormat::Csv, TableFormat::Tsv, TableFormat::Json, TableFormat::JsonLines, TableFormat::Xlsx];

    /// The word in a configuration.
    pub(crate) fn word(self) -> &'static str {
        match self {
            TableFormat::Csv => "csv",
            TableFormat::Tsv => "tsv",
            TableFormat::Json => "json",
            TableFormat::JsonLines => "jsonl",
            TableFormat::Xlsx => "xlsx",
        }
    }

    /// The id of the payload format.
    pub(crate) fn id(self) -> &'static str {
        match self {
            TableFormat::Csv => "table-csv",
            TableFormat::Tsv => "table-tsv",
            TableFormat::Json => "table-json",
            TableFormat::JsonLines => "table-jsonl",
            TableFormat::Xlsx => "table-xlsx",
        }
    }

    pub(crate) fn description(self) -> &'static str {
        match self {
            TableFormat::Csv => "cells separated by commas, or by the configured delimiter",
            TableFormat::Tsv => "cells separated by tabs",
            TableFormat::Json => "a JSON document with a list of records in it",
            TableFormat::JsonLines => "a JSON record on each line",
            TableFormat::Xlsx => "a sheet of an XLSX workbook",
        }
    }

    pub(crate) fn of_id(id: &str) -> Option<TableFormat> {
        TableFormat::ALL.into_iter().find(|format| format.id() == id)
    }
}

/// Where the header of a table is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum HeaderAt {
    /// The first line that has all columns of the map.
    #[default]
    Searched,
    /// This line of the file, from 1.
    Line(u64),
    /// There is none: columns are named by their numbers, from 1.
    Nowhere,
}

/// What becomes of a line break inside a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LineBreaks {
    /// The record is refused.
    #[default]
    Refused,
    /// A text goes on behind a blank.
    Joined,
    /// Only the first line of the text is taken.
    FirstLine,
}

/// How far a workbook may inflate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inflating {
    /// The most bytes.
    pub(crate) bytes: u64,
    /// How many times its own size.
    pub(crate) ratio: u64,
}

/// The settings, checked.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The configured format; else the one a payload was kept as.
    pub(crate) format: Option<TableFormat>,
    /// What stands between cells; else what the format says.
    pub(crate) delimiter: Option<u8>,
    /// Tried in order; the first that fits is taken.
    pub(crate) encodings: Vec<&'static Encoding>,
    /// How the numbers of each column are written.
    pub(crate) numbers: Vec<NumberFormat>,
    /// How those are that stand in no column.
    pub(crate) usual_numbers: NumberFormat,
    /// What may stand beside them.
    pub(crate) beside: Beside,
    pub(crate) negative: Negative,
    /// What becomes of records that stand there once more.
    pub(crate) duplicates: Duplicates,
    pub(crate) dates: DateFormat,
    pub(crate) header: HeaderAt,
    /// How many lines are searched for the header.
    pub(crate) header_within: u64,
    /// Where in a JSON document the list of records is.
    pub(crate) rows: String,
    /// The sheet of a workbook; else its only one.
    pub(crate) sheet: Option<String>,
    /// How far a workbook may inflate.
    pub(crate) inflating: Inflating,
    /// Stands before every tenant.
    pub(crate) tenant_prefix: String,
    /// Cut from the beginning of cells.
    pub(crate) strip_prefix: String,
    pub(crate) line_breaks: LineBreaks,
    /// Every column that is used.
    pub(crate) columns: Vec<Column>,
    pub(crate) fields: Fields,
    pub(crate) month: MonthCheck,
    pub(crate) filters: Vec<Filter>,
    /// Words that the first cell of a total holds, in small letters.
    pub(crate) totals: Vec<String>,
    pub(crate) request: Option<RequestSettings>,
}

impl Settings {
    /// The settings of a source; all that is wrong with them is told at once.
    pub(crate) fn from_config(config: &Config) -> Result<Settings, Problem> {
        let mut wrong = Wrong::default();
        let written = maps::laid_over(&config.values, &mut wrong);
        let settings = Settings::read(Keys::of_root(written), config, &mut wrong);
        wrong.refuse()?;
        Ok(settings)
    }

    fn read(mut keys: Keys, config: &Config, wrong: &mut Wrong) -> Settings {
        let mut columns = columns::Columns::default();
        let optional = keys.take::<Value>("optional", wrong);
        let optional = optional.map(|names| one_or_many(names, "optional", wrong)).unwrap_or_default();
        let fields = columns::fields(&mut keys, &mut columns, wrong);
        let filters = filters(&mut keys, &mut columns, wrong);
        let dates = month::pattern(&mut keys, "dates", wrong).unwrap_or_default();
        let month = MonthCheck::read(&mut keys, &mut columns, wrong);
        let numbers = numbers::Numbers::read(&mut keys, &mut columns, wrong);
        let header = header(&mut keys, wrong);
        let columns = columns.finish(optional, header == HeaderAt::Nowhere, wrong);
        let settings = Settings {
            format: keys.take("format", wrong).and_then(|word: String| {
                let known = TableFormat::ALL.map(TableFormat::word);
                let found = TableFormat::ALL.into_iter().find(|format| format.word() == word);
                found.or_else(|| wrong.choice("format", &word, &known))
            }),
            delimiter: delimiter(&mut keys, wrong),
            encodings: encodings(&mut keys, wrong),
            numbers: numbers.of_all(columns.len()),
            usual_numbers: numbers.usual,
            beside: beside(&mut keys, wrong),
            negative: keys.take("negative", wrong).unwrap_or_default(),
            duplicates: keys.take("duplicates", wrong).unwrap_or_default(),
            dates,
            header,
            header_within: keys.take("header_within", wrong).unwrap_or(50),
            rows: rows(&mut keys, wrong),
            sheet: keys.take("sheet", wrong),
            inflating: inflating(&mut keys, wrong),
            tenant_prefix: keys.take("tenant_prefix", wrong).unwrap_or_default(),
            strip_prefix: keys.take("strip_prefix", wrong).unwrap_or_default(),
            line_breaks: line_breaks(&mut keys, wrong),
            columns,
            fields,
            month,
            filters,
            totals: totals::read(&mut keys, wrong),
            request: keys.nested("request", wrong).map(|keys| request::read(keys, config, wrong)),
        };
        keys.finish(wrong);
        settings
    }
}

fn line_breaks(keys: &mut Keys, wrong: &mut Wrong) -> LineBreaks {
    match keys.take::<Value>("line_breaks", wrong) {
        None | Some(Value::Bool(false)) => LineBreaks::Refused,
        Some(Value::Bool(true)) => LineBreaks::Joined,
        Some(Value::String(word)) if word == "first-line" => LineBreaks::FirstLine,
        Some(other) => wrong
            .add("line_breaks", format_args!("expected true, false or \"first-line\", found {other}"))
            .unwrap_or_default(),
    }
}

fn beside(keys: &mut Keys, wrong: &mut Wrong) -> Beside {
    let units = keys.take::<Value>("beside", wrong).map(|value| one_or_many(value, "beside", wrong));
    Beside::of(&units.unwrap_or_default()).unwrap_or_else(|refused| {
        refused.into_iter().for_each(|what| _ = wrong.add::<()>("beside", what));
        Beside::default()
    })
}

fn inflating(keys: &mut Keys, wrong: &mut Wrong) -> Inflating {
    let mut most = |name: &'static str, usual: u64| match keys.take(name, wrong) {
        None => usual,
        Some(0) => {
            wrong.add::<()>(name, "a workbook of nothing is of no use");
            usual
        }
        Some(most) => most,
    };
    Inflating { bytes: most("max_decoded_bytes", 256 << 20), ratio: most("max_ratio", 200) }
}

fn delimiter(keys: &mut Keys, wrong: &mut Wrong) -> Option<u8> {
    let text: String = keys.take("delimiter", wrong)?;
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(byte) => {
            Some(*byte)
        }
        _ => wrong.add("delimiter", format_args!("{text:?} is not one sign such as \";\" or \"\\t\"")),
    }
}

fn encodings(keys: &mut Keys, wrong: &mut Wrong) -> Vec<&'static Encoding> {
    let labels = keys.take("encoding", wrong).map(|value: Value| one_or_many(value, "encoding", wrong));
    let labels = labels.unwrap_or_else(|| vec!["utf-8".to_owned()]);
    if labels.is_empty() {
        wrong.add::<()>("encoding", "the list is empty");
    }
    let encoding = |label: &String| {
        let plain = label.strip_suffix("-bom").unwrap_or(label);
        Encoding::for_label(plain.as_bytes()).or_else(|| {
            wrong.add(
                "encoding",
                format_args!(
                    "{label:?} is not the name of an encoding, such as utf-8, utf-16le or windows-1252"
                ),
            )
        })
    };
    labels.iter().filter_map(encoding).collect()
}

/// A line's number, or `false` for a file without a header.
fn header(keys: &mut Keys, wrong: &mut Wrong) -> HeaderAt {
    match keys.take::<Value>("header", wrong) {
        None => HeaderAt::Searched,
        Some(Value::Bool(false)) => HeaderAt::Nowhere,
        Some(other) => match other.as_u64().filter(|line| *line > 0) {
            Some(line) => HeaderAt::Line(line),
            None => wrong
                .add(
                    "header",
                    format_args!(
                        "expected the number of its line, or false if there is none, found {other}; without the key it is searched"
                    ),
                )
                .unwrap_or_default(),
        },
    }
}

fn rows(keys: &mut Keys, wrong: &mut Wrong) -> String {
    let pointer: String = keys.take("rows", wrong).unwrap_or_default();
    if !pointer.is_empty() && !pointer.starts_with('/') {
        wrong.add::<()>("rows", format_args!("{pointer:?} is not a JSON pointer, such as /data/items"));
    }
    pointer
}

fn filters(keys: &mut Keys, columns: &mut columns::Columns, wrong: &mut Wrong) -> Vec<Filter> {
    let written: Vec<Value> = keys.take("skip", wrong).unwrap_or_default();
    let filters = written.into_iter().enumerate().filter_map(|(at, value)| {
        let keys = Keys::of(format!("skip[{at}]"), value, wrong)?;
        Filter::read(keys, columns, wrong)
    });
    filters.collect()
}
