//! A bill and its lines, as they are handed out.

use std::collections::BTreeMap;
use std::ops::Range;

use ratebook_line::{Currency, Decimal, Texts};

use crate::adjustment::Adjusts;
use crate::kind::Kind;
use crate::outcome::{Counts, VendorCost};
use crate::paper::Paper;
use crate::plan::RuleId;
use crate::settled::Settled;
use crate::state::{Payer, State};
use crate::texts::TextId;

/// Bills laid down.
#[derive(Debug, Default)]
pub(crate) struct Laid {
    pub(crate) bills: Vec<BillRecord>,
    pub(crate) lines: Vec<LineRecord>,
    pub(crate) sources: Vec<u64>,
    pub(crate) rule_lists: Vec<Vec<TextId>>,
    /// What lines say whose quantity x unit price is not their amount.
    pub(crate) papers: Vec<Paper<u32>>,
}

impl Laid {
    /// Lets all bills go; lists of rules stay, and keep their numbers.
    pub(crate) fn clear(&mut self) {
        self.bills.clear();
        self.lines.clear();
        self.sources.clear();
        self.papers.clear();
    }
}

/// What is known of a bill besides its lines.
#[derive(Debug)]
pub(crate) struct BillRecord {
    pub(crate) payer: u32,
    pub(crate) currency: Currency,
    pub(crate) places: u32,
    pub(crate) total: Decimal,
    pub(crate) complete: bool,
    pub(crate) lines: Range<usize>,
    pub(crate) credits: Vec<(RuleId, Decimal)>,
    pub(crate) tax_totals: Vec<(TextId, Decimal)>,
    pub(crate) cost: VendorCost,
}

/// A line of a bill.
#[derive(Debug)]
pub(crate) struct LineRecord {
    pub(crate) kind: Kind,
    pub(crate) name: TextId,
    pub(crate) sku: Option<TextId>,
    pub(crate) unit: Option<TextId>,
    pub(crate) tax: TextId,
    pub(crate) quantity: Option<Decimal>,
    pub(crate) unit_price: Option<Decimal>,
    pub(crate) amount: Decimal,
    pub(crate) rules: u32,
    /// The adjustment that it is.
    pub(crate) adjusts: Option<u32>,
    /// Its place among what lines say.
    pub(crate) paper: Option<u32>,
    /// Start and count in the part's sources.
    pub(crate) sources: (usize, usize),
}

/// One bill.
#[derive(Clone, Copy, Debug)]
pub struct Bill<'a> {
    pub(crate) settled: &'a Settled<'a>,
    pub(crate) laid: &'a Laid,
    pub(crate) record: &'a BillRecord,
}

/// One line of a bill.
#[derive(Clone, Debug)]
pub struct BillLine<'a> {
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: &'a str,
    /// Our SKU, or the vendor's.
    pub sku: Option<&'a str>,
    /// Before included; at most 10 decimal places.
    pub quantity: Option<Decimal>,
    /// The unit of the quantity.
    pub unit: Option<&'a str>,
    /// Money per unit in the bill's currency, before discounts; at most 10 decimal places.
    pub unit_price: Option<Decimal>,
    /// The amount in the bill's currency, rounded.
    pub amount: Decimal,
    /// The tax tag.
    pub tax: &'a str,
    /// The rules that made it, in phase order.
    pub rules: Vec<&'a str>,
    /// The line of a closed month that it puts right.
    pub adjusts: Option<&'a Adjusts>,
    /// What makes the amount, where it is not quantity x unit price.
    pub paper: Option<Paper<&'a str>>,
    /// The input lines that are in it.
    pub sources: &'a [u64],
}

/// One line of a bill with its texts as numbers: those of [`Bill::texts`], which are the same for all bills of a
/// session (or partition).
#[derive(Clone, Copy, Debug)]
pub struct BillRow<'a> {
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: u32,
    /// Our SKU, or the vendor's; 0 for none.
    pub sku: u32,
    /// Before included; at most 10 decimal places.
    pub quantity: Option<Decimal>,
    /// The unit of the quantity; 0 for none.
    pub unit: u32,
    /// Money per unit in the bill's currency, before discounts; at most 10 decimal places.
    pub unit_price: Option<Decimal>,
    /// The amount in the bill's currency, rounded.
    pub amount: Decimal,
    /// The tax tag.
    pub tax: u32,
    /// The number of the list of the rules that made it: [`Bill::rule_list`]. Lists are numbered from 0 as bills come,
    /// and equal lists have one number in a session.
    pub rules: u32,
    /// The line of a closed month that it puts right.
    pub adjusts: Option<&'a Adjusts>,
    /// What makes the amount, where it is not quantity x unit price. Rules are named by their texts' numbers.
    pub paper: Option<&'a Paper<u32>>,
    /// The input lines that are in it.
    pub sources: &'a [u64],
}

impl<'a> Bill<'a> {
    /// Whom it is for: the customer's id, or the partner's if partners are billed.
    #[must_use]
    pub fn customer(&self) -> &'a str {
        self.text(self.payer().id)
    }

    /// The name that the rules give to whom it is for.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        self.settled.state.party(self.payer()).and_then(|party| party.name.as_deref())
    }

    /// The currency of all its amounts.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.record.currency
    }

    /// Decimal places of its amounts.
    #[must_use]
    pub fn places(&self) -> u32 {
        self.record.places
    }

    /// The sum of its lines.
    #[must_use]
    pub fn total(&self) -> Decimal {
        self.record.total
    }

    /// False if lines that belong to it wait.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.record.complete
    }

    /// Input lines that belong to it: on it, held, dropped.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let payer = self.payer();
        Counts {
            dropped: payer.dropped,
            held: payer.held,
            lines: payer.lines,
            priced: payer.lines - payer.held - payer.dropped,
        }
    }

    /// What the vendors charge us for its lines.
    #[must_use]
    pub fn vendor_cost(&self) -> &'a VendorCost {
        &self.record.cost
    }

    /// Its lines: usage by first source line, unused commitments, fees, discounts, bounds, credits, adjustments.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = BillLine<'a>> + use<'a> {
        let bill = *self;
        let optional = move |id: u32| TextId(id).some().map(|id| bill.text(id));
        self.rows().map(move |row| BillLine {
            kind: row.kind,
            name: bill.text(TextId(row.name)),
            sku: optional(row.sku),
            quantity: row.quantity,
            unit: optional(row.unit),
            unit_price: row.unit_price,
            amount: row.amount,
            tax: bill.text(TextId(row.tax)),
            adjusts: row.adjusts,
            rules: bill.rule_list(row.rules).collect(),
            paper: row.paper.map(|paper| paper.map(|rule| bill.text(TextId(*rule)))),
            sources: row.sources,
        })
    }

    /// Its lines as [`Bill::lines`] has them, for whoever asks once for each distinct text and list of rules.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = BillRow<'a>> + use<'a> {
        let (laid, adjustments) = (self.laid, &self.settled.state.adjustments);
        laid.lines[self.record.lines.clone()].iter().map(move |line| {
            let (start, count) = line.sources;
            BillRow {
                kind: line.kind,
                name: line.name.0,
                sku: line.sku.unwrap_or(TextId::EMPTY).0,
                quantity: line.quantity,
                unit: line.unit.unwrap_or(TextId::EMPTY).0,
                unit_price: line.unit_price,
                amount: line.amount,
                tax: line.tax.0,
                adjusts: line.adjusts.map(|number| &adjustments[number as usize].1.adjusts),
                rules: line.rules,
                paper: line.paper.map(|paper| &laid.papers[paper as usize]),
                sources: &laid.sources[start..start + count],
            }
        })
    }

    /// The texts that the numbers in [`BillRow`] are of.
    #[must_use]
    pub fn texts(&self) -> &'a Texts {
        self.settled.state.texts.all()
    }

    /// The ids of the rules of a list, in phase order.
    ///
    /// # Panics
    /// If no line of this session has a list of that number.
    pub fn rule_list(&self, list: u32) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let texts = &self.settled.state.texts;
        self.laid.rule_lists[list as usize].iter().map(|rule| texts.get(*rule))
    }

    /// The amounts by tax tag. They add up to the total.
    #[must_use]
    pub fn tax_totals(&self) -> BTreeMap<&'a str, Decimal> {
        self.record.tax_totals.iter().map(|(tag, total)| (self.text(*tag), *total)).collect()
    }

    /// What is left of each credit, by rule.
    #[must_use]
    pub fn credit_left(&self) -> BTreeMap<&'a str, Decimal> {
        let bills = &self.settled.state.rulebook.bills;
        self.record
            .credits
            .iter()
            .map(|(rule, left)| (bills[*rule as usize].common.id.as_str(), *left))
            .collect()
    }

    pub(crate) fn state(&self) -> &'a State<'a> {
        &self.settled.state
    }

    pub(crate) fn payer(&self) -> &'a Payer {
        &self.settled.state.payers[self.record.payer as usize]
    }

    fn text(&self, id: TextId) -> &'a str {
        self.settled.state.texts.get(id)
    }
}
