//! From the rows of usage by account to lines: each carries who used it and the partner's own name for them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ratebook_plugin::{
    Decimal, Faults, JsonReading, Level, Line, LineCount, Lines, Month, Payload, Problem, Shape, json_error,
};

use super::accounts::{Account, Accounts, Verdict};
use super::checks::{check_arithmetic, check_month, id};
use super::pages;
use crate::fields;
use crate::formats::{ACCOUNT_USAGE, PAYLOAD_LIMIT};
use crate::payload::accounts::{Page, UsageRow};

/// Warnings of one kind that are told one by one; the rest is counted.
const TOLD: usize = 20;

/// Makes a line of each row, or skips it because of what its account is.
pub(crate) fn account_usage(
    payload: &mut Payload<'_>,
    month: Month,
    out: &mut Lines<'_>,
) -> Result<(), Problem> {
    let bytes = payload.bytes(PAYLOAD_LIMIT)?;
    let page = Page::from_json(&bytes, "the usage by account")?;
    let others = payload.references(ACCOUNT_USAGE, PAYLOAD_LIMIT)?;
    let others = pages::read(&others, "the usage by account")?;
    let mut faults = Faults::default();
    pages::check(others.iter().chain([&page]), "usage by account", &mut faults);
    pages::check_repeated(&page, &others, "usage by account", &mut faults);
    faults.refuse()?;
    if page.pagination.total_records == 0 {
        return Err(Problem::empty(format!("Metallic's usage by account for {month} has no rows")));
    }
    let accounts = Accounts::beside(payload)?;
    let fields = fields::fields();
    let mut shape = Shape::of("the usage", &fields, ACCOUNT_USAGE);
    page.unknown.iter().for_each(|name| shape.is_unknown(name));
    let mut told = Told::default();
    let mut faults = Faults::default();
    let mut lines = LineCount::of(&bytes);
    for (number, raw) in (1..).zip(&page.rows) {
        let line = lines.line_of(raw);
        let mut reading = JsonReading::of("row", number, &mut faults).in_line(line);
        match serde_json::from_str::<UsageRow<'_>>(raw) {
            Ok(row) => {
                shape.row(&mut reading, |name| row.get(name), row.unknown());
                self::row(&row, &accounts, month, &mut reading, &mut told, out)?;
            }
            Err(error) => reading.fault(json_error(&error, line)),
        }
    }
    shape.tell(out)?;
    faults.refuse()?;
    told.tell(out)
}

/// What is told once for a page.
#[derive(Default)]
struct Told {
    /// Accounts that somebody should look at, and why.
    accounts: BTreeSet<String>,
    /// What stood in `unitQuantity` and was not 1.
    unit_quantities: BTreeSet<Decimal>,
}

impl Told {
    fn tell(self, out: &mut Lines<'_>) -> Result<(), Problem> {
        for warning in self.accounts.iter().take(TOLD) {
            out.log(Level::Warning, warning)?;
        }
        if let Some(more) = self.accounts.len().checked_sub(TOLD).filter(|more| *more > 0) {
            out.log(Level::Warning, format!("and {more} more accounts to look at"))?;
        }
        if !self.unit_quantities.is_empty() {
            let values = Vec::from_iter(self.unit_quantities.iter().map(Decimal::to_string)).join(", ");
            out.log(
                Level::Warning,
                format!(
                    "unitQuantity is {values} and not 1 (lines tagged unitQuantity=...): Metallic does not say what \
                     it means; unitPrice may be for so many units"
                ),
            )?;
        }
        Ok(())
    }
}

fn row(
    row: &UsageRow<'_>,
    accounts: &Accounts,
    month: Month,
    reading: &mut JsonReading<'_>,
    told: &mut Told,
    out: &mut Lines<'_>,
) -> Result<(), Problem> {
    let usage_month = reading.text("usageMonth", row.usage_month);
    check_month(reading, usage_month.as_deref(), month);
    let tenant = id(reading, "accountId", row.account_id);
    let sku_id = reading.text("skuId", row.sku_id);
    let account = tenant.as_deref().and_then(|tenant| accounts.get(tenant));
    let name = reading.text("accountName", row.account_name);
    let name = name.as_deref().or_else(|| account?.name.as_deref());
    let external_id = id(reading, "externalAccountId", row.external_account_id);
    let partner = id(reading, "subMspId", row.sub_msp_id);
    let (unit, currency) = (reading.text("unit", row.unit), reading.text("currency", row.currency));
    let unit_quantity =
        reading.decimal("unitQuantity", row.unit_quantity).filter(|many| *many != Decimal::ONE);
    let tag = unit_quantity.map(|many| format!("unitQuantity={many}"));
    let line = Line {
        tenant: tenant.as_deref(),
        tenant_name: name,
        partner: partner.as_deref(),
        customer: external_id.as_deref().or_else(|| account?.external_id.as_deref()),
        sku_id: sku_id.as_deref(),
        tags: tag.as_deref().into_iter().collect(),
        consumed_quantity: reading.decimal("consumedQuantity", row.consumed_quantity),
        entitled_quantity: reading.decimal("entitledQuantity", row.entitled_quantity),
        overage_quantity: reading.decimal("overageQuantity", row.overage_quantity),
        billable_quantity: reading.decimal("billableQuantity", row.billable_quantity),
        billing_unit: unit.as_deref(),
        // "Get Aggregator Usage": consumedQuantity is the peak of the month.
        measure: Some("peak"),
        unit_price: reading.decimal("unitPrice", row.unit_price),
        total_cost: reading.decimal("cost", row.cost),
        currency: reading.currency("currency", currency.as_deref()),
        ..Line::at(reading.number())
    };
    if !reading.is_fine() {
        return Ok(());
    }
    let (tenant, sku) = (line.tenant.unwrap_or_default(), line.sku_id.unwrap_or_default());
    let called = || format!("account {tenant} ({})", name.unwrap_or("no name"));
    match account
        .map_or_else(|| Verdict::Warn("it is not in the list of accounts".to_owned()), |a| a.judge(sku))
    {
        Verdict::Skip(reason, why) => {
            return out.skip(line.row, reason, &format!("{}, {sku}: {why}", called()));
        }
        Verdict::Warn(why) => _ = told.accounts.insert(format!("{} is billed, but {why}", called())),
        Verdict::Keep => {}
    }
    note_other_external_id(&external_id, account, &called(), told);
    told.unit_quantities.extend(unit_quantity);
    check_arithmetic(&line, "cost", out)?;
    out.push(&line)
}

/// The row's own is used: it is of the month, the list is of today.
fn note_other_external_id(
    row: &Option<Cow<'_, str>>,
    account: Option<&Account>,
    called: &str,
    told: &mut Told,
) {
    if let (Some(row), Some(list)) = (row, account.and_then(|account| account.external_id.as_deref()))
        && row != list
    {
        told.accounts.insert(format!(
            "{called}: externalAccountId is {row}, the list of accounts says externalId {list}"
        ));
    }
}
