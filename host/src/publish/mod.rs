//! Closed months in PostgreSQL, each once and in one transaction. Owns what is there (schemas/postgres) and how it gets
//! there.

mod address;
mod changed;
mod copy;
mod schema;

pub(crate) use address::Server;
use postgres::Transaction;
use ratebook_line::{Currency, Decimal};

use crate::archive::{Archive, Closed};
use crate::failure::{Exit, Failure};

/// What became of publishing a month.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is there now: how many bills and lines.
    Published(u64, u64),
    /// It was there already, with the same manifest; since when.
    Already(String),
}

/// Held by whoever publishes, in its transaction: "ratebook".
const LOCK: i64 = i64::from_be_bytes(*b"ratebook");

/// Puts a month that was verified into the database.
///
/// # Errors
/// If the month is not closed; if the database has another one by its name, or has other amounts than were published; if it
/// is in use by another publishing, cannot be
/// reached, or refuses. Nothing is there of the month then.
pub(crate) fn publish(archive: &Archive, server: &Server) -> Result<Outcome, Failure> {
    let Some(closed) = &archive.closed else {
        let month = archive.folder.month;
        return Err(Failure::new(Exit::Review, "E-OPEN", format!("{month} is not closed"))
            .note("Only closed months are published: they do not change any more.")
            .fix(format!("ratebook close --month {month}")));
    };
    let mut client = server.connect()?;
    let failed = |error: &postgres::Error| server.failed(error);
    let mut transaction = client.transaction().map_err(|error| failed(&error))?;
    let alone = transaction.query_one("SELECT pg_try_advisory_xact_lock($1)", &[&LOCK]);
    if !alone.map_err(|error| failed(&error))?.get::<_, bool>(0) {
        let busy = Failure::new(Exit::Busy, "E-BUSY", "another publishing is at work in this database");
        return Err(busy.at(server.shown()).fix("Run it again when that one is done."));
    }
    schema::migrate(&mut transaction, server)?;
    if let Some(since) = published_before(&mut transaction, archive, server)? {
        changed::compare(&mut transaction, archive, server, &since)?;
        return Ok(Outcome::Already(since));
    }
    note_month(&mut transaction, archive, closed).map_err(|error| failed(&error))?;
    let (bills, lines) = copy::month(&mut transaction, archive, server, "ratebook")?;
    compare(&mut transaction, archive, server)?;
    transaction.commit().map_err(|error| failed(&error))?;
    Ok(Outcome::Published(bills, lines))
}

/// Since when the month is there, if it is.
///
/// # Errors
/// If it is there with another manifest.
fn published_before(
    transaction: &mut Transaction<'_>,
    archive: &Archive,
    server: &Server,
) -> Result<Option<String>, Failure> {
    let month = archive.folder.month;
    let sql =
        "SELECT manifest_sha256, to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
               FROM ratebook.published_months WHERE month = $1";
    let found = transaction.query_opt(sql, &[&month.to_string()]).map_err(|error| server.failed(&error))?;
    let Some(row) = found else { return Ok(None) };
    let (there, since): (String, String) = (row.get(0), row.get(1));
    if there == archive.sha256 {
        return Ok(Some(since));
    }
    let message = format!(
        "{month} was published on {since} with the manifest {there}, the manifest here is {}",
        archive.sha256
    );
    Err(Failure::new(Exit::Closed, "E-PUBLISHED", message)
        .at(server.shown())
        .note("Nothing was changed.")
        .fix("A closed month has one manifest. Find out which workspace published the other one."))
}

fn note_month(
    transaction: &mut Transaction<'_>,
    archive: &Archive,
    closed: &Closed,
) -> Result<(), postgres::Error> {
    let counts = archive.manifest.counts;
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    transaction
        .execute(
            "INSERT INTO ratebook.published_months
             (month, manifest_sha256, engine, lines, priced, held, dropped, closed_at, closed_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, ($8::text)::timestamptz, $9)",
            &[
                &archive.folder.month.to_string(),
                &archive.sha256,
                &archive.manifest.engine.words(),
                &count(counts.lines),
                &count(counts.priced),
                &count(counts.held),
                &count(counts.dropped),
                &closed.at,
                &closed.by,
            ],
        )
        .map(drop)
}

/// Compares what the database sums up with the totals of the manifest, before it is for good.
fn compare(transaction: &mut Transaction<'_>, archive: &Archive, server: &Server) -> Result<(), Failure> {
    let month = archive.folder.month.to_string();
    let sql = "SELECT currency, count(*), sum(total)::text,
                      (SELECT sum(amount)::text FROM ratebook.lines l WHERE l.month = $1 AND l.currency = b.currency)
               FROM ratebook.bills b WHERE month = $1 GROUP BY currency ORDER BY currency";
    let rows = transaction.query(sql, &[&month]).map_err(|error| server.failed(&error))?;
    let there: Vec<(String, i64, Option<Decimal>, Option<Decimal>)> =
        rows.iter().map(|row| (row.get(0), row.get(1), number(row.get(2)), number(row.get(3)))).collect();
    let here: Vec<_> = archive
        .manifest
        .bills
        .iter()
        .map(|(currency, totals)| {
            let total = number(Some(&totals.total));
            (Currency::code(*currency).to_owned(), i64::try_from(totals.bills).unwrap_or(-1), total, total)
        })
        .collect();
    if there == here {
        return Ok(());
    }
    let message = format!("the database sums {month} up to {there:?}, the manifest says {here:?}");
    Err(Failure::new(Exit::Internal, "E-INTERNAL", message).at(server.shown()).note("Nothing was published."))
}

fn number(text: Option<&str>) -> Option<Decimal> {
    text.and_then(|text| text.parse().ok())
}
