//! What must hold of Metallic's rows, whichever call they came from.

use std::borrow::Cow;

use ratebook_plugin::{Currency, JsonReading, Level, Line, Lines, Month, Problem};

/// An id: a text, or a whole number as it is written. The vendor does not say which its ids are.
pub(super) fn id<'a>(
    reading: &mut JsonReading<'_>,
    name: &str,
    raw: Option<&'a str>,
) -> Option<Cow<'a, str>> {
    match raw? {
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(Cow::Borrowed(digits)),
        raw => reading.text(name, Some(raw)),
    }
}

/// The calls answer for the current month if the asked one gets lost on the way; such rows must not be billed.
pub(super) fn check_month(reading: &mut JsonReading<'_>, usage_month: Option<&str>, asked: Month) {
    // That it must be there is said of the fields.
    let Some(text) = usage_month else { return };
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

/// Metallic API reference, "Get Usage Summary": `totalCost = billableQuantity * unitPrice`. `cost` is what
/// this call names the total.
pub(super) fn check_arithmetic(line: &Line<'_>, cost: &str, out: &mut Lines<'_>) -> Result<(), Problem> {
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
            "row {row} ({sku}): billableQuantity {billable} x unitPrice {price} is {says}, {cost} says {total}"
        ),
    )
}
