//! The bill document: what rating writes and other programs rely on. Keys are sorted, amounts are texts.

use std::collections::BTreeMap;
use std::io;

use ratebook_line::{Decimal, Month};
use serde::{Serialize, Serializer};

use crate::rated::{Bill, BillLine, Counts, Rated};

// Fields stand in the order of their JSON names: the document's keys are sorted.

#[derive(Serialize)]
struct Document<'a> {
    bills: Bills<'a>,
    counts: Counts,
    dropped: Vec<DroppedDocument<'a>>,
    held: Vec<HeldDocument<'a>>,
    month: Option<Month>,
}

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
    reason: String,
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

/// The bills one by one, so that no more than one is held as a document.
struct Bills<'a>(&'a Rated<'a>);

impl Serialize for Bills<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.bills())
    }
}

/// The whole document; keys sorted, amounts as texts.
impl Serialize for Rated<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let document = Document {
            bills: Bills(self),
            counts: self.counts(),
            dropped: self
                .dropped()
                .iter()
                .map(|dropped| DroppedDocument { line: dropped.line, rule: dropped.rule })
                .collect(),
            held: self
                .held()
                .into_iter()
                .map(|held| HeldDocument {
                    code: held.code,
                    line: held.line,
                    reason: held.reason,
                    rule: held.rule,
                })
                .collect(),
            month: self.month(),
        };
        document.serialize(to)
    }
}

/// One bill of the document.
impl Serialize for Bill<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        BillDocument::new(*self).serialize(to)
    }
}

impl Rated<'_> {
    /// Writes the bill document: keys sorted, indented by two spaces, a newline at the end.
    ///
    /// # Errors
    /// Those of the output; give a buffered one.
    pub fn write_json(&self, mut to: impl io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut to, self)?;
        to.write_all(b"\n")
    }

    /// The bill document as text.
    #[must_use]
    pub fn to_json_pretty(&self) -> String {
        // Texts and numbers only: nothing in it can fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
