//! Has Acronis make the month's usage report, waits for it and keeps it, with what is looked up beside it.
//!
//! The steps, each safe to repeat after a crash: read the tenants (`tenants`) and prices (`prices`), so that a right that
//! is missing stops before anything is made; find or make the report (`report`), wait until it is stored and download it
//! (`stored`). Asking with a token that is renewed in time is `session`.

mod keep;
mod prices;
mod report;
mod session;
mod stored;
mod tenants;

use ratebook_plugin::{Host, Month, Problem, Request};

use crate::config::Settings;
use crate::payload::api::Client;
use crate::unix;
use report::Wanted;
use session::Session;

/// Collects one month.
pub(crate) fn usage_report(
    url: &str,
    settings: &Settings,
    month: Month,
    host: &mut Host<'_>,
) -> Result<(), Problem> {
    let client_id = settings.client_id.clone()?;
    refuse_unfinished(month, host)?;
    let mut session = Session::new(url, &client_id, settings.auth, host);
    let Some(tenant) = &settings.tenant_id else { return Err(name_the_root(&mut session, &client_id)) };
    if settings.tree.wanted {
        tenants::fetch(&mut session, tenant)?;
    }
    prices::fetch(&mut session, tenant, month, &settings.prices)?;
    let wanted = Wanted::of(settings, tenant, month);
    let mut report = report::find_or_create(&mut session, &wanted, settings)?;
    match stored::wait_and_keep(&mut session, &wanted, &report, settings)? {
        stored::Outcome::Kept => Ok(()),
        stored::Outcome::Failed(problem) if !settings.new_report_after_failure => Err(problem),
        stored::Outcome::Failed(_) => {
            report = report::create_after_failure(&mut session, &wanted, settings, &report)?;
            match stored::wait_and_keep(&mut session, &wanted, &report, settings)? {
                stored::Outcome::Kept => Ok(()),
                stored::Outcome::Failed(problem) => Err(problem),
            }
        }
    }
}

/// Usage of a summary is that of 23:59:59 UTC of the last day (Acronis, "Usage reports v2").
fn refuse_unfinished(month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
    if host.now()? >= unix::days(month.next().first_day()) * unix::DAY {
        return Ok(());
    }
    Err(Problem::not_yet(format!(
        "{month} is not over: Acronis reports it after {} 23:59:59 UTC",
        month.last_day()
    )))
}

/// The root's own rows are told from its customers' by its id, also months later from the archive: it belongs into the
/// config. So what Acronis says is shown, not used.
fn name_the_root(session: &mut Session<'_, '_>, client_id: &str) -> Problem {
    let request = Request::get(session.api(&format!("clients/{client_id}")));
    let asked = session.ask::<Client>(request, "which tenant the API client belongs to");
    let missing = Problem::config("tenant_id", "the root tenant of the report is missing");
    match asked {
        Ok(Client { tenant_id: Some(tenant) }) => missing
            .advise(format!("Acronis says that the API client belongs to it: add tenant_id = \"{tenant}\".")),
        Ok(_) => missing.advise("Give the id of the tenant that the report is made for."),
        Err(problem) => problem,
    }
}
