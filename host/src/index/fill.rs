//! Months into the tables of the index.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal, Month};
use rusqlite::{Connection, Statement, Transaction, params};

use crate::archive::{Archive, KeptBill, KeptLine};
use crate::failure::{Exit, Failure};

/// The months of the index and the manifest that each was read by.
pub(super) type Known = BTreeMap<Month, String>;

/// The months that are in the index, with the manifest that each was read by.
pub(super) fn known(database: &Connection) -> rusqlite::Result<Known> {
    let mut months = Known::new();
    let mut statement = database.prepare("SELECT month, manifest_sha256 FROM months")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        months.insert(month_of(row.get_ref(0)?.as_str()?)?, row.get(1)?);
    }
    Ok(months)
}

/// A month of the index.
pub(super) fn month_of(text: &str) -> rusqlite::Result<Month> {
    text.parse().map_err(|_| rusqlite::Error::InvalidQuery)
}

/// Takes a month out.
pub(super) fn remove(database: &Connection, month: Month) -> rusqlite::Result<()> {
    database.execute("DELETE FROM months WHERE month = ?", [month.to_string()]).map(drop)
}

/// Says how far a month is that is there as it is: closing it changes no file that its manifest names.
pub(super) fn restate(to: &Transaction<'_>, archive: &Archive) -> rusqlite::Result<()> {
    let closed = archive.closed.as_ref();
    let (at, by) = (closed.map(|closed| &closed.at), closed.map(|closed| &closed.by));
    to.execute(
        "UPDATE months SET state = ?, closed_at = ?, closed_by = ? WHERE month = ? AND state <> ?",
        params![archive.word(), at, by, archive.folder.month.to_string(), archive.word()],
    )
    .map(drop)
}

/// Puts a month in place of what was there of it.
pub(super) fn month(
    to: &Transaction<'_>,
    archive: &Archive,
    failed: &dyn Fn(&rusqlite::Error) -> Failure,
) -> Result<(), Failure> {
    let name = archive.folder.month;
    let month = name.to_string();
    remove(to, name).and_then(|()| insert_month(to, archive)).map_err(|error| failed(&error))?;
    let mut bills = prepare(to, "INSERT INTO bills VALUES (?, ?, ?, ?, ?, ?, ?)", failed)?;
    let mut lines =
        prepare(to, "INSERT INTO bill_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", failed)?;
    archive.each_bill(|bill| {
        let total = minor(&bill.total, bill.currency)?;
        insert_bill(&mut bills, &month, bill, total).map_err(|error| failed(&error))?;
        for (position, line) in (0_i64..).zip(&bill.lines) {
            let amount = minor(&line.amount, bill.currency)?;
            let inserted = insert_line(&mut lines, &month, &bill.customer, (position, line), amount);
            inserted.map_err(|error| failed(&error))?;
        }
        Ok(())
    })?;
    let mut skus = prepare(to, "INSERT INTO skus VALUES (?, ?, ?, ?, ?, ?)", failed)?;
    for sku in archive.totals()?.skus {
        let amount = minor(&sku.amount, sku.currency)?;
        skus.execute(params![month, sku.sku, sku.currency.code(), sku.amount, amount, count(sku.bills)])
            .map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn prepare<'t>(
    to: &'t Transaction<'_>,
    sql: &str,
    failed: &dyn Fn(&rusqlite::Error) -> Failure,
) -> Result<Statement<'t>, Failure> {
    to.prepare(sql).map_err(|error| failed(&error))
}

fn insert_month(to: &Transaction<'_>, archive: &Archive) -> rusqlite::Result<()> {
    let (manifest, closed) = (&archive.manifest, archive.closed.as_ref());
    to.execute(
        "INSERT INTO months VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            archive.folder.month.to_string(),
            archive.word(),
            manifest.partial.join(","),
            archive.sha256,
            manifest.engine.words(),
            count(manifest.counts.lines),
            count(manifest.counts.priced),
            count(manifest.counts.held),
            count(manifest.counts.dropped),
            closed.map(|closed| &closed.at),
            closed.map(|closed| &closed.by),
        ],
    )
    .map(drop)
}

fn insert_bill(
    bills: &mut Statement<'_>,
    month: &str,
    bill: &KeptBill,
    minor: Option<i64>,
) -> rusqlite::Result<()> {
    let (currency, total) = (bill.currency.code(), &bill.total);
    bills.execute(params![month, bill.customer, bill.name, currency, total, minor, bill.complete]).map(drop)
}

fn insert_line(
    lines: &mut Statement<'_>,
    month: &str,
    customer: &str,
    (position, line): (i64, &KeptLine),
    minor: Option<i64>,
) -> rusqlite::Result<()> {
    let adjusts = line.adjusts.as_ref();
    lines
        .execute(params![
            month,
            customer,
            position,
            line.kind,
            line.name,
            line.sku,
            line.quantity,
            line.unit,
            line.unit_price,
            line.amount,
            minor,
            line.tax,
            serde_json::Value::from(line.rules.as_slice()).to_string(),
            adjusts.map(|adjusts| adjusts.month.to_string()),
            adjusts.and_then(|adjusts| adjusts.line).map(count),
        ])
        .map(drop)
}

/// A count as SQLite holds it: none has 63 bits.
fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// An amount in minor units; none if that is no whole number, or more than 64 bits hold.
fn minor(amount: &str, currency: Currency) -> Result<Option<i64>, Failure> {
    let amount: Decimal = amount
        .parse()
        .map_err(|error| Failure::new(Exit::Data, "E-NUMBER", format!("the amount {amount:?}: {error}")))?;
    let Some(scale) = currency.places().checked_sub(amount.places()) else { return Ok(None) };
    let minor = 10_i128.checked_pow(scale).and_then(|scale| amount.mantissa().checked_mul(scale));
    Ok(minor.and_then(|minor| i64::try_from(minor).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_are_exact_or_absent() {
        let minor = |amount: &str, currency: &str| minor(amount, currency.parse().unwrap()).unwrap();
        assert_eq!(minor("79.80", "EUR"), Some(7980));
        assert_eq!(minor("-0.05", "EUR"), Some(-5));
        assert_eq!(minor("1200", "JPY"), Some(1200));
        assert_eq!(minor("1.234", "KWD"), Some(1234));
        assert_eq!(minor("0.005", "EUR"), None);
        assert_eq!(minor("92233720368547758.07", "EUR"), Some(i64::MAX));
        assert_eq!(minor("92233720368547758.08", "EUR"), None);
        assert!(super::minor("1,5", "EUR".parse().unwrap()).is_err());
    }
}
