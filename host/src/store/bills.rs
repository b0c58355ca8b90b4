//! `bills.parquet`, a row for each bill by customer, and `bill_lines.parquet`, their lines in the same order.

use std::collections::BTreeMap;
use std::path::Path;

use ratebook_line::{Currency, Decimal, MOST_ROWS, Month, TextBuilder, TextColumn, Values};
use ratebook_rating::{Bill, Counts, VendorCost};

use super::bill_head::BillHead;
use super::bill_lines::{LINES, LineColumns, LineRows};
use super::column::{Column, Data, Kind, count, joined, parts, some, text};
use super::line_row::LineRow;
use super::table::{Table, TableReader, TableWriter};
use crate::failure::Failure;
use crate::files::Draft;

pub(super) const BILLS: Table = Table {
    name: "bills",
    columns: &[
        text("month", "the billed month, 2026-03"),
        text("customer", "whom it is for: the customer's id, or the partner's if partners are billed"),
        text("name", "the name that the rules give to whom it is for"),
        text("currency", "the currency of all its amounts"),
        count("places", "decimal places of its amounts"),
        Column { name: "total", kind: Kind::Money, meaning: "the sum of its lines" },
        Column { name: "complete", kind: Kind::Flag, meaning: "false if lines that belong to it are held" },
        count("bill_lines", "how many lines it has in bill_lines"),
        count("lines", "lines of usage that belong to it"),
        count("priced", "lines of usage that are on it"),
        count("held", "lines of usage that wait for it"),
        count("dropped", "lines of usage of its customer that rules dropped"),
        text("credits", "the ids of its credit rules, U+001F between them"),
        text("credits_left", "what is left of each credit, in the same order, U+001F between them"),
        text(
            "vendor_costs",
            "what the vendors charge for its lines, as `12.34 EUR`, U+001F between currencies",
        ),
        Column {
            name: "vendor_cost",
            kind: Kind::Number { places: 10 },
            meaning: "all of that and of our_costs in the bill's currency, if the rates are known",
        },
        count("lines_without_cost", "lines of usage on it whose cost neither the vendor nor a rule says"),
        text(
            "our_costs",
            "what we pay by rules of ours where no vendor says it, as `12.34 EUR`, U+001F between currencies",
        ),
    ],
};

/// The columns of bills on their way.
#[derive(Default)]
struct HeadColumns {
    rows: usize,
    texts: [TextBuilder; 8],
    total: Vec<Option<Decimal>>,
    complete: Vec<bool>,
    counts: [Vec<u64>; 7],
    vendor_cost: Vec<Option<Decimal>>,
}

/// Bills on their way to their two tables.
pub(crate) struct BillsWriter {
    month: String,
    bills: TableWriter,
    heads: HeadColumns,
    lines: TableWriter,
    pending: LineColumns,
}

impl BillsWriter {
    /// Begins the tables of a month's bills.
    ///
    /// # Errors
    /// If the files cannot be made.
    pub(crate) fn new(month: Month, bills: &Path, lines: &Path) -> Result<BillsWriter, Failure> {
        Ok(BillsWriter {
            month: month.to_string(),
            bills: TableWriter::new(BILLS, bills)?,
            heads: HeadColumns::default(),
            lines: TableWriter::new(LINES, lines)?,
            pending: LineColumns::default(),
        })
    }

    /// Adds a bill. Bills come by customer, all of one session.
    ///
    /// # Errors
    /// If it cannot be written; if an amount is too large for the table.
    pub(crate) fn push(&mut self, bill: &Bill<'_>) -> Result<BillHead, Failure> {
        let head = BillHead::of(bill);
        self.push_head(&head)?;
        for (position, row) in (0_u64..).zip(bill.rows()) {
            self.pending.push(&head, bill, position, &row);
            if self.pending.rows() >= MOST_ROWS {
                self.pending.flush(&mut self.lines)?;
            }
        }
        Ok(head)
    }

    fn push_head(&mut self, head: &BillHead) -> Result<(), Failure> {
        let heads = &mut self.heads;
        let (credits, left): (Vec<&str>, Vec<String>) =
            head.credits.iter().map(|(rule, left)| (rule.as_str(), left.to_string())).unzip();
        let [costs, ours] = [&head.cost.by_currency, &head.cost.ours].map(costs_cell);
        let texts = [
            &self.month,
            &head.customer,
            head.name.as_deref().unwrap_or_default(),
            head.currency.code(),
            &joined(&credits),
            &joined(&left),
            &costs,
            &ours,
        ];
        heads.texts.iter_mut().zip(texts).for_each(|(column, text)| column.push(text));
        let Counts { dropped, held, lines, priced } = head.counts;
        let counts =
            [u64::from(head.places), head.bill_lines, lines, priced, held, dropped, head.cost.lines_unknown];
        heads.counts.iter_mut().zip(counts).for_each(|(column, count)| column.push(count));
        heads.total.push(Some(head.total));
        heads.complete.push(head.complete);
        heads.vendor_cost.push(head.cost.in_bill_currency);
        heads.rows += 1;
        if heads.rows >= MOST_ROWS { self.flush_heads() } else { Ok(()) }
    }

    fn flush_heads(&mut self) -> Result<(), Failure> {
        let HeadColumns { rows, mut texts, total, complete, counts, vendor_cost } =
            std::mem::take(&mut self.heads);
        let [month, customer, name, currency, credits, left, costs, ours] =
            &texts.each_mut().map(TextBuilder::take);
        let [places, bill_lines, lines, priced, held, dropped, unknown] = counts.map(Values::Each);
        self.bills.rows(
            rows,
            &[
                Data::Text(month),
                Data::Text(customer),
                Data::Text(name),
                Data::Text(currency),
                Data::Count(&places),
                Data::Money(&total),
                Data::Flag(&complete),
                Data::Count(&bill_lines),
                Data::Count(&lines),
                Data::Count(&priced),
                Data::Count(&held),
                Data::Count(&dropped),
                Data::Text(credits),
                Data::Text(left),
                Data::Text(costs),
                Data::Number(&Values::Each(vendor_cost)),
                Data::Count(&unknown),
                Data::Text(ours),
            ],
        )
    }

    /// The whole tables, not yet at their places: of bills, and of their lines.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(crate) fn finish(mut self) -> Result<[Draft; 2], Failure> {
        self.flush_heads()?;
        self.pending.flush(&mut self.lines)?;
        Ok([self.bills.finish()?, self.lines.finish()?])
    }
}

/// Bills that are read one behind the other, by customer.
pub(crate) struct BillsReader {
    bills: TableReader,
    /// Those of the row group that is read, the next one last.
    heads: Vec<BillHead>,
    group: usize,
    lines: LineRows,
    /// Lines of the bill that was given last and were not asked for.
    unread: u64,
}

impl BillsReader {
    /// Opens the tables of a month's bills.
    ///
    /// # Errors
    /// If they cannot be read, or are none.
    pub(crate) fn open(bills: &Path, lines: &Path) -> Result<BillsReader, Failure> {
        Ok(BillsReader {
            bills: TableReader::open(BILLS, bills)?,
            heads: Vec::new(),
            group: 0,
            lines: LineRows::open(lines)?,
            unread: 0,
        })
    }

    /// The next bill, without its lines; whoever wants these asks for them before the next.
    ///
    /// # Errors
    /// If the tables cannot be read, or are not as they were written.
    pub(crate) fn next(&mut self) -> Result<Option<BillHead>, Failure> {
        self.lines.skip(std::mem::take(&mut self.unread))?;
        while self.heads.is_empty() {
            if self.group == self.bills.groups() {
                return match self.lines.is_at_end() {
                    true => Ok(None),
                    false => Err(self.bills.damaged("there are lines of bills that it does not have")),
                };
            }
            self.heads = self.read_group()?;
            self.heads.reverse();
            self.group += 1;
        }
        let head = self.heads.pop();
        self.unread = head.as_ref().map_or(0, |head| head.bill_lines);
        Ok(head)
    }

    /// Gives the lines of the bill that [`BillsReader::next`] gave last, each with its position.
    ///
    /// # Errors
    /// As for [`BillsReader::next`]; the first of `take`.
    pub(crate) fn each_line(
        &mut self,
        head: &BillHead,
        mut take: impl FnMut(u64, &LineRow<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        for position in 0..std::mem::take(&mut self.unread) {
            self.lines.next(head, position, &mut take)?;
        }
        Ok(())
    }

    fn read_group(&self) -> Result<Vec<BillHead>, Failure> {
        let group = self.bills.group(self.group)?;
        let texts = |name: &str| group.texts(name);
        let [customer, name, currency] = [texts("customer")?, texts("name")?, texts("currency")?];
        let [credits, left] = [texts("credits")?, texts("credits_left")?];
        let [costs, ours] = [texts("vendor_costs")?, texts("our_costs")?];
        let (places, bill_lines) = (group.counts("places")?, group.counts("bill_lines")?);
        let (lines, priced) = (group.counts("lines")?, group.counts("priced")?);
        let (held, dropped) = (group.counts("held")?, group.counts("dropped")?);
        let (total, complete) = (group.money("total")?, group.flags("complete")?);
        let (cost, unknown) = (group.numbers("vendor_cost")?, group.counts("lines_without_cost")?);
        let head = |row: usize| {
            Some(BillHead {
                customer: customer.get(row).to_owned(),
                name: some(name.get(row)).map(str::to_owned),
                currency: currency.get(row).parse().ok()?,
                places: u32::try_from(places[row]).ok().filter(|places| *places <= 38)?,
                total: total[row]?,
                complete: complete[row],
                bill_lines: bill_lines[row],
                counts: Counts {
                    dropped: dropped[row],
                    held: held[row],
                    lines: lines[row],
                    priced: priced[row],
                },
                credits: pairs(&credits, &left, row)?,
                cost: VendorCost {
                    by_currency: costs_of(costs.get(row))?,
                    ours: costs_of(ours.get(row))?,
                    in_bill_currency: cost.get(row),
                    lines_unknown: unknown[row],
                },
            })
        };
        let heads = (0..group.rows).map(head).collect::<Option<Vec<BillHead>>>();
        heads.ok_or_else(|| self.bills.damaged("a bill does not say what it must"))
    }
}

fn pairs(credits: &TextColumn, left: &TextColumn, row: usize) -> Option<BTreeMap<String, Decimal>> {
    let texts = |cell| parts(cell).map(str::to_owned).collect::<Vec<String>>();
    let (credits, left) = (texts(credits.get(row)), texts(left.get(row)));
    if credits.len() != left.len() {
        return None;
    }
    credits.into_iter().zip(left).map(|(rule, left)| Some((rule, left.parse().ok()?))).collect()
}

fn costs_cell(costs: &BTreeMap<Currency, Decimal>) -> String {
    joined(costs.iter().map(|(currency, cost)| format!("{cost} {currency}")))
}

fn costs_of(text: &str) -> Option<BTreeMap<Currency, Decimal>> {
    parts(text)
        .map(|cost| {
            let (sum, currency) = cost.split_once(' ')?;
            Some((currency.parse().ok()?, sum.parse().ok()?))
        })
        .collect()
}
