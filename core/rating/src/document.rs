//! The bill document: what rating writes and other programs rely on. Keys are sorted, amounts are texts.

use std::collections::BTreeMap;
use std::io;

use ratebook_line::{Decimal, Month};
use serde::{Serialize, Serializer};
use serde_json::ser::{Formatter as _, PrettyFormatter};

use crate::adjustment::Adjusts;
use crate::bill::{Bill, BillLine};
use crate::outcome::Counts;
use crate::paper::{Paper, PaperDiscount, PaperTier};
use crate::rated::Rated;

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

/// A line of a bill as it stands in the document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineDocument<'a> {
    /// The line of a closed month that it puts right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjusts: Option<AdjustsDocument<'a>>,
    /// The amount, with the places of the bill.
    pub amount: String,
    /// Active days of those of the month: `16/31`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<String>,
    /// What rules took off after `list`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<DiscountDocument<'a>>,
    /// How much of the quantity is included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub included: Option<Decimal>,
    /// `usage`, `credit`, ...
    pub kind: &'a str,
    /// The amount before discounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// What it is called.
    pub name: &'a str,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// The rules that made it, in phase order.
    pub rules: Vec<&'a str>,
    /// Our SKU, or the vendor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<&'a str>,
    /// The input lines that are in it.
    pub sources: &'a [u64],
    /// The tax tag.
    pub tax: &'a str,
    /// What was charged in parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<PaperTier>,
    /// The unit of the quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'a str>,
    /// Money per unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
}

/// What a rule did to an amount, as it stands in the document.
#[derive(Debug, Serialize)]
pub struct DiscountDocument<'a> {
    amount: String,
    rule: &'a str,
}

/// The line of a closed month that a line puts right, as it stands in the document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdjustsDocument<'a> {
    is: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    month: Month,
    payloads_now: &'a [String],
    payloads_then: &'a [String],
    was: String,
}

impl<'a> AdjustsDocument<'a> {
    /// What it says, with amounts as `fixed` writes them.
    pub fn new(adjusts: &'a Adjusts, fixed: impl Fn(Decimal) -> String) -> AdjustsDocument<'a> {
        AdjustsDocument {
            is: fixed(adjusts.is),
            line: adjusts.line,
            month: adjusts.month,
            payloads_now: &adjusts.payloads_now,
            payloads_then: &adjusts.payloads_then,
            was: fixed(adjusts.was),
        }
    }
}

#[derive(Serialize)]
struct DroppedDocument<'a> {
    line: u64,
    rule: &'a str,
}

#[derive(Serialize)]
struct HeldDocument<'a> {
    code: &'a str,
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
    /// Puts in what makes the amount, where it is not quantity x unit price.
    #[must_use]
    pub fn with(mut self, paper: Option<Paper<&'a str>>, fixed: impl Fn(Decimal) -> String) -> Self {
        let Some(paper) = paper else { return self };
        self.days = paper.days.map(|(active, of)| format!("{active}/{of}"));
        let told = |discount: &PaperDiscount<&'a str>| DiscountDocument {
            amount: fixed(discount.amount),
            rule: discount.rule,
        };
        self.discounts = paper.discounts.iter().map(told).collect();
        self.included = paper.included;
        self.list = Some(fixed(paper.list));
        self.tiers = paper.tiers;
        self
    }

    fn new(line: BillLine<'a>, fixed: impl Fn(Decimal) -> String) -> LineDocument<'a> {
        let document = LineDocument {
            adjusts: line.adjusts.map(|adjusts| AdjustsDocument::new(adjusts, &fixed)),
            amount: fixed(line.amount),
            days: None,
            discounts: Vec::new(),
            included: None,
            kind: line.kind.word(),
            list: None,
            name: line.name,
            quantity: line.quantity,
            rules: line.rules,
            sku: line.sku,
            sources: line.sources,
            tax: line.tax,
            tiers: Vec::new(),
            unit: line.unit,
            unit_price: line.unit_price,
        };
        document.with(line.paper, fixed)
    }
}

/// One bill of the document.
impl Serialize for Bill<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        BillDocument::new(*self).serialize(to)
    }
}

/// Writes the bill document piece by piece, so that no more than one entry is held: keys sorted, indented by two
/// spaces, a newline at the end.
///
/// Bills come first, by customer, then the dropped lines, then the held lines, by number.
#[derive(Debug)]
pub struct DocumentWriter<W> {
    to: W,
    month: Option<Month>,
    counts: Counts,
    partial: Vec<String>,
    list: List,
    /// The list has entries.
    entries: bool,
}

/// The lists of the document, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Bills,
    Dropped,
    Held,
    End,
}

impl<W: io::Write> DocumentWriter<W> {
    /// Begins a document; give a buffered output.
    ///
    /// # Errors
    /// Those of the output.
    pub fn new(mut to: W, month: Option<Month>, counts: Counts) -> io::Result<DocumentWriter<W>> {
        to.write_all(b"{\n  \"bills\": [")?;
        Ok(DocumentWriter { to, month, counts, partial: Vec::new(), list: List::Bills, entries: false })
    }

    /// Says in the document which sources' usage is missing in it; none is as it should be.
    #[must_use]
    pub fn partial(mut self, missing: &[String]) -> DocumentWriter<W> {
        self.partial = missing.to_vec();
        self
    }

    /// Writes the next bill.
    ///
    /// # Errors
    /// Those of the output, and of the bill.
    pub fn bill(&mut self, bill: &impl Serialize) -> io::Result<()> {
        write_within(self.next(List::Bills)?, 2, bill)
    }

    /// Writes the next dropped line, and the rule that dropped it.
    ///
    /// # Errors
    /// Those of the output.
    pub fn dropped(&mut self, line: u64, rule: &str) -> io::Result<()> {
        write_within(self.next(List::Dropped)?, 2, &DroppedDocument { line, rule })
    }

    /// Writes the next held line.
    ///
    /// # Errors
    /// Those of the output.
    pub fn held(&mut self, line: u64, code: &str, rule: Option<&str>, reason: &str) -> io::Result<()> {
        write_within(self.next(List::Held)?, 2, &HeldDocument { code, line, reason, rule })
    }

    /// Ends the document.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<()> {
        self.go_on_to(List::End)?;
        self.to.write_all(b"\n}\n")
    }

    fn next(&mut self, list: List) -> io::Result<&mut W> {
        self.go_on_to(list)?;
        self.to.write_all(if self.entries { b",\n    " } else { b"\n    " })?;
        self.entries = true;
        Ok(&mut self.to)
    }

    fn go_on_to(&mut self, list: List) -> io::Result<()> {
        while self.list < list {
            self.to.write_all(if self.entries { b"\n  ]" } else { b"]" })?;
            self.entries = false;
            self.list = match self.list {
                List::Bills => {
                    let counts = self.counts;
                    self.member("counts", &counts)?;
                    self.to.write_all(b",\n  \"dropped\": [")?;
                    List::Dropped
                }
                List::Dropped => {
                    self.to.write_all(b",\n  \"held\": [")?;
                    List::Held
                }
                List::Held | List::End => {
                    let month = self.month;
                    self.member("month", &month)?;
                    let partial = std::mem::take(&mut self.partial);
                    if !partial.is_empty() {
                        self.member("partial", &partial)?;
                    }
                    List::End
                }
            };
        }
        Ok(())
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

impl Rated<'_> {
    /// Writes the bill document; see [`DocumentWriter`].
    ///
    /// # Errors
    /// Those of the output; give a buffered one.
    pub fn write_json(&self, to: impl io::Write) -> io::Result<()> {
        let mut document = DocumentWriter::new(to, self.month(), self.counts())?;
        for bill in self.bills() {
            document.bill(&bill)?;
        }
        for dropped in self.dropped() {
            document.dropped(dropped.line, dropped.rule)?;
        }
        for held in self.held() {
            document.held(held.line, held.code, held.rule, &held.reason)?;
        }
        document.finish()
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
