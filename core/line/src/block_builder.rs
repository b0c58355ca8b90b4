//! Lines that become a block.

use crate::billable_line::BillableLine;
use crate::block::{Block, MOST_ROWS};
use crate::columns::{NumberField, TextBuilder, TextField, Values, join_into, same_or_each};
use crate::currency::Currency;
use crate::decimal::Decimal;
use crate::month::Month;

/// Lines that become a block.
#[derive(Debug, Default)]
pub struct BlockBuilder {
    rows: usize,
    records: Vec<u64>,
    texts: [TextBuilder; TextField::ALL.len()],
    numbers: [Vec<Option<Decimal>>; NumberField::ALL.len()],
    scratch: String,
    month: Option<(Month, String)>,
}

impl BlockBuilder {
    /// How many lines are in it.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// True if the block must be taken before the next line.
    #[must_use]
    pub fn is_full(&self) -> bool {
        // Long texts that are all different fill a block before its rows do.
        self.rows >= MOST_ROWS || self.texts.iter().map(TextBuilder::bytes).sum::<usize>() > 32 << 20
    }

    /// Adds a line.
    pub fn push(&mut self, line: &BillableLine<'_>) {
        self.rows += 1;
        self.records.push(line.origin.as_ref().map_or(0, |origin| origin.row));
        if self.month.as_ref().is_none_or(|(month, _)| *month != line.usage_month) {
            self.month = Some((line.usage_month, line.usage_month.to_string()));
        }
        let month = self.month.as_ref().map_or("", |(_, text)| text);
        self.scratch.clear();
        join_into(&mut self.scratch, &line.tags);
        let texts = [
            month,
            line.source.as_deref().unwrap_or_default(),
            line.vendor.as_deref().unwrap_or_default(),
            line.tenant.as_deref().unwrap_or_default(),
            line.tenant_name.as_deref().unwrap_or_default(),
            line.partner.as_deref().unwrap_or_default(),
            line.customer.as_deref().unwrap_or_default(),
            line.sku_id.as_deref().unwrap_or_default(),
            line.sku_name.as_deref().unwrap_or_default(),
            line.edition.as_deref().unwrap_or_default(),
            line.meter.as_deref().unwrap_or_default(),
            &self.scratch,
            line.billing_unit.as_deref().unwrap_or_default(),
            line.measure.as_deref().unwrap_or_default(),
            line.currency.map_or("", Currency::code),
            line.payment_option.as_deref().unwrap_or_default(),
            line.origin.as_ref().map_or("", |origin| origin.payload.as_ref()),
        ];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.push(text);
        }
        let numbers = [
            line.consumed_quantity,
            line.entitled_quantity,
            line.overage_quantity,
            line.billable_quantity,
            line.unit_price,
            line.total_cost,
        ];
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column.push(number);
        }
    }

    /// Adds lines of a block from a row on, as many as there is place for; gives how many. What is full must be taken before.
    pub fn append(&mut self, block: &Block, from: usize) -> usize {
        let rows = from..block.rows.min(from + (MOST_ROWS - self.rows.min(MOST_ROWS)));
        match &block.records {
            Values::Same(record) => self.records.extend(std::iter::repeat_n(*record, rows.len())),
            Values::Each(records) => self.records.extend_from_slice(&records[rows.clone()]),
        }
        for (column, other) in self.texts.iter_mut().zip(&block.texts) {
            column.append(other, rows.clone());
        }
        for (column, other) in self.numbers.iter_mut().zip(&block.numbers) {
            match other {
                Values::Same(number) => column.extend(std::iter::repeat_n(*number, rows.len())),
                Values::Each(numbers) => column.extend_from_slice(&numbers[rows.clone()]),
            }
        }
        self.rows += rows.len();
        rows.len()
    }

    /// Takes the block; what comes after begins another.
    #[must_use]
    pub fn take(&mut self) -> Block {
        self.month = None;
        Block {
            rows: std::mem::take(&mut self.rows),
            records: same_or_each(std::mem::take(&mut self.records)),
            texts: std::array::from_fn(|index| self.texts[index].take()),
            numbers: std::array::from_fn(|index| same_or_each(std::mem::take(&mut self.numbers[index]))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billable_line::Origin;
    use crate::columns::TextColumn;

    fn line(number: u64) -> BillableLine<'static> {
        BillableLine {
            source: Some("main".into()),
            tenant: Some(format!("t{}", number % 3).into()),
            tags: if number.is_multiple_of(2) { vec!["a".into(), "b".into()] } else { Vec::new() },
            consumed_quantity: (!number.is_multiple_of(4)).then(|| Decimal::from(number)),
            currency: (!number.is_multiple_of(5)).then(|| "EUR".parse().unwrap()),
            origin: Some(Origin { payload: "0".repeat(64).into(), row: number + 1 }),
            ..BillableLine::new(if number == 7 { "2026-02" } else { "2026-03" }.parse().unwrap())
        }
    }

    #[test]
    fn lines_come_back_as_they_were() {
        let lines: Vec<BillableLine<'_>> = (0..20).map(line).collect();
        let mut builder = BlockBuilder::default();
        lines.iter().for_each(|line| builder.push(line));
        let block = builder.take();
        assert_eq!((block.rows(), builder.rows()), (20, 0));
        let read: Vec<BillableLine<'_>> = (0..20).map(|row| block.line(row).unwrap()).collect();
        assert_eq!(read, lines);
        assert_eq!(block.text(TextField::Source).ids, Values::Same(1));
        assert_eq!(block.text(TextField::Tenant).texts.len(), 4);
        assert_eq!(*block.number(NumberField::TotalCost), Values::Same(None));
        // What came before is not in the next block.
        builder.push(&lines[0]);
        assert_eq!(builder.take().text(TextField::Tenant).texts.len(), 2);
    }

    #[test]
    fn columns_from_elsewhere_are_checked() {
        let mut builder = BlockBuilder::default();
        (0..5).for_each(|number| builder.push(&line(number)));
        let Block { rows, records, texts, numbers } = builder.take();
        let made = |rows, records: &Values<u64>, texts: &[TextColumn; 17], numbers: &[Values<_>; 6]| {
            Block::of_columns(rows, records.clone(), texts.clone(), numbers.clone()).map_err(|error| error.0)
        };
        assert!(made(rows, &records, &texts, &numbers).is_ok());
        assert!(made(4, &records, &texts, &numbers).unwrap_err().contains("another number of rows"));
        let mut wrong = texts.clone();
        wrong[TextField::Tenant as usize].ids = Values::Each(vec![0, 1, 2, 3, 4]);
        assert_eq!(
            made(rows, &records, &wrong, &numbers).unwrap_err(),
            "the column tenant names a text that is not there"
        );
        let mut wrong = texts.clone();
        wrong[TextField::Currency as usize] = TextColumn::same("EURO");
        assert!(made(rows, &records, &wrong, &numbers).unwrap_err().contains("\"EURO\" is not a currency"));
        let mut wrong = texts.clone();
        wrong[TextField::UsageMonth as usize] = TextColumn::same("");
        assert!(made(rows, &records, &wrong, &numbers).unwrap_err().contains("without a month"));
        let mut wrong = numbers.clone();
        wrong[0] = Values::Each(vec![None; 4]);
        assert!(made(rows, &records, &texts, &wrong).unwrap_err().contains("consumed_quantity"));
        assert!(made(MOST_ROWS + 1, &Values::Same(0), &texts, &numbers).unwrap_err().contains("at most"));
    }
}
