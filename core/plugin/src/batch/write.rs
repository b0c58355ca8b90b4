//! Lines and skipped records on their way out: pushed one by one, taken as bytes.

use ratebook_line::{
    Currency, Decimal, Month, NumberField, TextBuilder, TextColumn, TextField, TextGroup, join_into,
};

use super::encode::Writer;
use super::layout::{DUPLICATES, FINGERPRINT, RECORD, SKIPPED_REASON, SKIPPED_RECORD, SKIPPED_WHAT, word};
use crate::duplicates::Duplicates;
use crate::fingerprint::Fingerprint;
use crate::line::Line;
use crate::skip::Skip;

/// Who used it: columns of texts that a tenant has all of, again and again.
const WHO: [TextField; 4] =
    [TextField::Tenant, TextField::TenantName, TextField::Partner, TextField::Customer];

/// What was used: the same of what is sold.
const WHAT: [TextField; 9] = [
    TextField::SkuId,
    TextField::SkuName,
    TextField::Edition,
    TextField::Meter,
    TextField::Tags,
    TextField::BillingUnit,
    TextField::Measure,
    TextField::Currency,
    TextField::PaymentOption,
];

/// A column that takes no place until a row has something in it.
#[derive(Debug)]
struct Sparse<T>(Vec<Option<T>>);

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Sparse(Vec::new())
    }
}

impl<T: Copy> Sparse<T> {
    /// Sets the value of a row, which is behind all rows before.
    fn push(&mut self, row: usize, value: Option<T>) {
        if value.is_some() {
            self.0.resize(row, None);
            self.0.push(value);
        }
    }

    /// The values of all rows, if any row has one.
    fn of(&mut self, rows: usize) -> Option<&[Option<T>]> {
        if self.0.is_empty() {
            return None;
        }
        self.0.resize(rows, None);
        Some(&self.0)
    }
}

/// Lines and skipped records on their way.
#[derive(Debug, Default)]
pub(crate) struct BlockBatch {
    records: Vec<u64>,
    who: TextGroup<{ WHO.len() }>,
    what: TextGroup<{ WHAT.len() }>,
    usage_month: TextBuilder,
    /// The month of the last line that is of another than the one asked for, in its text.
    month: Option<(Month, String)>,
    numbers: [Sparse<Decimal>; NumberField::ALL.len()],
    fingerprints: Sparse<Fingerprint>,
    duplicates: TextBuilder,
    /// The tags of a line in one text; reused.
    tags: String,
    skipped: SkippedRows,
}

#[derive(Debug, Default)]
struct SkippedRows {
    records: Vec<u64>,
    reasons: TextBuilder,
    what: TextBuilder,
}

impl BlockBatch {
    /// How many lines and skipped records are in it.
    pub(crate) fn rows(&self) -> usize {
        self.records.len() + self.skipped.records.len()
    }

    /// How many bytes of text are in it.
    pub(crate) fn text(&self) -> usize {
        self.who.bytes() + self.what.bytes() + self.skipped.what.bytes()
    }

    /// How many bytes of memory its texts take beside that.
    pub(crate) fn memory(&self) -> usize {
        self.who.memory() + self.what.memory()
    }

    /// Adds a line. `fingerprint` and `duplicates` go in place of the line's own.
    pub(crate) fn push(&mut self, line: &Line<'_>, fingerprint: Option<Fingerprint>, duplicates: Duplicates) {
        let text = Option::unwrap_or_default;
        let row = self.records.len();
        self.records.push(line.row);
        self.who.push([text(line.tenant), text(line.tenant_name), text(line.partner), text(line.customer)]);
        let tags = match line.tags[..] {
            [] => "",
            [tag] => tag,
            ref tags => {
                self.tags.clear();
                join_into(&mut self.tags, tags);
                &self.tags
            }
        };
        self.what.push([
            text(line.sku_id),
            text(line.sku_name),
            text(line.edition),
            text(line.meter),
            tags,
            text(line.billing_unit),
            text(line.measure),
            line.currency.map_or("", Currency::code),
            text(line.payment_option),
        ]);
        let numbers = [
            line.consumed_quantity,
            line.entitled_quantity,
            line.overage_quantity,
            line.billable_quantity,
            line.unit_price,
            line.total_cost,
        ];
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column.push(row, number);
        }
        self.push_month(line.usage_month);
        self.fingerprints.push(row, fingerprint);
        self.duplicates.push(word(duplicates));
    }

    fn push_month(&mut self, month: Option<Month>) {
        let Some(month) = month else { return self.usage_month.push("") };
        if self.month.as_ref().is_none_or(|(known, _)| *known != month) {
            self.month = Some((month, month.to_string()));
        }
        self.usage_month.push(self.month.as_ref().map_or("", |(_, text)| text));
    }

    /// Adds a skipped record.
    pub(crate) fn skip(&mut self, row: u64, reason: Skip, what: &str) {
        self.skipped.records.push(row);
        self.skipped.reasons.push(reason.word());
        self.skipped.what.push(what);
    }

    /// Takes what is in it as bytes; what comes after begins anew.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let (lines, skipped) = (self.records.len(), self.skipped.records.len());
        let mut to = Writer::new(lines, skipped);
        if lines > 0 {
            to.steps(RECORD, &self.records);
            for (field, column) in WHO.into_iter().zip(self.who.take()) {
                to.texts(field.name(), &column);
            }
            for (field, column) in WHAT.into_iter().zip(self.what.take()) {
                to.texts(field.name(), &column);
            }
            to.texts(TextField::UsageMonth.name(), &self.usage_month.take());
            for (field, column) in NumberField::ALL.into_iter().zip(&mut self.numbers) {
                if let Some(values) = column.of(lines) {
                    to.decimals(field.name(), values);
                }
                column.0.clear();
            }
            if let Some(values) = self.fingerprints.of(lines) {
                to.hashes(FINGERPRINT, values);
            }
            self.fingerprints.0.clear();
            to.texts(DUPLICATES, &self.duplicates.take());
        }
        if skipped > 0 {
            to.steps(SKIPPED_RECORD, &self.skipped.records);
            let [reasons, what]: [TextColumn; 2] = [self.skipped.reasons.take(), self.skipped.what.take()];
            to.texts(SKIPPED_REASON, &reasons);
            to.texts(SKIPPED_WHAT, &what);
        }
        self.records.clear();
        self.skipped.records.clear();
        to.finish()
    }
}
