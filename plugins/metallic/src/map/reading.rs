//! Reads the members of rows, and notes what is wrong with them: all of it is told, none of the payload is used then.

use std::borrow::Cow;
use std::fmt::Display;

use ratebook_line::json_decimal;
use ratebook_plugin::{Currency, Decimal, Faults, Level, Line, Lines, Month, Problem};

/// Reads the members of one row.
pub(super) struct Reading<'f> {
    /// What the row is called where something is wrong with it.
    called: &'static str,
    number: u64,
    faults: &'f mut Faults,
}

impl<'f> Reading<'f> {
    pub(super) fn of(called: &'static str, number: u64, faults: &'f mut Faults) -> Reading<'f> {
        Reading { called, number, faults }
    }

    /// The row, counted from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn fault(&mut self, what: impl Display) {
        self.faults.add(format_args!("{} {}", self.called, self.number), what);
    }

    /// True while nothing is wrong with any row so far.
    pub(super) fn is_fine(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn text<'a>(&mut self, name: &str, raw: Option<&'a str>) -> Option<Cow<'a, str>> {
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

    /// An id: a text, or a whole number as it is written. The vendor does not say which its ids are.
    pub(super) fn id<'a>(&mut self, name: &str, raw: Option<&'a str>) -> Option<Cow<'a, str>> {
        match raw? {
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(Cow::Borrowed(digits)),
            raw => self.text(name, Some(raw)),
        }
    }

    pub(super) fn decimal(&mut self, name: &str, raw: Option<&str>) -> Option<Decimal> {
        json_decimal(raw?).map_err(|error| self.fault(format_args!("{name}: {error}"))).ok()
    }

    pub(super) fn currency(&mut self, code: Option<&str>) -> Option<Currency> {
        code?.parse().map_err(|error| self.fault(format_args!("currency: {error}"))).ok()
    }

    /// The calls answer for the current month if the asked one gets lost on the way; such rows must not be billed.
    pub(super) fn check_month(&mut self, usage_month: Option<&str>, asked: Month) {
        let Some(text) = usage_month else { return self.fault("usageMonth is missing") };
        let (month, rest) = text.split_at_checked(7).unwrap_or((text, ""));
        match month.parse::<Month>() {
            Ok(month) if rest.is_empty() || rest.starts_with('-') => {
                if month != asked {
                    self.fault(format_args!(
                        "asked for {asked}, the row is for {month} (usageMonth {text:?})"
                    ));
                }
            }
            _ => self.fault(format_args!("usageMonth {text:?} is not a date such as {asked}-01")),
        }
    }

    pub(super) fn check_quantity(&mut self, consumed: Option<&str>, billable: Option<&str>) {
        if consumed.is_none() && billable.is_none() {
            self.fault("neither consumedQuantity nor billableQuantity is there");
        }
    }

    pub(super) fn check_money(&mut self, line: &Line<'_>, has_currency: bool) {
        if !has_currency && (line.unit_price.is_some() || line.total_cost.is_some()) {
            self.fault("a price or cost without a currency");
        }
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
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
