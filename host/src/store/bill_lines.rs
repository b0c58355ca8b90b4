//! The lines of bills as rows: collected for their table, and read from it.

use std::path::Path;

use ratebook_line::{Decimal, Month, TextBuilder, TextColumn, Values};
use ratebook_rating::{Adjusts, Bill, BillRow};

use super::bill_head::BillHead;
use super::column::{Column, Data, Kind, count, joined, parts, some, text};
use super::line_row::LineRow;
use super::papers::{self, PaperColumns, Papers};
use super::table::{Table, TableReader, TableWriter};
use crate::failure::Failure;

const fn number(name: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: Kind::Number { places: 10 }, meaning }
}

const fn money(name: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: Kind::Money, meaning }
}

pub(super) const LINES: Table = Table {
    name: "bill_lines",
    columns: &[
        text("customer", "whose bill it is on"),
        count("position", "its place on the bill, counted from 0"),
        text("kind", "usage, commitment, add, discount, maximum, minimum, credit or adjustment"),
        text("name", "the text on the bill"),
        text("sku", "our SKU, or the vendor's"),
        number("quantity", "how much, before what is included"),
        text("unit", "the unit of the quantity"),
        number("unit_price", "money per unit in the bill's currency, before discounts"),
        money("amount", "the amount in the bill's currency, rounded"),
        text("currency", "the currency of the bill"),
        text("tax", "the tax tag"),
        text("rules", "the ids of the rules that made it, in phase order, U+001F between them"),
        Column {
            name: "sources",
            kind: Kind::Counts,
            meaning: "the lines of usage in it, counted from 0 over all sources by name",
        },
        text("adjusts_month", "the closed month that it puts right, if it is an adjustment"),
        Column {
            name: "adjusts_line",
            kind: Kind::MaybeCount,
            meaning: "the place on the closed bill; none if there was no such line",
        },
        money("adjusts_was", "what was billed of it"),
        money("adjusts_is", "what it is by now"),
        text("adjusts_payloads_then", "SHA-256 of the payloads it was from, U+001F between them"),
        text("adjusts_payloads_now", "SHA-256 of the payloads it is from by now, U+001F between them"),
        papers::COLUMNS[0],
        papers::COLUMNS[1],
        papers::COLUMNS[2],
        papers::COLUMNS[3],
        papers::COLUMNS[4],
    ],
};

/// Rows on their way to their table.
#[derive(Default)]
pub(super) struct LineColumns {
    texts: [TextBuilder; 11],
    position: Vec<u64>,
    quantity: Vec<Option<Decimal>>,
    unit_price: Vec<Option<Decimal>>,
    amount: Vec<Option<Decimal>>,
    sources: (Vec<u32>, Vec<u64>),
    adjusts_line: Vec<Option<u64>>,
    adjusted: [Vec<Option<Decimal>>; 2],
    papers: PaperColumns,
    /// Of name, SKU, unit, tax tag, list of rules and kind.
    known: [Known; 6],
    /// Customer and currency of the bill that the last line is of.
    of_bill: Option<[u32; 2]>,
}

/// The numbers in a column of the texts of a session, by their numbers there; forgotten with each block.
#[derive(Default)]
struct Known(Vec<u32>);

impl Known {
    fn of(&mut self, id: u32, intern: impl FnOnce() -> u32) -> u32 {
        let at = id as usize;
        if at >= self.0.len() {
            self.0.resize(at + 1, u32::MAX);
        }
        if self.0[at] == u32::MAX {
            self.0[at] = intern();
        }
        self.0[at]
    }
}

impl LineColumns {
    pub(super) fn rows(&self) -> usize {
        self.position.len()
    }

    /// Adds a line of a bill as it was made. All bills are of one session: its texts are looked at once for each block.
    pub(super) fn push(&mut self, head: &BillHead, bill: &Bill<'_>, position: u64, row: &BillRow<'_>) {
        let LineColumns { texts, known, .. } = self;
        let [customer, kind, name, sku, unit, currency, tax, rules, month, then, now] = texts;
        // The first line of a bill, and of a block, looks its texts up.
        let ids = match (position, self.of_bill) {
            (1.., Some(ids)) => ids,
            _ => [customer.intern(&head.customer), currency.intern(head.currency.code())],
        };
        self.of_bill = Some(ids);
        customer.push_id(ids[0]);
        currency.push_id(ids[1]);
        let [names, skus, units, taxes, lists, kinds] = known;
        let word = kinds.of(row.kind as u32, || kind.intern(row.kind.word()));
        kind.push_id(word);
        for (column, known, id) in
            [(name, names, row.name), (sku, skus, row.sku), (unit, units, row.unit), (tax, taxes, row.tax)]
        {
            let id = known.of(id, || column.intern(bill.texts().get(id)));
            column.push_id(id);
        }
        let list = lists.of(row.rules, || rules.intern(&joined(bill.rule_list(row.rules))));
        rules.push_id(list);
        if let Some(paper) = row.paper {
            self.papers.push(self.position.len(), &paper.map(|rule| bill.texts().get(*rule)));
        }
        let adjusts = row.adjusts;
        match adjusts {
            None => [month, then, now].into_iter().for_each(|column| column.push_id(0)),
            Some(adjusts) => {
                month.push(&adjusts.month.to_string());
                then.push(&joined(&adjusts.payloads_then));
                now.push(&joined(&adjusts.payloads_now));
            }
        }
        self.push_numbers(position, [row.quantity, row.unit_price, Some(row.amount)], row.sources, adjusts);
    }

    fn push_numbers(
        &mut self,
        position: u64,
        [quantity, unit_price, amount]: [Option<Decimal>; 3],
        sources: &[u64],
        adjusts: Option<&Adjusts>,
    ) {
        self.position.push(position);
        self.quantity.push(quantity);
        self.unit_price.push(unit_price);
        self.amount.push(amount);
        self.sources.0.push(u32::try_from(sources.len()).unwrap_or(u32::MAX));
        self.sources.1.extend_from_slice(sources);
        if let Some(adjusts) = adjusts {
            // Few lines are adjustments: those before it are filled up when one comes.
            let before = self.position.len() - 1;
            self.adjusts_line.resize(before, None);
            self.adjusts_line.push(adjusts.line);
            for (amounts, amount) in self.adjusted.iter_mut().zip([adjusts.was, adjusts.is]) {
                amounts.resize(before, None);
                amounts.push(Some(amount));
            }
        }
    }

    /// Writes what there is as a row group; the room stays for the next.
    pub(super) fn flush(&mut self, table: &mut TableWriter) -> Result<(), Failure> {
        let rows = self.rows();
        let texts = self.texts.each_mut().map(TextBuilder::take);
        let [customer, kind, name, sku, unit, currency, tax, rules, month, then, now] = &texts;
        let position = Values::Each(std::mem::take(&mut self.position));
        let quantity = Values::Each(std::mem::take(&mut self.quantity));
        let unit_price = Values::Each(std::mem::take(&mut self.unit_price));
        // A month without adjustments does not fill these.
        self.adjusts_line.resize(rows, None);
        self.adjusted.iter_mut().for_each(|amounts| amounts.resize(rows, None));
        let papers = self.papers.take(rows);
        let [included, days, tiers, list, discounts] = papers.columns();
        table.rows(
            rows,
            &[
                Data::Text(customer),
                Data::Count(&position),
                Data::Text(kind),
                Data::Text(name),
                Data::Text(sku),
                Data::Number(&quantity),
                Data::Text(unit),
                Data::Number(&unit_price),
                Data::Money(&self.amount),
                Data::Text(currency),
                Data::Text(tax),
                Data::Text(rules),
                Data::Counts(&self.sources.0, &self.sources.1),
                Data::Text(month),
                Data::MaybeCount(&self.adjusts_line),
                Data::Money(&self.adjusted[0]),
                Data::Money(&self.adjusted[1]),
                Data::Text(then),
                Data::Text(now),
                included,
                days,
                tiers,
                list,
                discounts,
            ],
        )?;
        self.position = emptied(position);
        (self.quantity, self.unit_price) = (emptied(quantity), emptied(unit_price));
        self.amount.clear();
        self.sources.0.clear();
        self.sources.1.clear();
        self.adjusts_line.clear();
        self.adjusted.iter_mut().for_each(Vec::clear);
        self.known.iter_mut().for_each(|known| known.0.fill(u32::MAX));
        self.of_bill = None;
        Ok(())
    }
}

/// The room of a column that was written.
fn emptied<T>(column: Values<T>) -> Vec<T> {
    match column {
        Values::Each(mut values) => {
            values.clear();
            values
        }
        Values::Same(_) => Vec::new(),
    }
}

/// The rows of one row group.
struct Rows {
    customer: TextColumn,
    position: Vec<u64>,
    kind: TextColumn,
    name: TextColumn,
    sku: TextColumn,
    quantity: Values<Option<Decimal>>,
    unit: TextColumn,
    unit_price: Values<Option<Decimal>>,
    amount: Vec<Option<Decimal>>,
    tax: TextColumn,
    rules: TextColumn,
    sources: (Vec<u32>, Vec<u64>),
    adjusts_month: TextColumn,
    adjusts_line: Vec<Option<u64>>,
    adjusted: [Vec<Option<Decimal>>; 2],
    payloads: [TextColumn; 2],
    papers: Option<Papers>,
}

/// Lines of bills that are read one behind the other.
pub(super) struct LineRows {
    table: TableReader,
    /// The row group to read next.
    group: usize,
    rows: Option<Rows>,
    /// The next row of those that were read, and the first of its sources.
    at: (usize, usize),
    /// Rows that were not given yet, over all.
    left: u64,
}

impl LineRows {
    pub(super) fn open(path: &Path) -> Result<LineRows, Failure> {
        let table = TableReader::open(LINES, path)?;
        Ok(LineRows { left: table.rows(), table, group: 0, rows: None, at: (0, 0) })
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.left == 0
    }

    /// Leaves rows out.
    pub(super) fn skip(&mut self, mut count: u64) -> Result<(), Failure> {
        while count > 0 {
            if self.rows.is_none() && self.group < self.table.groups() {
                // A row group that is left out as a whole need not be read.
                let rows = self.table.rows_of(self.group) as u64;
                if rows <= count {
                    (self.group, self.left, count) = (self.group + 1, self.left - rows, count - rows);
                    continue;
                }
            }
            let row = self.at.0;
            let length = self.read()?.sources.0[row] as usize;
            self.advance(length);
            count -= 1;
        }
        Ok(())
    }

    /// Gives the next row, which must be this one.
    pub(super) fn next(
        &mut self,
        bill: &BillHead,
        position: u64,
        take: &mut impl FnMut(u64, &LineRow<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (row, from) = self.at;
        let rows = self.read()?;
        let length = rows.sources.0[row] as usize;
        let is_it = rows.customer.get(row) == bill.customer && rows.position[row] == position;
        let line = rows.line(row, &rows.sources.1[from..from + length]).filter(|_| is_it);
        let Some(line) = line else {
            return Err(self.table.damaged("its rows are not those of the bills"));
        };
        take(position, &line)?;
        self.advance(length);
        Ok(())
    }

    fn advance(&mut self, sources: usize) {
        self.at = (self.at.0 + 1, self.at.1 + sources);
        self.left -= 1;
        if self.rows.as_ref().is_some_and(|rows| self.at.0 == rows.position.len()) {
            (self.rows, self.at) = (None, (0, 0));
        }
    }

    /// The row group in which the next row is.
    fn read(&mut self) -> Result<&Rows, Failure> {
        if self.rows.is_none() {
            if self.group == self.table.groups() {
                return Err(self.table.damaged("it has fewer rows than the bills have lines"));
            }
            let group = self.table.group(self.group)?;
            let rows = Rows {
                customer: group.texts("customer")?,
                position: group.counts("position")?,
                kind: group.texts("kind")?,
                name: group.texts("name")?,
                sku: group.texts("sku")?,
                quantity: group.numbers("quantity")?,
                unit: group.texts("unit")?,
                unit_price: group.numbers("unit_price")?,
                amount: group.money("amount")?,
                tax: group.texts("tax")?,
                rules: group.texts("rules")?,
                sources: group.lists("sources")?,
                adjusts_month: group.texts("adjusts_month")?,
                adjusts_line: group.maybe_counts("adjusts_line")?,
                adjusted: [group.money("adjusts_was")?, group.money("adjusts_is")?],
                payloads: [group.texts("adjusts_payloads_then")?, group.texts("adjusts_payloads_now")?],
                papers: Papers::read(&group)?,
            };
            if rows.position.is_empty() {
                return Err(self.table.damaged("a row group has no rows"));
            }
            self.group += 1;
            self.at = (0, 0);
            self.rows = Some(rows);
        }
        self.rows.as_ref().ok_or_else(|| self.table.damaged("it has no rows"))
    }
}

impl Rows {
    fn line<'a>(&'a self, row: usize, sources: &'a [u64]) -> Option<LineRow<'a>> {
        let adjusts = match some(self.adjusts_month.get(row)) {
            None => None,
            Some(month) => Some(Adjusts {
                month: month.parse::<Month>().ok()?,
                line: self.adjusts_line[row],
                was: self.adjusted[0][row]?,
                is: self.adjusted[1][row]?,
                payloads_then: parts(self.payloads[0].get(row)).map(str::to_owned).collect(),
                payloads_now: parts(self.payloads[1].get(row)).map(str::to_owned).collect(),
            }),
        };
        Some(LineRow {
            kind: self.kind.get(row),
            name: self.name.get(row),
            sku: some(self.sku.get(row)),
            quantity: self.quantity.get(row),
            unit: some(self.unit.get(row)),
            unit_price: self.unit_price.get(row),
            amount: self.amount[row]?,
            tax: self.tax.get(row),
            rules: self.rules.get(row),
            sources,
            adjusts,
            paper: self.papers.as_ref().map_or(Some(None), |papers| papers.of(row))?,
        })
    }
}
