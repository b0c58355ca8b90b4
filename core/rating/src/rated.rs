//! What a session ends in: bills, and what became of every line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use ratebook_line::{Currency, Decimal, Month};

use crate::adjustment::Adjusts;
use crate::commitments::Commitment;
use crate::finish::{Order, about};
use crate::outcome::{Counts, Dropped, Fate, Held, VendorCost};
use crate::phases::draft::Kind;
use crate::phases::pool::Pools;
use crate::plan::{Route, RuleId};
use crate::rules::problem::Warning;
use crate::state::State;
use crate::texts::TextId;
use crate::warnings::Noticed;

/// The bills of a month, or of some partitions of it.
#[derive(Debug)]
pub struct Rated<'r> {
    pub(crate) parts: Vec<Part<'r>>,
    /// Part and bill, by customer.
    order: Vec<(usize, usize)>,
}

/// What one session ended in.
#[derive(Debug)]
pub(crate) struct Part<'r> {
    pub(crate) state: State<'r>,
    pub(crate) pools: Pools,
    pub(crate) commitments: Vec<Commitment>,
    pub(crate) order: Order,
    pub(crate) bills: Vec<BillRecord>,
    pub(crate) lines: Vec<LineRecord>,
    pub(crate) sources: Vec<u64>,
    pub(crate) rule_lists: Vec<Vec<TextId>>,
    pub(crate) noticed: Noticed,
}

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
    /// Start and count in the part's sources.
    pub(crate) sources: (usize, usize),
}

/// Whom the bill is for that is in a part at a place; bills are in the order of it.
fn customer_at<'p>(parts: &'p [Part<'_>], (part, bill): (usize, usize)) -> &'p str {
    let part = &parts[part];
    part.state.texts.get(part.state.payers[part.bills[bill].payer as usize].id)
}

impl<'r> Rated<'r> {
    pub(crate) fn of(part: Part<'r>) -> Rated<'r> {
        Rated::join(vec![part])
    }

    /// Several partitions of one month as one.
    #[must_use]
    pub fn merge(rated: impl IntoIterator<Item = Rated<'r>>) -> Rated<'r> {
        Rated::join(rated.into_iter().flat_map(|rated| rated.parts).collect())
    }

    fn join(parts: Vec<Part<'r>>) -> Rated<'r> {
        let mut order: Vec<(usize, usize)> = parts
            .iter()
            .enumerate()
            .flat_map(|(p, part)| (0..part.bills.len()).map(move |b| (p, b)))
            .collect();
        order.sort_by_key(|place| customer_at(&parts, *place));
        Rated { parts, order }
    }

    /// The billed month.
    #[must_use]
    pub fn month(&self) -> Option<Month> {
        self.parts.first().map(|part| part.state.month)
    }

    /// The bills, by customer id.
    pub fn bills(&self) -> impl ExactSizeIterator<Item = Bill<'_>> {
        self.order.iter().map(|(part, bill)| {
            let part = &self.parts[*part];
            Bill { part, record: &part.bills[*bill] }
        })
    }

    /// The bill of a customer (or partner, if those are billed).
    #[must_use]
    pub fn bill(&self, customer: &str) -> Option<Bill<'_>> {
        let found = self.order.binary_search_by(|place| customer_at(&self.parts, *place).cmp(customer));
        let (part, bill) = self.order[found.ok()?];
        let part = &self.parts[part];
        Some(Bill { part, record: &part.bills[bill] })
    }

    /// The lines that wait, by number. They outlive the bills.
    #[must_use]
    pub fn held(&self) -> Vec<Held<'r>> {
        let mut held: Vec<Held<'r>> = self.parts.iter().flat_map(Part::held).collect();
        held.sort_by_key(|held| held.line);
        held
    }

    /// The lines that rules dropped, by number. They outlive the bills.
    #[must_use]
    pub fn dropped(&self) -> Vec<Dropped<'r>> {
        let mut dropped: Vec<Dropped<'r>> = self.parts.iter().flat_map(Part::dropped).collect();
        dropped.sort_by_key(|dropped| dropped.line);
        dropped
    }

    /// How many lines there were, and what became of them.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for part in &self.parts {
            counts.lines += part.state.lines;
            counts.held += part.state.held.len() as u64;
            counts.dropped += part.state.dropped.len() as u64;
        }
        counts.priced = counts.lines - counts.held - counts.dropped;
        counts
    }

    /// What became of every input line, by number.
    #[must_use]
    pub fn fates(&self) -> Vec<(u64, Fate)> {
        let mut fates = Vec::with_capacity(usize::try_from(self.counts().lines).unwrap_or(0));
        for (bill, view) in self.bills().enumerate() {
            for (line, view) in view.lines().enumerate() {
                fates.extend(view.sources.iter().map(|source| (*source, Fate::Priced { bill, line })));
            }
        }
        fates.extend(self.held().iter().enumerate().map(|(index, held)| (held.line, Fate::Held(index))));
        let dropped = self.dropped();
        fates.extend(dropped.iter().enumerate().map(|(index, dropped)| (dropped.line, Fate::Dropped(index))));
        fates.sort_by_key(|(line, _)| *line);
        fates
    }

    /// What is worth a look in this month.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let state = self.parts.first().map(|part| &part.state);
        state.map(|state| self.noticed().warnings(state.rulebook, state.month)).unwrap_or_default()
    }

    /// What warnings are made of, to be merged with that of other partitions.
    #[must_use]
    pub fn noticed(&self) -> Noticed {
        self.parts.iter().fold(Noticed::default(), |all, part| all.merge(&part.noticed))
    }
}

impl<'r> Part<'r> {
    fn held(&self) -> impl Iterator<Item = Held<'r>> + use<'_, 'r> {
        let state = &self.state;
        // Texts of the rules are theirs for good; texts of lines go with the session.
        let text = |id: TextId| match state.rulebook.texts.find(state.texts.get(id)) {
            Some(id) => Cow::Borrowed(state.rulebook.texts.get(id)),
            None => Cow::Owned(state.texts.get(id).to_owned()),
        };
        state.held.iter().map(move |held| {
            let rule = held.rule.map(|rule| &state.rulebook.rules[rule as usize]);
            let payer = state.whos[held.who as usize].payer;
            let reason = match (held.code, state.plans[held.plan as usize].route) {
                (Some(code), _) => Cow::Owned(about(state, code, held)),
                (None, Route::Hold(reason)) => text(reason),
                (None, _) => Cow::Borrowed(""),
            };
            Held {
                line: held.number,
                code: held.code.map_or(Held::BY_RULE, crate::line_problem::LineCode::word),
                rule: rule.map(|rule| rule.common.id.as_str()),
                reason,
                customer: payer.map(|payer| text(state.payers[payer as usize].id)),
            }
        })
    }

    fn dropped(&self) -> impl Iterator<Item = Dropped<'r>> + use<'_, 'r> {
        let rulebook = self.state.rulebook;
        self.state.dropped.iter().map(move |dropped| {
            let common = &rulebook.rules[dropped.rule as usize].common;
            Dropped { line: dropped.number, rule: &common.id, reason: &common.reason }
        })
    }
}

/// One bill.
#[derive(Clone, Copy, Debug)]
pub struct Bill<'a> {
    pub(crate) part: &'a Part<'a>,
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
        self.part.state.party(self.payer()).and_then(|party| party.name.as_deref())
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
        let part = self.part;
        part.lines[self.record.lines.clone()].iter().map(move |line| {
            let (start, count) = line.sources;
            BillLine {
                kind: line.kind,
                name: bill.text(line.name),
                sku: line.sku.map(|sku| bill.text(sku)),
                quantity: line.quantity,
                unit: line.unit.map(|unit| bill.text(unit)),
                unit_price: line.unit_price,
                amount: line.amount,
                tax: bill.text(line.tax),
                adjusts: line.adjusts.map(|number| &part.state.adjustments[number as usize].1.adjusts),
                rules: part.rule_lists[line.rules as usize].iter().map(|rule| bill.text(*rule)).collect(),
                sources: &part.sources[start..start + count],
            }
        })
    }

    /// The amounts by tax tag. They add up to the total.
    #[must_use]
    pub fn tax_totals(&self) -> BTreeMap<&'a str, Decimal> {
        self.record.tax_totals.iter().map(|(tag, total)| (self.text(*tag), *total)).collect()
    }

    /// What is left of each credit, by rule.
    #[must_use]
    pub fn credit_left(&self) -> BTreeMap<&'a str, Decimal> {
        let bills = &self.part.state.rulebook.bills;
        self.record
            .credits
            .iter()
            .map(|(rule, left)| (bills[*rule as usize].common.id.as_str(), *left))
            .collect()
    }

    pub(crate) fn state(&self) -> &'a State<'a> {
        &self.part.state
    }

    pub(crate) fn payer(&self) -> &'a crate::state::Payer {
        &self.part.state.payers[self.record.payer as usize]
    }

    fn text(&self, id: TextId) -> &'a str {
        self.part.state.texts.get(id)
    }
}
