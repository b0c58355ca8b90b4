//! From the rows of the usage summary to lines.
//!
//! Nothing is derived: a pay-as-you-go row has overage 0 and is billable all the same, a committed row costs 0 because
//! the commitment is invoiced elsewhere, and a product's consumption may stand in two rows under two SKUs (committed
//! with `-UP`, the rest without).

use std::borrow::Cow;

use ratebook_plugin::{
    Duplicates, Faults, JsonReading, Line, LineCount, Lines, Month, Place, Problem, Repeats, Shape,
    looks_like,
};

use super::checks::{check_arithmetic, check_month};
use crate::fields;
use crate::formats::USAGE_SUMMARY;
use crate::payload::{Row, Summary};

/// Makes a line of each row.
pub(crate) fn usage_summary(
    summary: &Summary<'_>,
    duplicates: Duplicates,
    month: Month,
    out: &mut Lines<'_>,
) -> Result<(), Problem> {
    if summary.rows.is_empty() {
        return Err(Problem::empty(format!(
            "Metallic's usage summary for {month} has no rows: pooled storage is off, or nothing was used \
             (the vendor does not say which)"
        )));
    }
    let mut faults = Faults::default();
    let mut repeats = Repeats::new(duplicates);
    let fields = fields::fields();
    let mut shape = Shape::of("the summary", &fields, USAGE_SUMMARY);
    let mut lines = LineCount::of(summary.text);
    for (row, number) in summary.rows.iter().zip(1..) {
        let begins = row.begins.and_then(|value| lines.line_of(value));
        if repeats.skipped_at(Place { record: number, line: begins }, row.fingerprint(), out)? {
            continue;
        }
        let mut reading = JsonReading::of("row", number, &mut faults).in_line(begins);
        shape.row(&mut reading, |name| row.get(name), row.unknown());
        let texts = Texts::of(row, &mut reading);
        let line = line(row, &texts, month, &mut reading);
        if faults.is_empty() {
            check_arithmetic(&line, "totalCost", out)?;
            out.push(&line)?;
        }
    }
    summary.unknown.iter().for_each(|name| shape.is_unknown(name));
    shape.tell(out)?;
    faults.refuse()?;
    repeats.finish(out)
}

/// The row's texts, decoded; the line borrows them.
struct Texts<'a> {
    usage_month: Option<Cow<'a, str>>,
    sku_id: Option<Cow<'a, str>>,
    billing_unit: Option<Cow<'a, str>>,
    currency: Option<Cow<'a, str>>,
    payment_option: Option<Cow<'a, str>>,
}

impl<'a> Texts<'a> {
    fn of(row: &Row<'a>, reading: &mut JsonReading<'_>) -> Texts<'a> {
        // The schema calls it paymentOption, every example type; the spelling differs too (pool, Pool).
        let payment_option = reading.text("paymentOption", row.payment_option);
        let kind = reading.text("type", row.kind);
        if let (Some(payment_option), Some(kind)) = (&payment_option, &kind)
            && !payment_option.eq_ignore_ascii_case(kind)
        {
            reading.fault(format_args!("paymentOption is {payment_option:?} and type is {kind:?}"));
        }
        if payment_option.is_none() && kind.is_none() {
            let like = |name| looks_like(name, row.unknown());
            let like = like("paymentOption").or_else(|| like("type"));
            let hint = like.map_or_else(String::new, |like| format!(" ({like:?} looks like it)"));
            reading.fault(format_args!("neither paymentOption nor type is there{hint}"));
        }
        Texts {
            usage_month: reading.text("usageMonth", row.usage_month),
            sku_id: reading.text("skuId", row.sku_id),
            billing_unit: reading.text("billingUnit", row.billing_unit),
            currency: reading.text("currency", row.currency),
            payment_option: payment_option.or(kind),
        }
    }
}

fn line<'t>(row: &Row<'_>, texts: &'t Texts<'_>, month: Month, reading: &mut JsonReading<'_>) -> Line<'t> {
    check_month(reading, texts.usage_month.as_deref(), month);
    Line {
        sku_id: texts.sku_id.as_deref(),
        consumed_quantity: reading.decimal("consumedQuantity", row.consumed_quantity),
        entitled_quantity: reading.decimal("entitledQuantity", row.entitled_quantity),
        overage_quantity: reading.decimal("overageQuantity", row.overage_quantity),
        billable_quantity: reading.decimal("billableQuantity", row.billable_quantity),
        billing_unit: texts.billing_unit.as_deref(),
        unit_price: reading.decimal("unitPrice", row.unit_price),
        total_cost: reading.decimal("totalCost", row.total_cost),
        currency: reading.currency("currency", texts.currency.as_deref()),
        payment_option: texts.payment_option.as_deref(),
        ..Line::at(reading.number())
    }
}
