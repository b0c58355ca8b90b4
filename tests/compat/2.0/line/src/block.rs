//! Lines as columns: what crosses from the plugin to the tables and to the bills, without a text for each row.
//!
//! In a [`Block`] each distinct text stands once and rows have its number, so whatever is asked of texts is asked once
//! for each distinct one.

mod chosen;

use std::borrow::Cow;

use crate::texts::{Interner, Texts};
use crate::{BillableLine, Currency, Decimal, Month, MonthError, Origin, UnknownCurrency};

/// The most rows of a block, and the rows of a row group of a table of lines.
pub const MOST_ROWS: usize = 65_536;

/// Stands between the tags of a line in their one text; no tag may hold it.
pub const BETWEEN_TAGS: char = '\u{1f}';

macro_rules! fields {
    ($(#[$doc:meta])* $name:ident: $($(#[$of:meta])* $field:ident = $text:literal),* $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$of])* $field),* }

        impl $name {
            /// All, in the order in which they stand in tables.
            pub const ALL: [$name; [$($text),*].len()] = [$($name::$field),*];

            /// The name of its column.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($name::$field => $text),* }
            }
        }
    };
}

fields!(
    /// The columns of texts.
    TextField:
    /// The month the usage belongs to, `2026-03`; never absent.
    UsageMonth = "usage_month",
    /// The configured account.
    Source = "source",
    /// The plugin's id.
    Vendor = "vendor",
    /// The vendor's id of who used it.
    Tenant = "tenant",
    /// The vendor's name of who used it.
    TenantName = "tenant_name",
    /// The vendor's id of the tenant's parent.
    Partner = "partner",
    /// The vendor's external reference of the tenant.
    Customer = "customer",
    /// The vendor's id for what is sold.
    SkuId = "sku_id",
    /// The vendor's name for what is sold.
    SkuName = "sku_name",
    /// The vendor's edition of the service.
    Edition = "edition",
    /// What is counted under the SKU.
    Meter = "meter",
    /// Further marks, [`BETWEEN_TAGS`] between them.
    Tags = "tags",
    /// The unit of the quantities as the vendor spells it.
    BillingUnit = "billing_unit",
    /// Which of the vendor's numbers the quantity is.
    Measure = "measure",
    /// The currency of the vendor's price and cost.
    Currency = "currency",
    /// Utility, pool, term ... in the vendor's spelling.
    PaymentOption = "payment_option",
    /// SHA-256 of the payload the line is from, in hex.
    Payload = "payload",
);

fields!(
    /// The columns of numbers.
    NumberField:
    /// What was used.
    Consumed = "consumed_quantity",
    /// What the contract with the vendor covers.
    Entitled = "entitled_quantity",
    /// What was used beyond that.
    Overage = "overage_quantity",
    /// What the vendor bills us for.
    Billable = "billable_quantity",
    /// What the vendor charges us per unit.
    UnitPrice = "unit_price",
    /// What the vendor charges us for the line.
    TotalCost = "total_cost",
);

/// A value for each row, or one for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values<T> {
    /// The same in every row.
    Same(T),
    /// One for each row.
    Each(Vec<T>),
}

impl<T: Copy + PartialEq> Values<T> {
    /// That of a row.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> T {
        match self {
            Values::Same(value) => *value,
            Values::Each(values) => values[row],
        }
    }

    /// True if they can be the values of so many rows.
    #[must_use]
    pub fn fits(&self, rows: usize) -> bool {
        match self {
            Values::Same(_) => true,
            Values::Each(values) => values.len() == rows,
        }
    }
}

/// A column of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextColumn {
    /// The distinct texts.
    pub texts: Texts,
    /// Which of them each row has; 0 where it has none.
    pub ids: Values<u32>,
}

impl TextColumn {
    /// The same text in every row; `""` for none.
    #[must_use]
    pub fn same(text: &str) -> TextColumn {
        let mut interner = Interner::default();
        let id = interner.intern(text);
        TextColumn { texts: interner.take(), ids: Values::Same(id) }
    }

    /// The text of a row; `""` if it has none.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> &str {
        self.texts.get(self.ids.get(row))
    }
}

/// At most [`MOST_ROWS`] lines as columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    rows: usize,
    records: Values<u64>,
    texts: [TextColumn; TextField::ALL.len()],
    numbers: [Values<Option<Decimal>>; NumberField::ALL.len()],
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

/// A column of texts on its way.
#[derive(Clone, Debug, Default)]
pub struct TextBuilder {
    interner: Interner,
    ids: Vec<u32>,
    last: u32,
}

impl TextBuilder {
    /// Adds the text of the next row; `""` for none.
    #[inline]
    pub fn push(&mut self, text: &str) {
        // Neighbouring rows are much alike.
        if self.interner.texts().get(self.last) != text {
            self.last = self.interner.intern(text);
        }
        self.ids.push(self.last);
    }

    /// Adds the texts of some rows of another column.
    pub fn append(&mut self, column: &TextColumn, rows: std::ops::Range<usize>) {
        match &column.ids {
            Values::Same(id) => {
                let id = self.interner.intern(column.texts.get(*id));
                self.ids.extend(std::iter::repeat_n(id, rows.len()));
            }
            Values::Each(ids) => {
                // Numbers are given in the order in which rows have the texts, so that they depend on the rows alone.
                let mut known = vec![u32::MAX; column.texts.len()];
                self.ids.reserve(rows.len());
                for id in &ids[rows] {
                    let known = &mut known[*id as usize];
                    if *known == u32::MAX {
                        *known = self.interner.intern(column.texts.get(*id));
                    }
                    self.ids.push(*known);
                }
            }
        }
        self.last = self.ids.last().copied().unwrap_or(0);
    }

    /// How many bytes the distinct texts have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.interner.texts().bytes()
    }

    /// Takes the column; what comes after begins another.
    #[must_use]
    pub fn take(&mut self) -> TextColumn {
        self.last = 0;
        TextColumn { texts: self.interner.take(), ids: same_or_each(std::mem::take(&mut self.ids)) }
    }
}

/// One value if all rows have the same.
#[must_use]
pub fn same_or_each<T: Copy + PartialEq + Default>(values: Vec<T>) -> Values<T> {
    let first = values.first().copied().unwrap_or_default();
    if values.iter().all(|value| *value == first) { Values::Same(first) } else { Values::Each(values) }
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
        for (index, tag) in line.tags.iter().enumerate() {
            if index > 0 {
                self.scratch.push(BETWEEN_TAGS);
            }
            self.scratch.push_str(tag);
        }
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
