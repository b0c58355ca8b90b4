//! From Sophos' items to lines: what the vendor's words mean for a bill.
//!
//! One line per item, the vendor's numbers as they stand. `netPrice` is not a line's cost: in Sophos' own example it is
//! one unit's price beside a quantity of 20, and a public client's note says that it is the order's, shared by
//! customers.

use std::collections::BTreeSet;

use ratebook_plugin::{
    Date, Faults, JsonReading, Level, Line, LineCount, Lines, Month, Payload, Problem, Shape, json_error,
    looks_like,
};

use crate::fields;
use crate::formats::{BILLING_USAGE, PAGE_LIMIT};
use crate::payload::{Item, Page};

/// Makes a line of each item.
pub(crate) fn billing_usage(
    payload: &mut Payload<'_>,
    month: Month,
    out: &mut Lines<'_>,
) -> Result<(), Problem> {
    let bytes = payload.bytes(PAGE_LIMIT)?;
    let page = Page::from_json(&bytes)?;
    let others = payload.references(BILLING_USAGE, PAGE_LIMIT)?;
    let others: Vec<Page<'_>> =
        others.iter().map(|bytes| Page::from_json(bytes)).collect::<Result<_, Problem>>()?;
    check_pages(&page, &others)?;
    if page.items.is_empty() && others.is_empty() {
        return Err(Problem::empty(format!("Sophos' billing usage for {month} has no items")));
    }
    let mut faults = Faults::default();
    let fields = fields::fields();
    let mut shape = Shape::of("the billing usage", &fields, BILLING_USAGE);
    let mut told = Told::default();
    let mut lines = LineCount::of(&bytes);
    for (number, raw) in (1..).zip(&page.items) {
        let line = lines.line_of(raw.get());
        let mut reading = JsonReading::of("item", number, &mut faults).in_line(line);
        match serde_json::from_str::<Item<'_>>(raw.get()) {
            Ok(item) => {
                shape.row(&mut reading, |name| item.get(name), item.unknown());
                self::item(&item, month, &mut reading, &mut told, out)?;
            }
            Err(error) => reading.fault(json_error(&error, line)),
        }
    }
    shape.tell(out)?;
    faults.refuse()?;
    told.tell(out)
}

/// The pages side by side: exactly one has no `nextKey`, there are as many as `total` says, and no item is on two.
fn check_pages(page: &Page<'_>, others: &[Page<'_>]) -> Result<(), Problem> {
    let mut faults = Faults::default();
    let all = || others.iter().chain([page]);
    let here = others.len() as u64 + 1;
    if let Some(total) = all().find_map(|page| page.pages.total).filter(|total| *total != here) {
        faults.add_whole(format_args!("the billing usage has {total} pages, and {here} are here"));
    }
    let last = all().filter(|page| page.pages.next_key.as_deref().unwrap_or_default().is_empty()).count();
    if last != 1 {
        faults.add_whole(format_args!(
            "{last} of {here} pages are a last page, one without a nextKey; 1 should be"
        ));
    }
    let mine: BTreeSet<&str> = page.items.iter().map(|item| item.get()).collect();
    let again = others.iter().flat_map(|page| &page.items).filter(|item| mine.contains(item.get())).count();
    if again > 0 {
        faults.add_whole(format_args!("{again} items of this page stand on another page as well"));
    }
    faults.refuse()
}

/// What is told once for a page.
#[derive(Default)]
struct Told {
    /// Items without an account: how many, and the first one's number.
    without_account: Option<(u64, u64)>,
    /// The same without a period.
    without_period: Option<(u64, u64)>,
}

impl Told {
    fn tell(self, out: &mut Lines<'_>) -> Result<(), Problem> {
        for (count, what) in [
            (self.without_account, "without accountId: they carry the source's tenant, if it has one"),
            (
                self.without_period,
                "without billingStartDate or billingEndDate: their month is the one asked for",
            ),
        ] {
            if let Some((many, first)) = count {
                out.log(Level::Warning, format!("{many} items {what} (the first is item {first})"))?;
            }
        }
        Ok(())
    }
}

fn count(among: &mut Option<(u64, u64)>, number: u64) {
    *among = Some(among.map_or((1, number), |(many, first)| (many + 1, first)));
}

fn item(
    item: &Item<'_>,
    month: Month,
    reading: &mut JsonReading<'_>,
    told: &mut Told,
    out: &mut Lines<'_>,
) -> Result<(), Problem> {
    let number = reading.number();
    let mut text = |name| reading.text(name, item.get(name));
    let (tenant, name) = (text("accountId"), text("assignedAccountIdentifier"));
    let (partner, customer) = (text("partnerAccountId"), text("externalId"));
    let (sku, sku_name, meter) = (text("sku"), text("productDescription"), text("productGroup"));
    let currency = text("unitPriceCurrency");
    let period = [text("billingStartDate"), text("billingEndDate")];
    let mut tags = Vec::new();
    for name in ["productCode", "accountNumberOrSerialNumber", "accountStatus"] {
        tags.extend(text(name).map(|value| format!("{name}={value}")));
    }
    // A device of its own is billed to the source's tenant; a customer's users and servers must not be.
    if tenant.is_none() && !meter.as_deref().is_some_and(|group| group.eq_ignore_ascii_case("Device")) {
        let like = looks_like("accountId", item.unknown());
        let hint = like.map_or_else(String::new, |like| format!(" ({like} looks like it)"));
        reading.fault(format_args!("accountId is missing{hint}, and the item is no device of its own"));
    }
    match period {
        [Some(start), Some(end)] => check_period(&start, &end, month, reading),
        _ => count(&mut told.without_period, number),
    }
    let line = Line {
        tenant: tenant.as_deref(),
        tenant_name: name.as_deref(),
        partner: partner.as_deref(),
        customer: customer.as_deref(),
        sku_id: sku.as_deref(),
        sku_name: sku_name.as_deref(),
        meter: meter.as_deref(),
        tags: tags.iter().map(String::as_str).collect(),
        // Quantities are numbers in Sophos' example, prices texts.
        consumed_quantity: reading.decimal("actualQuantity", item.get("actualQuantity")),
        billable_quantity: reading.decimal("billableQuantity", item.get("billableQuantity")),
        unit_price: reading.decimal("unitPrice", item.get("unitPrice")),
        currency: reading.currency("unitPriceCurrency", currency.as_deref()),
        ..Line::at(number)
    };
    if line.unit_price.is_some() && currency.is_none() {
        reading.fault("unitPrice without unitPriceCurrency");
    }
    if !reading.is_fine() {
        return Ok(());
    }
    if line.tenant.is_none() {
        count(&mut told.without_account, number);
    }
    out.push(&line)
}

/// The path names the month, so the item must have days of it. Whether the end is the last day or the day after it is
/// not said: a period that ends on the month's first day is that of the month before.
fn check_period(start: &str, end: &str, month: Month, reading: &mut JsonReading<'_>) {
    let mut date = |name: &str, text: &str| {
        let date = text.parse::<Date>();
        date.map_err(|_| reading.fault(format_args!("{name} {text:?} is not a date such as {month}-01"))).ok()
    };
    let (Some(from), Some(to)) = (date("billingStartDate", start), date("billingEndDate", end)) else {
        return;
    };
    let first = month.first_day();
    if to < from {
        reading.fault(format_args!("billingEndDate {end} is before billingStartDate {start}"));
    } else if from > month.last_day() || to < first || (to == first && from < first) {
        reading.fault(format_args!("asked for {month}, the item is for {start} to {end}"));
    }
}
