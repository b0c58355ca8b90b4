//! `ratebook lines`: a month's lines of usage, or the records that are no lines.

use std::io::{self, BufWriter, Write};
use std::str::FromStr;

use ratebook_line::{BillableLine, CsvLineWriter, JsonLineWriter, Month, TextField};
use serde_json::json;

use super::context::{Context, Format, printed};
use super::stage;
use crate::failure::{Failure, Failures, escaped};
use crate::output::money::counted;
use crate::output::table;
use crate::run::{self, MonthFolder};
use crate::store::{LinesReader, SkippedRecord, each_skipped};

/// Show a month's lines of usage as they were mapped, before any price: a table, or --format jsonl, csv, json
#[derive(clap::Args)]
pub(super) struct Lines {
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// Only this source (may be given several times)
    #[arg(long, short, value_name = "NAME")]
    source: Vec<String>,
    /// Only lines with this value: sku=X, tenant=X, customer=X, meter=X ... (given several times: all of them)
    #[arg(long = "where", value_name = "FIELD=VALUE", value_parser = Wanted::from_str)]
    wanted: Vec<Wanted>,
    /// The records that are no lines, and why, instead
    #[arg(long, conflicts_with = "wanted")]
    skipped: bool,
    /// The most rows of the table
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

/// A value that lines must have.
#[derive(Clone, Debug)]
struct Wanted {
    field: TextField,
    value: String,
}

/// The fields that lines can be chosen by, by the names that rules have for them.
const FIELDS: [(&str, TextField); 10] = [
    ("vendor", TextField::Vendor),
    ("tenant", TextField::Tenant),
    ("partner", TextField::Partner),
    ("customer", TextField::Customer),
    ("sku", TextField::SkuId),
    ("edition", TextField::Edition),
    ("meter", TextField::Meter),
    ("unit", TextField::BillingUnit),
    ("payment", TextField::PaymentOption),
    ("currency", TextField::Currency),
];

impl FromStr for Wanted {
    type Err = String;
    fn from_str(text: &str) -> Result<Wanted, String> {
        let (name, value) = text.split_once('=').ok_or("write it like sku=MSP-1")?;
        let field = FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
        let field = field.ok_or_else(|| {
            let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
            format!("{name:?} is none of {}", known.join(", "))
        })?;
        Ok(Wanted { field, value: value.to_owned() })
    }
}

/// What lines are written as.
enum Output<W: Write> {
    Table { rows: Vec<Vec<String>>, limit: usize, more: u64 },
    JsonLines(JsonLineWriter<W>),
    Json(W, bool),
    Csv(Box<CsvLineWriter<W>>),
}

impl<W: Write> Output<W> {
    fn line(&mut self, number: u64, line: &BillableLine<'_>) -> io::Result<()> {
        match self {
            Output::Table { rows, limit, more } if rows.len() >= *limit => {
                *more += 1;
                Ok(())
            }
            Output::Table { rows, .. } => {
                rows.push(cells(number, line));
                Ok(())
            }
            Output::JsonLines(to) => to.write(line),
            Output::Json(to, begun) => {
                to.write_all(if std::mem::replace(begun, true) { b",\n  " } else { b"[\n  " })?;
                Ok(serde_json::to_writer(to, line)?)
            }
            Output::Csv(to) => to.write(line),
        }
    }
}

fn cells(number: u64, line: &BillableLine<'_>) -> Vec<String> {
    let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(escaped).unwrap_or_default();
    let quantity = line.billable_quantity.or(line.consumed_quantity);
    let cost = line.total_cost.zip(line.currency).map(|(cost, currency)| format!("{cost} {currency}"));
    vec![
        number.to_string(),
        text(&line.source),
        text(&line.tenant),
        text(&line.tenant_name),
        text(&line.customer),
        text(&line.sku_id),
        text(&line.meter),
        quantity.map(|quantity| quantity.to_string()).unwrap_or_default(),
        text(&line.billing_unit),
        cost.unwrap_or_default(),
    ]
}

const HEADER: [&str; 10] =
    ["line", "source", "tenant", "name", "customer", "sku", "meter", "quantity", "unit", "vendor cost"];

impl Lines {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let selection =
            stage::Selection { source: self.source.clone(), ..stage::Selection::of_month(self.month) };
        let sources = selection.sources(&workspace)?;
        let folder = MonthFolder::new(&workspace.root, self.month);
        for source in &sources {
            if !folder.lines(&source.name).is_file() {
                return Err(run::no_lines(&source.name, self.month).into());
            }
        }
        let chosen: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        let all: Vec<&str> = workspace.sources.keys().map(String::as_str).collect();
        if self.skipped {
            return self.show_skipped(context, &folder, &chosen);
        }
        let to = BufWriter::with_capacity(256 << 10, io::stdout().lock());
        let output = match context.global.format {
            Format::Jsonl => Ok(Output::JsonLines(JsonLineWriter::new(to))),
            Format::Json => Ok(Output::Json(to, false)),
            Format::Csv => CsvLineWriter::new(to).map(|writer| Output::Csv(Box::new(writer))),
            _ => Ok(Output::Table { rows: Vec::new(), limit: self.limit, more: 0 }),
        };
        let mut output = match output {
            Ok(output) => output,
            Err(error) => return printed(Err(error)),
        };
        let mut unwritten = None;
        self.each_line(&folder, &all, &chosen, |number, line| {
            unwritten = output.line(number, line).err();
            unwritten.is_none()
        })?;
        if let Some(error) = unwritten {
            return printed(Err(error));
        }
        match output {
            Output::Table { rows, more, .. } => {
                let mut text = table::plain(&HEADER, &rows, &[0, 7, 9]);
                if rows.is_empty() {
                    text = "no such lines\n".to_owned();
                }
                if more > 0 {
                    text += &format!(
                        "and {}: --limit N shows more, --format jsonl all\n",
                        counted(more, "more line")
                    );
                }
                context.print(&text)
            }
            Output::JsonLines(to) => printed(to.into_inner().flush()),
            Output::Json(mut to, begun) => {
                let end: &[u8] = if begun { b"\n]\n" } else { b"[]\n" };
                printed(to.write_all(end).and_then(|()| to.flush()))
            }
            Output::Csv(to) => printed(to.finish()),
        }
    }

    /// Gives the lines that are wanted, with their numbers over all sources, until `take` has enough.
    fn each_line(
        &self,
        folder: &MonthFolder,
        all: &[&str],
        chosen: &[&str],
        mut take: impl FnMut(u64, &BillableLine<'_>) -> bool,
    ) -> Result<(), Failure> {
        let mut first = 0;
        for source in all {
            let path = folder.lines(source);
            if !path.is_file() {
                continue;
            }
            let table = LinesReader::open(&path)?;
            if !chosen.contains(source) {
                first += table.rows();
                continue;
            }
            for at in 0..table.blocks() {
                let rows = table.rows_of(at);
                let mut may_hold = true;
                for wanted in &self.wanted {
                    may_hold = may_hold && table.any_text(at, wanted.field, |text| text == wanted.value)?;
                }
                if may_hold {
                    let block = table.block(at)?;
                    let is_wanted = |row: usize| {
                        self.wanted.iter().all(|wanted| block.text(wanted.field).get(row) == wanted.value)
                    };
                    for row in (0..rows).filter(|row| is_wanted(*row)) {
                        let line = block.line(row).map_err(|error| table.damaged(&error))?;
                        if !take(first + row as u64, &line) {
                            return Ok(());
                        }
                    }
                }
                first += rows as u64;
            }
        }
        Ok(())
    }

    fn show_skipped(&self, context: &Context, folder: &MonthFolder, chosen: &[&str]) -> Result<(), Failures> {
        let mut to = BufWriter::with_capacity(256 << 10, io::stdout().lock());
        let (mut rows, mut more, mut unwritten) = (Vec::new(), 0, None);
        let is_table = !matches!(context.global.format, Format::Json | Format::Jsonl | Format::Csv);
        for source in chosen {
            each_skipped(&folder.skipped(source), |skipped| {
                if unwritten.is_some() {
                    return Ok(());
                }
                if !is_table {
                    unwritten = write_skipped(&mut to, source, skipped).err();
                } else if rows.len() < self.limit {
                    let SkippedRecord { record, reason, what, .. } = skipped;
                    rows.push(vec![
                        (*source).to_owned(),
                        record.to_string(),
                        reason.to_owned(),
                        escaped(what),
                    ]);
                } else {
                    more += 1;
                }
                Ok(())
            })?;
        }
        if let Some(error) = unwritten {
            return printed(Err(error));
        }
        if !is_table {
            return printed(to.flush());
        }
        drop(to);
        let mut text = table::plain(&["source", "record", "reason", "what"], &rows, &[1]);
        if more > 0 {
            text +=
                &format!("and {}: --limit N shows more, --format jsonl all\n", counted(more, "more record"));
        }
        context.print(&text)
    }
}

/// A skipped record as a line of JSON.
fn write_skipped(to: &mut impl Write, source: &str, skipped: SkippedRecord<'_>) -> io::Result<()> {
    let SkippedRecord { payload, record, reason, what } = skipped;
    let mut document = json!({ "payload": payload, "reason": reason, "row": record, "source": source });
    if !what.is_empty() {
        document["what"] = what.into();
    }
    writeln!(to, "{document}")
}
