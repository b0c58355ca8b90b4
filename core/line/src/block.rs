//! Lines as columns: what crosses from the plugin to the tables and to the bills, without a text for each row.
//!
//! In a [`Block`] each distinct text stands once and rows have its number, so whatever is asked of texts is asked once
//! for each distinct one.

mod chosen;

use std::borrow::Cow;

use crate::billable_line::{BillableLine, Origin};
use crate::columns::{BETWEEN_TAGS, NumberField, TextColumn, TextField, Values};
use crate::currency::{Currency, UnknownCurrency};
use crate::decimal::Decimal;
use crate::month::{Month, MonthError};
use crate::texts::Texts;

/// The most rows of a block, and the rows of a row group of a table of lines.
pub const MOST_ROWS: usize = 65_536;

/// At most [`MOST_ROWS`] lines as columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub(crate) rows: usize,
    pub(crate) records: Values<u64>,
    pub(crate) texts: [TextColumn; TextField::ALL.len()],
    pub(crate) numbers: [Values<Option<Decimal>>; NumberField::ALL.len()],
}

/// Why columns are no block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockError(pub String);

impl std::fmt::Display for BlockError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BlockError {}

impl From<MonthError> for BlockError {
    fn from(error: MonthError) -> BlockError {
        BlockError(error.to_string())
    }
}

impl From<UnknownCurrency> for BlockError {
    fn from(error: UnknownCurrency) -> BlockError {
        BlockError(error.to_string())
    }
}

impl Block {
    /// So many lines of which nothing is known but their month.
    #[must_use]
    pub fn empty(rows: usize, month: Month) -> Block {
        let mut block = Block {
            rows,
            records: Values::Same(0),
            texts: std::array::from_fn(|_| TextColumn { texts: Texts::default(), ids: Values::Same(0) }),
            numbers: std::array::from_fn(|_| Values::Same(None)),
        };
        block.texts[TextField::UsageMonth as usize] = TextColumn::same(&month.to_string());
        block
    }

    /// A block of columns that come from elsewhere: each is checked.
    ///
    /// # Errors
    /// [`BlockError`] if a column has another number of rows, or a number that is no text's; if a text that is in use is
    /// no month or no currency where one must be.
    pub fn of_columns(
        rows: usize,
        records: Values<u64>,
        texts: [TextColumn; TextField::ALL.len()],
        numbers: [Values<Option<Decimal>>; NumberField::ALL.len()],
    ) -> Result<Block, BlockError> {
        let wrong = |column: &str, what: &str| Err(BlockError(format!("the column {column} {what}")));
        let other = "has another number of rows";
        if rows > MOST_ROWS {
            return Err(BlockError(format!("it has {rows} rows, at most {MOST_ROWS} are taken")));
        }
        if !records.fits(rows) {
            return wrong("record", other);
        }
        for (field, column) in TextField::ALL.into_iter().zip(&texts) {
            if !column.ids.fits(rows) {
                return wrong(field.name(), other);
            }
            let last = match &column.ids {
                Values::Same(id) => *id,
                Values::Each(ids) => ids.iter().copied().max().unwrap_or(0),
            };
            if last as usize >= column.texts.len() {
                return wrong(field.name(), "names a text that is not there");
            }
        }
        for (field, column) in NumberField::ALL.into_iter().zip(&numbers) {
            if !column.fits(rows) {
                return wrong(field.name(), other);
            }
        }
        let block = Block { rows, records, texts, numbers };
        block.months()?;
        block.currencies()?;
        let months = &block.text(TextField::UsageMonth).ids;
        let has_none = match months {
            Values::Same(id) => *id == 0 && rows > 0,
            Values::Each(ids) => ids.contains(&0),
        };
        if has_none { wrong(TextField::UsageMonth.name(), "leaves a row without a month") } else { Ok(block) }
    }

    /// How many lines.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The record of its payload that each line is from, counted from 1; 0 if it is from none.
    #[must_use]
    pub fn records(&self) -> &Values<u64> {
        &self.records
    }

    /// A column of texts.
    #[inline]
    #[must_use]
    pub fn text(&self, field: TextField) -> &TextColumn {
        &self.texts[field as usize]
    }

    /// Puts a column of texts in place of another. Months and currencies are checked where they are read.
    ///
    /// # Panics
    /// If it has another number of rows.
    pub fn set_text(&mut self, field: TextField, column: TextColumn) {
        assert!(column.ids.fits(self.rows), "a column of another length");
        self.texts[field as usize] = column;
    }

    /// A column of numbers.
    #[inline]
    #[must_use]
    pub fn number(&self, field: NumberField) -> &Values<Option<Decimal>> {
        &self.numbers[field as usize]
    }

    /// The months, by the numbers of their texts; that of number 0 means nothing.
    ///
    /// # Errors
    /// If a text is no month.
    pub fn months(&self) -> Result<Vec<Month>, BlockError> {
        let none = Month::new(1, 1).ok_or_else(|| BlockError("no month".to_owned()))?;
        let texts = self.text(TextField::UsageMonth).texts.iter();
        texts.map(|text| if text.is_empty() { Ok(none) } else { Ok(text.parse()?) }).collect()
    }

    /// The currencies, by the numbers of their texts.
    ///
    /// # Errors
    /// If a text is no currency.
    pub fn currencies(&self) -> Result<Vec<Option<Currency>>, BlockError> {
        let texts = self.text(TextField::Currency).texts.iter();
        texts.map(|text| if text.is_empty() { Ok(None) } else { Ok(Some(text.parse()?)) }).collect()
    }

    /// A line of it, for people and for whoever wants one at a time.
    ///
    /// # Errors
    /// If its month or currency is none.
    pub fn line(&self, row: usize) -> Result<BillableLine<'_>, BlockError> {
        let text = |field: TextField| {
            let text = self.text(field).get(row);
            (!text.is_empty()).then_some(Cow::Borrowed(text))
        };
        let number = |field: NumberField| self.number(field).get(row);
        let tags = self.text(TextField::Tags).get(row);
        let currency = self.text(TextField::Currency).get(row);
        Ok(BillableLine {
            usage_month: self.text(TextField::UsageMonth).get(row).parse()?,
            source: text(TextField::Source),
            vendor: text(TextField::Vendor),
            tenant: text(TextField::Tenant),
            tenant_name: text(TextField::TenantName),
            partner: text(TextField::Partner),
            customer: text(TextField::Customer),
            sku_id: text(TextField::SkuId),
            sku_name: text(TextField::SkuName),
            edition: text(TextField::Edition),
            meter: text(TextField::Meter),
            tags: tags.split(BETWEEN_TAGS).filter(|tag| !tag.is_empty()).map(Cow::Borrowed).collect(),
            consumed_quantity: number(NumberField::Consumed),
            entitled_quantity: number(NumberField::Entitled),
            overage_quantity: number(NumberField::Overage),
            billable_quantity: number(NumberField::Billable),
            billing_unit: text(TextField::BillingUnit),
            measure: text(TextField::Measure),
            unit_price: number(NumberField::UnitPrice),
            total_cost: number(NumberField::TotalCost),
            currency: if currency.is_empty() { None } else { Some(currency.parse()?) },
            payment_option: text(TextField::PaymentOption),
            origin: text(TextField::Payload).map(|payload| Origin { payload, row: self.records.get(row) }),
        })
    }
}
