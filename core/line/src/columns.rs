//! Columns: the fields of a line by column, and each distinct text of a column once.

use crate::texts::{Interner, Texts};

/// Stands between the tags of a line in their one text; no tag may hold it.
pub const BETWEEN_TAGS: char = '\u{1f}';

/// Puts texts one behind the other with [`BETWEEN_TAGS`] between them.
pub fn join_into(to: &mut String, texts: impl IntoIterator<Item = impl AsRef<str>>) {
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            to.push(BETWEEN_TAGS);
        }
        to.push_str(text.as_ref());
    }
}

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
        // Neighbouring rows are much alike. Empty texts are not compared: one may lie nowhere, and some processors take very
        // long to look there.
        if text.is_empty() {
            self.last = 0;
        } else if self.last == 0 || self.interner.texts().get(self.last) != text {
            self.last = self.interner.intern(text);
        }
        self.ids.push(self.last);
    }

    /// The number of a text in the column, which is kept if it was not.
    pub fn intern(&mut self, text: &str) -> u32 {
        self.interner.intern(text)
    }

    /// Adds a text by the number that [`TextBuilder::intern`] gave since the column was begun.
    #[inline]
    pub fn push_id(&mut self, id: u32) {
        self.last = id;
        self.ids.push(id);
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
