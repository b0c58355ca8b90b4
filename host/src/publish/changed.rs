//! A month that was published, compared with what the database has of it by now: whoever may write there may have changed
//! an amount.

use postgres::{Row, Transaction};

use super::address::Server;
use super::copy;
use crate::archive::Archive;
use crate::failure::{Exit, Failure};

/// So many differences are told one by one.
const SHOWN: usize = 20;

/// The month as it is here, in tables that go with the transaction.
const HERE: &str = "CREATE TEMP TABLE bills ON COMMIT DROP AS SELECT * FROM ratebook.bills WITH NO DATA;
     CREATE TEMP TABLE bill_lines ON COMMIT DROP AS SELECT * FROM ratebook.bill_lines WITH NO DATA;
     CREATE TEMP TABLE skus ON COMMIT DROP AS SELECT * FROM ratebook.skus WITH NO DATA;";

/// Of each query a row is a difference: what it is about, what is there (nothing if it is gone), what should be there
/// (nothing if it was added).
const DIFFERENCES: [&str; 4] = [
    "SELECT 'the number of ' || v.name, v.there::text, v.here::text
       FROM ratebook.published_months m,
            LATERAL (VALUES ('lines of usage', m.lines, $2::bigint), ('lines that were priced', m.priced, $3),
                            ('lines that were held', m.held, $4), ('lines that were dropped', m.dropped, $5))
                    AS v (name, there, here)
      WHERE m.month = $1 AND v.there <> v.here",
    "SELECT 'the bill of ' || coalesce(h.customer, t.customer),
            concat_ws(', ', t.total || ' ' || t.currency, 'called ' || t.name,
                      CASE WHEN NOT t.complete THEN 'with lines held' END),
            concat_ws(', ', h.total || ' ' || h.currency, 'called ' || h.name,
                      CASE WHEN NOT h.complete THEN 'with lines held' END)
       FROM pg_temp.bills h
       FULL JOIN (SELECT * FROM ratebook.bills WHERE month = $1) t ON t.customer = h.customer
      WHERE (h.name, h.currency, h.total, h.complete) IS DISTINCT FROM (t.name, t.currency, t.total, t.complete)
      ORDER BY 1",
    "SELECT 'line ' || coalesce(h.position, t.position) || ' of the bill of ' || coalesce(h.customer, t.customer),
            concat_ws(', ', t.kind, t.name, t.sku, t.quantity || ' at ' || t.unit_price, t.unit, 'amount ' || t.amount,
                      t.tax, array_to_string(t.rules, ' '), t.adjusts_month, t.adjusts_position),
            concat_ws(', ', h.kind, h.name, h.sku, h.quantity || ' at ' || h.unit_price, h.unit, 'amount ' || h.amount,
                      h.tax, array_to_string(h.rules, ' '), h.adjusts_month, h.adjusts_position)
       FROM pg_temp.bill_lines h
       FULL JOIN (SELECT * FROM ratebook.bill_lines WHERE month = $1) t
         ON t.customer = h.customer AND t.position = h.position
      WHERE (h.kind, h.name, h.sku, h.quantity, h.unit, h.unit_price, h.amount, h.tax, h.rules, h.adjusts_month,
             h.adjusts_position)
            IS DISTINCT FROM
            (t.kind, t.name, t.sku, t.quantity, t.unit, t.unit_price, t.amount, t.tax, t.rules, t.adjusts_month,
             t.adjusts_position)
      ORDER BY coalesce(h.customer, t.customer), coalesce(h.position, t.position)",
    "SELECT 'the SKU ' || coalesce(h.sku, t.sku),
            t.amount || ' ' || t.currency || ' on ' || t.bills || ' bills',
            h.amount || ' ' || h.currency || ' on ' || h.bills || ' bills'
       FROM pg_temp.skus h
       FULL JOIN (SELECT * FROM ratebook.skus WHERE month = $1) t ON t.sku = h.sku AND t.currency = h.currency
      WHERE (h.amount, h.bills) IS DISTINCT FROM (t.amount, t.bills)
      ORDER BY 1",
];

/// Compares every bill, line and SKU of a month that is there.
///
/// # Errors
/// What is not as it was published, and what it should be; nothing is changed.
pub(super) fn compare(
    transaction: &mut Transaction<'_>,
    archive: &Archive,
    server: &Server,
    since: &str,
) -> Result<(), Failure> {
    let failed = |error: &postgres::Error| server.failed(error);
    let month = archive.folder.month;
    transaction.batch_execute(HERE).map_err(|error| failed(&error))?;
    copy::month(transaction, archive, server, "pg_temp")?;
    let name = month.to_string();
    let counts = archive.manifest.counts;
    let counts = [counts.lines, counts.priced, counts.held, counts.dropped]
        .map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let mut told = Vec::new();
    for (at, sql) in DIFFERENCES.into_iter().enumerate() {
        let rows = match at {
            0 => transaction.query(sql, &[&name, &counts[0], &counts[1], &counts[2], &counts[3]]),
            _ => transaction.query(sql, &[&name]),
        };
        told.extend(rows.map_err(|error| failed(&error))?.iter().map(difference));
    }
    if told.is_empty() {
        return Ok(());
    }
    let count = told.len();
    let message = format!("{month} is not any more what was published on {since}: {count} differences");
    let mut failure =
        Failure::new(Exit::Closed, "E-PUBLISHED", message.replace("1 differences", "1 difference"))
            .at(server.shown())
            .fix("Find out who has changed it there, and put it right there: a closed month has one result.");
    failure.problems = told.iter().map(|text| serde_json::json!({ "message": text })).collect();
    failure.notes.extend(told.into_iter().take(SHOWN));
    if count > SHOWN {
        failure.notes.push(format!("and {} more", count - SHOWN));
    }
    Err(failure.note("Nothing was changed."))
}

fn difference(row: &Row) -> String {
    let text = |column| row.get::<_, Option<String>>(column).filter(|text| !text.is_empty());
    let what = text(0).unwrap_or_default();
    match (text(1), text(2)) {
        (Some(there), Some(here)) => format!("{what}: the database has {there}; it should be {here}"),
        (None, here) => format!("{what} is gone; it should be {}", here.unwrap_or_default()),
        (Some(there), None) => format!("{what}: the database has {there}; nothing of it was published"),
    }
}
