//! The bill document: what rating writes and other programs rely on. Keys are sorted, amounts are texts.

use std::collections::BTreeMap;
use std::io;

use ratebook_line::{Decimal, Month};
use serde::{Serialize, Serializer};
use serde_json::ser::{Formatter as _, PrettyFormatter};

use crate::outcome::{Counts, Dropped, Held};
use crate::rated::{Bill, BillLine, Rated};

// Fields stand in the order of their JSON names: the document's keys are sorted.

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BillDocument<'a> {
    complete: bool,
    credit_left: BTreeMap<&'a str, String>,
    currency: &'static str,
    customer: &'a str,
    lines: Vec<LineDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    tax_totals: BTreeMap<&'a str, String>,
    total: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineDocument<'a> {
    amount: String,
    kind: crate::Kind,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<Decimal>,
    rules: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<&'a str>,
    sources: &'a [u64],
    tax: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Decimal>,
}

#[derive(Serialize)]
struct DroppedDocument<'a> {
    line: u64,
    rule: &'a str,
}

#[derive(Serialize)]
struct HeldDocument<'a> {
    code: &'static str,
    line: u64,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
}

impl<'a> BillDocument<'a> {
    fn new(bill: Bill<'a>) -> BillDocument<'a> {
        let places = bill.places();
        let fixed = |amount: Decimal| amount.to_fixed(places).unwrap_or_else(|| amount.to_string());
        let texts = |amounts: BTreeMap<&'a str, Decimal>| {
            amounts.into_iter().map(|(key, amount)| (key, fixed(amount))).collect()
        };
        BillDocument {
            complete: bill.complete(),
            credit_left: texts(bill.credit_left()),
            currency: bill.currency().code(),
            customer: bill.customer(),
            lines: bill.lines().map(|line| LineDocument::new(line, fixed)).collect(),
            name: bill.name(),
            tax_totals: texts(bill.tax_totals()),
            total: fixed(bill.total()),
        }
    }
}

impl<'a> LineDocument<'a> {
    fn new(line: BillLine<'a>, fixed: impl Fn(Decimal) -> String) -> LineDocument<'a> {
        LineDocument {
            amount: fixed(line.amount),
            kind: line.kind,
            name: line.name,
            quantity: line.quantity,
            rules: line.rules,
            sku: line.sku,
            sources: line.sources,
            tax: line.tax,
            unit: line.unit,
            unit_price: line.unit_price,
        }
    }
}

/// One bill of the document.
impl Serialize for Bill<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        BillDocument::new(*self).serialize(to)
    }
}

/// The dropped lines of the document.
struct DroppedLines<'a>(&'a [Dropped<'a>]);

impl Serialize for DroppedLines<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(|line| DroppedDocument { line: line.line, rule: line.rule }))
    }
}

/// The held lines of the document.
struct HeldLines<'a>(&'a [Held<'a>]);

impl Serialize for HeldLines<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(|held| HeldDocument {
            code: held.code,
            line: held.line,
            reason: &held.reason,
            rule: held.rule,
        }))
    }
}

/// Writes the bill document piece by piece, so that no more than one bill is held: keys sorted, indented by two
/// spaces, a newline at the end.
///
/// Bills come by customer, each as it is or as the text that [`Bill::write_json`] made of it before.
#[derive(Debug)]
pub struct DocumentWriter<W> {
    to: W,
    bills: bool,
}

impl<W: io::Write> DocumentWriter<W> {
    /// Begins a document; give a buffered output.
    ///
    /// # Errors
    /// Those of the output.
    pub fn new(mut to: W) -> io::Result<DocumentWriter<W>> {
        to.write_all(b"{\n  \"bills\": [")?;
        Ok(DocumentWriter { to, bills: false })
    }

    /// Writes the next bill.
    ///
    /// # Errors
    /// Those of the output.
    pub fn bill(&mut self, bill: &Bill<'_>) -> io::Result<()> {
        self.next_bill()?;
        bill.write_json(&mut self.to)
    }

    /// Makes place for the text of the next bill, which is written to what this gives.
    ///
    /// # Errors
    /// Those of the output.
    pub fn next_bill(&mut self) -> io::Result<&mut W> {
        self.to.write_all(if self.bills { b",\n    " } else { b"\n    " })?;
        self.bills = true;
        Ok(&mut self.to)
    }

    /// Ends the document. Lines that are held or dropped come by number.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(
        mut self,
        month: Option<Month>,
        counts: Counts,
        held: &[Held<'_>],
        dropped: &[Dropped<'_>],
    ) -> io::Result<()> {
        self.to.write_all(if self.bills { b"\n  ]" } else { b"]" })?;
        self.member("counts", &counts)?;
        self.member("dropped", &DroppedLines(dropped))?;
        self.member("held", &HeldLines(held))?;
        self.member("month", &month)?;
        self.to.write_all(b"\n}\n")
    }

    fn member(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        write!(self.to, ",\n  \"{name}\": ")?;
        write_within(&mut self.to, 1, value)
    }
}

/// Writes a value as it stands so many levels deep in a document.
fn write_within(to: impl io::Write, levels: usize, value: &impl Serialize) -> io::Result<()> {
    let mut formatter = PrettyFormatter::new();
    for _ in 0..levels {
        formatter.begin_array(&mut io::sink())?;
    }
    value.serialize(&mut serde_json::Serializer::with_formatter(to, formatter))?;
    Ok(())
}

impl Bill<'_> {
    /// Writes the bill as it stands in the document; see [`DocumentWriter::next_bill`].
    ///
    /// # Errors
    /// Those of the output; give a buffered one.
    pub fn write_json(&self, to: impl io::Write) -> io::Result<()> {
        write_within(to, 2, self)
    }
}

impl Rated<'_> {
    /// Writes the bill document; see [`DocumentWriter`].
    ///
    /// # Errors
    /// Those of the output; give a buffered one.
    pub fn write_json(&self, to: impl io::Write) -> io::Result<()> {
        let mut document = DocumentWriter::new(to)?;
        for bill in self.bills() {
            document.bill(&bill)?;
        }
        document.finish(self.month(), self.counts(), &self.held(), &self.dropped())
    }

    /// The bill document as text.
    #[must_use]
    pub fn to_json_pretty(&self) -> String {
        let mut text = Vec::new();
        // Texts and numbers only, in memory: nothing in it can fail.
        let _ = self.write_json(&mut text);
        String::from_utf8(text).unwrap_or_default()
    }
}
