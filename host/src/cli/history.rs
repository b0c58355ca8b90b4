//! `ratebook history`: what a customer or a SKU came to, month by month.

use std::collections::BTreeMap;
use std::str::FromStr;

use ratebook_line::{Currency, Decimal, Month};
use serde_json::{Value, json};

use super::context::Context;
use super::{index, stage};
use crate::config::nearest;
use crate::failure::{Exit, Failure, Failures, escaped};
use crate::index::{AmountRow, Index, Subject};
use crate::output::money::fixed;
use crate::output::table;

/// Show what a customer or a SKU came to over months; adjustments of closed months stand apart
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("subject").required(true).args(["customer", "sku"])))]
pub(super) struct History {
    /// The customer: whole bills
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
    /// The SKU as bills show it: usage and commitments of all customers, before what is on whole bills
    #[arg(long, value_name = "SKU")]
    sku: Option<String>,
    /// The first month [default: the first there is]
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::from_str)]
    from: Option<Month>,
    /// The last month [default: the last there is]
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::from_str)]
    to: Option<Month>,
}

/// Per currency: own, adjustments, both; and decimal places.
type Sums = BTreeMap<Currency, ([Decimal; 3], u32)>;

impl History {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(Failure::usage(format!("{from} comes after {to}")).into());
        }
        let workspace = stage::workspace(context)?;
        let (index, updated) = index::up_to_date(context, &workspace.root, false)?;
        // A history with a month left out would be a wrong one.
        updated.whole()?;
        let subject = match (&self.customer, &self.sku) {
            (Some(customer), _) => Subject::Customer(customer),
            (None, sku) => Subject::Sku(sku.as_deref().unwrap_or_default()),
        };
        is_known(&index, subject)?;
        let rows = index.history(subject, self.from, self.to)?;
        let sums = sums(&rows)?;
        context.print_either(|| text(&rows, &sums), || json_of(subject, &rows, &sums))
    }
}

/// # Errors
/// If no month has it; names the nearest that one has.
fn is_known(index: &Index, subject: Subject<'_>) -> Result<(), Failure> {
    let known = index.known(subject)?;
    let (id, what, nothing) = match subject {
        Subject::Customer(id) => (id, "customer", "has no bill in any month"),
        Subject::Sku(id) => (id, "SKU", "is on no bill of any month"),
    };
    if known.iter().any(|known| known == id) {
        return Ok(());
    }
    let failure = Failure::usage(format!("the {what} {id:?} {nothing}"));
    Err(match nearest(id, known.iter().map(String::as_str)) {
        Some(near) => failure.fix(format!("Did you mean {near}?")),
        None if known.is_empty() => {
            failure.fix("No finished month has bills: ratebook run --month YYYY-MM makes one.")
        }
        None => failure
            .fix("`ratebook status` lists the months, `ratebook export` writes their bills with the names."),
    })
}

fn sums(rows: &[AmountRow]) -> Result<Sums, Failure> {
    let mut sums = Sums::new();
    for row in rows {
        let Some(currency) = row.currency else { continue };
        let (sum, places) = sums.entry(currency).or_insert(([Decimal::ZERO; 3], 0));
        *places = row.places.max(*places);
        for (sum, amount) in sum.iter_mut().zip([row.own, row.adjusted, row.total]) {
            *sum = sum
                .checked_add(amount)
                .map_err(|error| Failure::new(Exit::Review, "E-NUMBER", format!("the sum: {error}")))?;
        }
    }
    Ok(sums)
}

fn text(rows: &[AmountRow], sums: &Sums) -> String {
    if rows.is_empty() {
        return "no month of these is finished\n".to_owned();
    }
    let amount =
        |amount: Decimal, currency: Currency, places: u32| format!("{} {currency}", fixed(amount, places));
    let mut table: Vec<Vec<String>> = Vec::new();
    for row in rows {
        let adjusts = row.adjustments.iter().map(|(month, sum)| match row.currency {
            Some(_) => format!("{month}: {}", fixed(*sum, row.places)),
            None => month.to_string(),
        });
        let adjusts: Vec<String> = adjusts.collect();
        let state = match row.missing.as_str() {
            "" => row.state.clone(),
            missing => format!("{}, PARTIAL without {missing}", row.state),
        };
        let shown = match row.currency {
            None => [String::new(), String::new(), "-".to_owned()],
            Some(currency) => [
                amount(row.own, currency, row.places),
                if row.adjustments.is_empty() {
                    String::new()
                } else {
                    amount(row.adjusted, currency, row.places)
                },
                amount(row.total, currency, row.places),
            ],
        };
        let [own, adjusted, total] = shown;
        table.push(vec![row.month.to_string(), escaped(&state), own, adjusted, total, adjusts.join(", ")]);
    }
    for (currency, ([own, adjusted, total], places)) in sums {
        let adjusted = if adjusted.is_zero() && table.iter().all(|row| row[3].is_empty()) {
            String::new()
        } else {
            amount(*adjusted, *currency, *places)
        };
        let (own, total) = (amount(*own, *currency, *places), amount(*total, *currency, *places));
        table.push(vec!["sum".to_owned(), String::new(), own, adjusted, total, String::new()]);
    }
    table::plain(&["month", "state", "own", "adjustments", "billed", "puts right"], &table, &[2, 3, 4])
}

fn json_of(subject: Subject<'_>, rows: &[AmountRow], sums: &Sums) -> Value {
    let months: Vec<Value> = rows
        .iter()
        .map(|row| {
            let mut entry = json!({ "month": row.month, "state": row.state });
            if !row.missing.is_empty() {
                entry["missing"] = row.missing.split(',').collect();
            }
            let Some(currency) = row.currency else { return entry };
            let adjusts: serde_json::Map<String, Value> = row
                .adjustments
                .iter()
                .map(|(month, sum)| (month.to_string(), fixed(*sum, row.places).into()))
                .collect();
            entry["currency"] = json!(currency);
            entry["own"] = fixed(row.own, row.places).into();
            entry["adjustments"] = adjusts.into();
            entry["adjusted"] = fixed(row.adjusted, row.places).into();
            entry["billed"] = fixed(row.total, row.places).into();
            entry
        })
        .collect();
    let sums = sums.iter().map(|(currency, ([own, adjusted, total], places))| {
        let [own, adjusted, billed] = [own, adjusted, total].map(|amount| fixed(*amount, *places));
        (currency.to_string(), json!({ "own": own, "adjusted": adjusted, "billed": billed }))
    });
    let sums: serde_json::Map<String, Value> = sums.collect();
    let (what, id) = match subject {
        Subject::Customer(id) => ("customer", id),
        Subject::Sku(id) => ("sku", id),
    };
    json!({ what: id, "months": months, "sums": sums })
}
