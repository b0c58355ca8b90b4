//! Billable lines as CSV: the schema's names as the header, an empty cell for what is absent.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use crate::billable_line::{BillableLine, Origin};
use crate::currency::Currency;
use crate::decimal::Decimal;
use crate::json_lines::{LineError, checked};
use crate::month::Month;
use crate::tamed::tamed;

/// The columns, in the order of the schema. `tags` are separated by `;` (written `\;` inside a tag, `\\` for a
/// backslash); the origin takes two columns.
const COLUMNS: [&str; 24] = [
    "usageMonth",
    "source",
    "vendor",
    "tenant",
    "tenantName",
    "partner",
    "customer",
    "skuId",
    "skuName",
    "edition",
    "meter",
    "tags",
    "consumedQuantity",
    "entitledQuantity",
    "overageQuantity",
    "billableQuantity",
    "billingUnit",
    "measure",
    "unitPrice",
    "totalCost",
    "currency",
    "paymentOption",
    "originPayload",
    "originRow",
];

/// Writes billable lines as CSV, the header first.
pub struct CsvLineWriter<W: Write> {
    output: csv::Writer<W>,
}

impl<W: Write> CsvLineWriter<W> {
    /// A writer that has written the header.
    ///
    /// # Errors
    /// Those of the output.
    pub fn new(output: W) -> io::Result<Self> {
        let mut output = csv::Writer::from_writer(output);
        output.write_record(COLUMNS)?;
        Ok(CsvLineWriter { output })
    }

    /// Writes one line.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&mut self, line: &BillableLine<'_>) -> io::Result<()> {
        fn text<'a>(value: &'a Option<Cow<'_, str>>) -> Cow<'a, str> {
            Cow::Borrowed(value.as_deref().unwrap_or_default())
        }
        fn number(value: Option<Decimal>) -> Cow<'static, str> {
            Cow::Owned(value.map(|value| value.to_string()).unwrap_or_default())
        }
        let origin = line.origin.as_ref();
        let cells = [
            Cow::Owned(format!("{}-01", line.usage_month)),
            text(&line.source),
            text(&line.vendor),
            text(&line.tenant),
            text(&line.tenant_name),
            text(&line.partner),
            text(&line.customer),
            text(&line.sku_id),
            text(&line.sku_name),
            text(&line.edition),
            text(&line.meter),
            Cow::Owned(joined(&line.tags)),
            number(line.consumed_quantity),
            number(line.entitled_quantity),
            number(line.overage_quantity),
            number(line.billable_quantity),
            text(&line.billing_unit),
            text(&line.measure),
            number(line.unit_price),
            number(line.total_cost),
            Cow::Borrowed(line.currency.map_or("", Currency::code)),
            text(&line.payment_option),
            Cow::Borrowed(origin.map_or("", |origin| &*origin.payload)),
            Cow::Owned(origin.map(|origin| origin.row.to_string()).unwrap_or_default()),
        ];
        self.output.write_record(cells.iter().map(|cell| cell.as_bytes()))?;
        Ok(())
    }

    /// Writes what is still buffered. Call it: errors on dropping a writer are lost.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Reads billable lines from CSV by the names in its header; columns may be missing or stand in any order.
pub struct CsvLineReader<R> {
    input: csv::Reader<R>,
}

impl<R: Read> CsvLineReader<R> {
    /// A reader over a text; nothing is read yet.
    pub fn new(input: R) -> Self {
        CsvLineReader { input: csv::Reader::from_reader(input) }
    }

    /// Hands every line to `take` in order.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place; an error of `take` as it is.
    pub fn for_each<E: From<LineError>>(
        mut self,
        mut take: impl FnMut(BillableLine<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let columns = self.columns()?;
        let mut record = csv::StringRecord::new();
        while self.input.read_record(&mut record).map_err(|error| csv_error(&error))? {
            let line = read(&record, &columns)?;
            checked(&line, record.position().map_or(1, line_of), "")?;
            take(line)?;
        }
        Ok(())
    }

    fn columns(&mut self) -> Result<Vec<usize>, LineError> {
        let at_header = |message: String| LineError { line: 1, column: 0, message };
        let header = self.input.headers().map_err(|error| csv_error(&error))?;
        let mut columns = Vec::with_capacity(header.len());
        for name in header {
            let column = COLUMNS.iter().position(|known| *known == name).ok_or_else(|| {
                at_header(format!("unknown column {name:?}; the columns are {}", COLUMNS.join(", ")))
            })?;
            if columns.contains(&column) {
                return Err(at_header(format!("the column {name:?} stands there twice")));
            }
            columns.push(column);
        }
        if !columns.contains(&0) {
            return Err(at_header("the column \"usageMonth\" is missing".to_owned()));
        }
        Ok(columns)
    }
}

fn line_of(position: &csv::Position) -> usize {
    usize::try_from(position.line()).unwrap_or(usize::MAX)
}

fn csv_error(error: &csv::Error) -> LineError {
    let line = error.position().map_or(1, line_of);
    LineError { line, column: 0, message: error.to_string() }
}

fn read<'a>(record: &'a csv::StringRecord, columns: &[usize]) -> Result<BillableLine<'a>, LineError> {
    let at = |message: String| LineError { line: record.position().map_or(1, line_of), column: 0, message };
    let mut cells = [""; COLUMNS.len()];
    for (cell, column) in record.iter().zip(columns) {
        cells[*column] = cell;
    }
    let text = |column: usize| (!cells[column].is_empty()).then(|| Cow::Borrowed(cells[column]));
    let number = |column: usize| match cells[column] {
        "" => Ok(None),
        cell => cell.parse().map(Some).map_err(|error| {
            at(format!("{}: {:?} is not a usable number: {error}", COLUMNS[column], tamed(cell, 60)))
        }),
    };
    let origin = match (cells[22], cells[23]) {
        ("", "") => None,
        (payload, row) => Some(Origin {
            payload: Cow::Borrowed(payload),
            row: row.parse().map_err(|_| at(format!("originRow: {row:?} is not a row number")))?,
        }),
    };
    Ok(BillableLine {
        usage_month: Month::from_first_day(cells[0]).map_err(|_| {
            at(format!("usageMonth: {:?} is not the first day of a month (2026-03-01)", cells[0]))
        })?,
        source: text(1),
        vendor: text(2),
        tenant: text(3),
        tenant_name: text(4),
        partner: text(5),
        customer: text(6),
        sku_id: text(7),
        sku_name: text(8),
        edition: text(9),
        meter: text(10),
        tags: split(cells[11])
            .ok_or_else(|| at(format!("tags: {:?} has an empty tag, or ends in a backslash", cells[11])))?,
        consumed_quantity: number(12)?,
        entitled_quantity: number(13)?,
        overage_quantity: number(14)?,
        billable_quantity: number(15)?,
        billing_unit: text(16),
        measure: text(17),
        unit_price: number(18)?,
        total_cost: number(19)?,
        currency: match cells[20] {
            "" => None,
            code => Some(code.parse().map_err(|error| at(format!("currency: {error}")))?),
        },
        payment_option: text(21),
        origin,
    })
}

fn joined(tags: &[Cow<'_, str>]) -> String {
    let escaped: Vec<String> = tags.iter().map(|tag| tag.replace('\\', "\\\\").replace(';', "\\;")).collect();
    escaped.join(";")
}

/// The tags of a cell; none if one of them is empty, or nothing stands behind the last backslash.
fn split(cell: &str) -> Option<Vec<Cow<'static, str>>> {
    if cell.is_empty() {
        return Some(Vec::new());
    }
    let mut tags: Vec<Cow<'static, str>> = Vec::new();
    let mut tag = String::new();
    let mut characters = cell.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => tag.push(characters.next()?),
            ';' => tags.push(std::mem::take(&mut tag).into()),
            other => tag.push(other),
        }
    }
    tags.push(tag.into());
    tags.iter().all(|tag| !tag.is_empty()).then_some(tags)
}
