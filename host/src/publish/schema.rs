//! The tables in the database: made, and brought to what this ratebook writes.

use postgres::Transaction;

use super::address::Server;
use crate::failure::{Exit, Failure};

/// The migrations in their order; each notes itself in `ratebook.migrations`.
const MIGRATIONS: [(i32, &str); 1] = [(1, include_str!("../../../schemas/postgres/0001_bills.sql"))];

/// Runs the migrations that the database does not have.
///
/// # Errors
/// If it has one that we do not know; if it refuses.
pub(super) fn migrate(transaction: &mut Transaction<'_>, server: &Server) -> Result<(), Failure> {
    let version = version(transaction).map_err(|error| server.failed(&error))?;
    let newest = MIGRATIONS[MIGRATIONS.len() - 1].0;
    if version > newest {
        let message = format!("the tables are version {version}, this ratebook knows {newest}");
        return Err(Failure::new(Exit::Storage, "E-POSTGRES", message)
            .at(server.shown())
            .note("Nothing was changed.")
            .fix("Publish with the ratebook that made them, or a newer one."));
    }
    for (_, sql) in MIGRATIONS.iter().filter(|(number, _)| *number > version) {
        transaction.batch_execute(sql).map_err(|error| server.failed(&error))?;
    }
    Ok(())
}

/// The last migration that was run; 0 if none was.
fn version(transaction: &mut Transaction<'_>) -> Result<i32, postgres::Error> {
    let exists = transaction.query_one("SELECT to_regclass('ratebook.migrations') IS NOT NULL", &[])?;
    if !exists.get::<_, bool>(0) {
        return Ok(0);
    }
    let newest = transaction.query_one("SELECT coalesce(max(version), 0) FROM ratebook.migrations", &[])?;
    Ok(newest.get(0))
}
