//! The rows of a month, streamed with COPY in its text format.

use std::io::{self, Write as _};

use postgres::{CopyInWriter, Transaction};

use super::address::Server;
use crate::archive::{Archive, KeptLine};
use crate::failure::{Exit, Failure};

const BILLS: &str = "bills (month, customer, name, currency, total, complete)";
const LINES: &str = "bill_lines (month, customer, position, kind, name, sku, quantity, unit, unit_price, amount, tax, \
                     rules, adjusts_month, adjusts_position)";
const SKUS: &str = "skus (month, sku, currency, amount, bills)";

/// Copies bills, lines and SKUs into the tables of a schema; gives how many bills and lines.
///
/// # Errors
/// If the database refuses, or the files are not what the manifest names.
pub(super) fn month(
    transaction: &mut Transaction<'_>,
    archive: &Archive,
    server: &Server,
    schema: &str,
) -> Result<(u64, u64), Failure> {
    let into = |table: &str| format!("COPY {schema}.{table} FROM STDIN");
    let month = archive.folder.month.to_string();
    // One COPY at a time is what a connection has, so the document is read twice.
    let bills = table(transaction, server, &into(BILLS), |copy| {
        archive.each_bill(|bill| {
            copy.row(&[
                Some(&month),
                Some(&bill.customer),
                bill.name.as_deref(),
                Some(bill.currency.code()),
                Some(&bill.total),
                Some(if bill.complete { "t" } else { "f" }),
            ])
        })
    })?;
    let lines = table(transaction, server, &into(LINES), |copy| {
        archive.each_bill(|bill| {
            (0_u64..).zip(&bill.lines).try_for_each(|(at, line)| copy.line(&month, &bill.customer, at, line))
        })
    })?;
    let skus = archive.totals()?.skus;
    table(transaction, server, &into(SKUS), |copy| {
        skus.iter().try_for_each(|sku| {
            copy.row(&[
                Some(&month),
                Some(&sku.sku),
                Some(sku.currency.code()),
                Some(&sku.amount),
                Some(&sku.bills.to_string()),
            ])
        })
    })?;
    Ok((bills, lines))
}

/// One COPY, from its beginning to its end; gives how many rows.
fn table(
    transaction: &mut Transaction<'_>,
    server: &Server,
    sql: &str,
    fill: impl FnOnce(&mut Copy<'_, '_>) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let writer = transaction.copy_in(sql).map_err(|error| server.failed(&error))?;
    let mut copy = Copy { writer, server, row: String::new(), rows: 0 };
    fill(&mut copy)?;
    let written = copy.rows;
    let taken = copy.writer.finish().map_err(|error| server.failed(&error))?;
    if taken != written {
        let message = format!("{written} rows were sent and {taken} taken");
        return Err(Failure::new(Exit::Storage, "E-POSTGRES", message).at(server.shown()));
    }
    Ok(taken)
}

/// A COPY under way.
struct Copy<'w, 's> {
    writer: CopyInWriter<'w>,
    server: &'s Server,
    row: String,
    rows: u64,
}

impl Copy<'_, '_> {
    fn line(&mut self, month: &str, customer: &str, position: u64, line: &KeptLine) -> Result<(), Failure> {
        let adjusts = line.adjusts.as_ref();
        let (closed, place) = (
            adjusts.map(|adjusts| adjusts.month.to_string()),
            adjusts.and_then(|adjusts| adjusts.line).map(|line| line.to_string()),
        );
        self.row(&[
            Some(month),
            Some(customer),
            Some(&position.to_string()),
            Some(&line.kind),
            Some(&line.name),
            line.sku.as_deref(),
            line.quantity.as_deref(),
            line.unit.as_deref(),
            line.unit_price.as_deref(),
            Some(&line.amount),
            Some(&line.tax),
            Some(&array(&line.rules)),
            closed.as_deref(),
            place.as_deref(),
        ])
    }

    fn row(&mut self, cells: &[Option<&str>]) -> Result<(), Failure> {
        self.row.clear();
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                self.row.push('\t');
            }
            match cell {
                None => self.row.push_str("\\N"),
                Some(text) => escape(text, &mut self.row),
            }
        }
        self.row.push('\n');
        self.rows += 1;
        self.writer.write_all(self.row.as_bytes()).map_err(|error| unwritable(self.server, &error))
    }
}

fn unwritable(server: &Server, error: &io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<postgres::Error>()) {
        Some(inner) => server.failed(inner),
        None => Failure::new(Exit::Storage, "E-POSTGRES", error.to_string()).at(server.shown()),
    }
}

/// A text as a cell of a row.
fn escape(text: &str, to: &mut String) {
    for letter in text.chars() {
        match letter {
            '\\' => to.push_str("\\\\"),
            '\t' => to.push_str("\\t"),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            letter => to.push(letter),
        }
    }
}

/// Texts as an array.
fn array(texts: &[String]) -> String {
    let quoted: Vec<String> =
        texts.iter().map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))).collect();
    format!("{{{}}}", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_end_a_cell_or_a_row() {
        let mut cell = String::new();
        escape("a\tb\nc\r\\N \u{2028}\"", &mut cell);
        assert_eq!(cell, "a\\tb\\nc\\r\\\\N \u{2028}\"");
        assert_eq!(array(&["a".to_owned(), "b\"\\,".to_owned()]), r#"{"a","b\"\\,"}"#);
        assert_eq!(array(&[]), "{}");
    }
}
