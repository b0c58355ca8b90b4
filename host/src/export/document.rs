//! `json`: the bill document that other programs rely on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;

use ratebook_line::Decimal;
use ratebook_rating::{AdjustsDocument, DocumentWriter, LineDocument};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::bills::Bills;
use super::halt::Halt;
use crate::failure::Failure;
use crate::output::money::fixed;
use crate::store::{BillHead, BillsReader, FatesReader};

/// A bill as it stands in the document; its lines are read while they are written.
pub(super) struct BillDocument<'b> {
    head: &'b BillHead,
    reader: RefCell<&'b mut BillsReader>,
    /// What ended the reading, if it was not the output.
    failed: RefCell<Option<Failure>>,
    taxes: RefCell<BTreeMap<String, Decimal>>,
}

impl<'b> BillDocument<'b> {
    pub(super) fn new(head: &'b BillHead, reader: &'b mut BillsReader) -> BillDocument<'b> {
        let (failed, taxes) = (RefCell::new(None), RefCell::new(BTreeMap::new()));
        BillDocument { head, reader: RefCell::new(reader), failed, taxes }
    }

    /// What it is that the bill could not be written.
    pub(super) fn halted(&self, error: std::io::Error) -> Halt {
        self.failed.take().map_or(Halt::Write(error), Halt::from)
    }

    fn fixed(&self, amount: Decimal) -> String {
        fixed(amount, self.head.places)
    }
}

/// Its keys are sorted, as all of the document's are.
impl Serialize for BillDocument<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let head = self.head;
        let texts = |amounts: BTreeMap<String, Decimal>| {
            amounts.into_iter().map(|(key, amount)| (key, self.fixed(amount))).collect::<BTreeMap<_, _>>()
        };
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("complete", &head.complete)?;
        map.serialize_entry("creditLeft", &texts(head.credits.clone()))?;
        map.serialize_entry("currency", &head.currency)?;
        map.serialize_entry("customer", &head.customer)?;
        map.serialize_entry("lines", &Lines(self))?;
        if let Some(name) = &head.name {
            map.serialize_entry("name", name)?;
        }
        map.serialize_entry("taxTotals", &texts(self.taxes.take()))?;
        map.serialize_entry("total", &self.fixed(head.total))?;
        map.end()
    }
}

struct Lines<'d, 'b>(&'d BillDocument<'b>);

impl Serialize for Lines<'_, '_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let bill = self.0;
        let mut list = to.serialize_seq(None)?;
        let mut unwritten = None;
        let read = bill.reader.borrow_mut().each_line(bill.head, |_, line| {
            if unwritten.is_some() {
                return Ok(());
            }
            let mut taxes = bill.taxes.borrow_mut();
            let sum = taxes.entry(line.tax.to_owned()).or_insert(Decimal::ZERO);
            *sum = sum.checked_add(line.amount).map_err(|error| {
                Failure::new(
                    crate::failure::Exit::Data,
                    "E-NUMBER",
                    format!("the sum of {}: {error}", line.tax),
                )
            })?;
            let document = LineDocument {
                adjusts: line
                    .adjusts
                    .as_ref()
                    .map(|adjusts| AdjustsDocument::new(adjusts, |amount| bill.fixed(amount))),
                amount: bill.fixed(line.amount),
                days: None,
                discounts: Vec::new(),
                included: None,
                kind: line.kind,
                list: None,
                name: line.name,
                quantity: line.quantity,
                rules: line.rules().collect(),
                sku: line.sku,
                sources: line.sources,
                tax: line.tax,
                tiers: Vec::new(),
                unit: line.unit,
                unit_price: line.unit_price,
            };
            let paper = line.paper.as_ref().map(|paper| paper.map(String::as_str));
            let document = document.with(paper, |amount| bill.fixed(amount));
            unwritten = list.serialize_element(&document).err();
            Ok(())
        });
        if let Some(error) = unwritten {
            return Err(error);
        }
        if let Err(failure) = read {
            *bill.failed.borrow_mut() = Some(failure);
            return Err(S::Error::custom("the bills cannot be read"));
        }
        list.end()
    }
}

pub(super) fn write(bills: &Bills<'_>, to: &mut impl Write) -> Result<(), Halt> {
    let mut document = DocumentWriter::new(to, Some(bills.month), bills.counts)?.partial(bills.partial);
    let mut reader = bills.open()?;
    while let Some(head) = reader.next()? {
        let bill = BillDocument::new(&head, &mut reader);
        document.bill(&bill).map_err(|error| bill.halted(error))?;
    }
    // The document has the dropped lines before the held ones.
    let mut fates = FatesReader::open(&bills.tables.fates)?;
    while let Some(fate) = fates.next()? {
        if fate.held.is_none() {
            document.dropped(fate.line, fate.rule.unwrap_or_default())?;
        }
    }
    let mut fates = FatesReader::open(&bills.tables.fates)?;
    while let Some(fate) = fates.next()? {
        if let Some(code) = fate.held {
            document.held(fate.line, code, fate.rule, fate.reason)?;
        }
    }
    Ok(document.finish()?)
}
