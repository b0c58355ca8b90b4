//! What each customer owes in cents, read from what the programs wrote.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Document {
    bills: Vec<Bill>,
}

#[derive(Deserialize)]
struct Bill {
    customer: String,
    total: String,
}

/// Those of the bill document, which is in the run or is exported.
pub(super) fn of_ratebook(
    to: &Path,
    export: impl FnOnce(&Path) -> Command,
    in_the_run: &Path,
) -> io::Result<BTreeMap<String, u128>> {
    let path = if in_the_run.exists() {
        in_the_run
    } else {
        let output = export(to).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
        }
        to
    };
    let document: Document = serde_json::from_reader(BufReader::new(File::open(path)?))?;
    document.bills.into_iter().map(|bill| Ok((bill.customer, cents(&bill.total)?))).collect()
}

/// Those of lines `customer,cents`.
pub(super) fn of_table(text: &str) -> io::Result<BTreeMap<String, u128>> {
    let row = |line: &str| {
        let (customer, cents) = line.split_once(',')?;
        Some((customer.to_owned(), cents.parse().ok()?))
    };
    text.lines().map(|line| row(line).ok_or_else(|| io::Error::other(format!("no total: {line}")))).collect()
}

/// `12.30` as 1230.
fn cents(total: &str) -> io::Result<u128> {
    let cents = total.split_once('.').filter(|(_, places)| places.len() == 2);
    let cents = cents.and_then(|(whole, places)| format!("{whole}{places}").parse().ok());
    cents.ok_or_else(|| io::Error::other(format!("no amount in cents: {total}")))
}
