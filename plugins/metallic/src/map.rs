//! From the rows of the usage summary to lines: what Metallic's words mean for a bill.
//!
//! One line per row, the vendor's numbers as they stand. Nothing is derived: a pay-as-you-go row has overage 0 and is
//! billable all the same, a committed row costs 0 because the commitment is invoiced elsewhere, and a product's
//! consumption may stand in two rows under two SKUs (committed with `-UP`, the rest without).

use std::borrow::Cow;
use std::collections::BTreeSet;

use ratebook_line::json_decimal;
use ratebook_plugin::{Currency, Decimal, Level, Line, Lines, Month, Problem};

use crate::payload::{Row, Summary};

/// Wrong members that are told one by one; the rest is counted.
const TOLD: usize = 20;

/// Makes a line of each row.
pub(crate) fn usage_summary(summary: &Summary<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
    if summary.rows.is_empty() {
        return Err(Problem::empty(format!(
            "Metallic's usage summary for {month} has no rows: pooled storage is off, or nothing was used \
             (the vendor does not say which)"
        )));
    }
    let mut faults = Vec::new();
    let mut unknown: BTreeSet<&str> = summary.unknown.iter().map(String::as_str).collect();
    for (row, number) in summary.rows.iter().zip(1..) {
        unknown.extend(row.unknown.iter().map(String::as_str));
        let mut reading = Reading { number, faults: &mut faults };
        let texts = Texts::of(row, &mut reading);
        let line = line(row, &texts, month, &mut reading);
        if faults.is_empty() {
            check_arithmetic(&line, out)?;
            out.push(&line)?;
        }
    }
    if !unknown.is_empty() {
        let names = unknown.into_iter().collect::<Vec<_>>().join(", ");
        out.log(Level::Note, format!("the summary has members that ratebook does not use: {names}"))?;
    }
    refuse(&faults)
}

fn refuse(faults: &[String]) -> Result<(), Problem> {
    if faults.is_empty() {
        return Ok(());
    }
    let mut message = faults.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("\n");
    if let Some(more) = faults.len().checked_sub(TOLD).filter(|more| *more > 0) {
        message.push_str(&format!("\nand {more} more"));
    }
    Err(Problem::data(message))
}

/// Reads the members of one row and notes what is wrong with them.
struct Reading<'f> {
    number: u64,
    faults: &'f mut Vec<String>,
}

impl Reading<'_> {
    fn fault(&mut self, what: impl std::fmt::Display) {
        self.faults.push(format!("row {}: {what}", self.number));
    }

    fn text<'a>(&mut self, name: &str, raw: Option<&'a str>) -> Option<Cow<'a, str>> {
        match serde_json::from_str::<Cow<'a, str>>(raw?) {
            Ok(text) => {
                let text = trimmed(text);
                (!text.is_empty()).then_some(text)
            }
            Err(_) => {
                self.fault(format_args!("{name} is not a text: {}", raw.unwrap_or_default()));
                None
            }
        }
    }

    fn number(&mut self, name: &str, raw: Option<&str>) -> Option<Decimal> {
        json_decimal(raw?).map_err(|error| self.fault(format_args!("{name}: {error}"))).ok()
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
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
    fn of(row: &Row<'a>, reading: &mut Reading<'_>) -> Texts<'a> {
        // The schema calls it paymentOption, every example type; the spelling differs too (pool, Pool).
        let payment_option = reading.text("paymentOption", row.payment_option);
        let kind = reading.text("type", row.kind);
        if let (Some(payment_option), Some(kind)) = (&payment_option, &kind)
            && !payment_option.eq_ignore_ascii_case(kind)
        {
            reading.fault(format_args!("paymentOption is {payment_option:?} and type is {kind:?}"));
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

fn line<'t>(row: &Row<'_>, texts: &'t Texts<'_>, month: Month, reading: &mut Reading<'_>) -> Line<'t> {
    check_month(texts.usage_month.as_deref(), month, reading);
    if texts.sku_id.is_none() {
        reading.fault("skuId is missing");
    }
    let currency = texts.currency.as_deref().and_then(|code| {
        code.parse::<Currency>().map_err(|error| reading.fault(format_args!("currency: {error}"))).ok()
    });
    let line = Line {
        sku_id: texts.sku_id.as_deref(),
        consumed_quantity: reading.number("consumedQuantity", row.consumed_quantity),
        entitled_quantity: reading.number("entitledQuantity", row.entitled_quantity),
        overage_quantity: reading.number("overageQuantity", row.overage_quantity),
        billable_quantity: reading.number("billableQuantity", row.billable_quantity),
        billing_unit: texts.billing_unit.as_deref(),
        unit_price: reading.number("unitPrice", row.unit_price),
        total_cost: reading.number("totalCost", row.total_cost),
        currency,
        payment_option: texts.payment_option.as_deref(),
        ..Line::at(reading.number)
    };
    if row.consumed_quantity.is_none() && row.billable_quantity.is_none() {
        reading.fault("neither consumedQuantity nor billableQuantity is there");
    }
    if texts.currency.is_none() && (line.unit_price.is_some() || line.total_cost.is_some()) {
        reading.fault("a price or cost without a currency");
    }
    line
}

/// The call answers for the current month if the asked one gets lost on the way; such rows must not be billed.
fn check_month(usage_month: Option<&str>, asked: Month, reading: &mut Reading<'_>) {
    let Some(text) = usage_month else { return reading.fault("usageMonth is missing") };
    let (month, rest) = text.split_at_checked(7).unwrap_or((text, ""));
    match month.parse::<Month>() {
        Ok(month) if rest.is_empty() || rest.starts_with('-') => {
            if month != asked {
                reading
                    .fault(format_args!("asked for {asked}, the row is for {month} (usageMonth {text:?})"));
            }
        }
        _ => reading.fault(format_args!("usageMonth {text:?} is not a date such as {asked}-01")),
    }
}

/// Metallic API reference, "Get Usage Summary": `totalCost = billableQuantity * unitPrice`.
fn check_arithmetic(line: &Line<'_>, out: &mut Lines<'_>) -> Result<(), Problem> {
    let (Some(billable), Some(price), Some(total)) =
        (line.billable_quantity, line.unit_price, line.total_cost)
    else {
        return Ok(());
    };
    let sku = line.sku_id.unwrap_or_default();
    let product = billable.checked_mul(price);
    let places = line.currency.map_or(2, Currency::places);
    let says = match product {
        // A cost rounded to the currency's minor unit is not a difference.
        Ok(product)
            if product == total || product.round(places, ratebook_line::Rounding::HalfUp) == total =>
        {
            return Ok(());
        }
        Ok(product) => product.to_string(),
        Err(error) => format!("a product that cannot be checked ({error})"),
    };
    let row = line.row;
    out.log(
        Level::Warning,
        format!(
            "row {row} ({sku}): billableQuantity {billable} x unitPrice {price} is {says}, totalCost says {total}"
        ),
    )
}
