//! Asks Sophos for one month's billing usage and keeps it page by page.
//!
//! Sophos' own collection of requests (github.com/sophos/sophos-central-apis-postman, Partner API, "Get usage report"):
//! `GET /partner/v1/billing/usage/{year}/{month}` with the header `X-Partner-ID`, `pageSize` (default 50),
//! `pageFromKey` and `pageTotal` ("whether the number of pages should be calculated and returned"); 404 is "No data for
//! requested year or month."

mod session;

use std::collections::BTreeSet;

use ratebook_plugin::{Date, Host, Month, Problem, Request, Response};

use crate::config::Settings;
use crate::formats::{BILLING_USAGE, PAGE_LIMIT};
use crate::payload::{ErrorAnswer, Page};
use session::Session;

/// Collects one month.
pub(crate) fn billing_usage(
    url: &str,
    settings: &Settings,
    month: Month,
    host: &mut Host<'_>,
) -> Result<(), Problem> {
    let client_id = settings.client_id.clone()?;
    refuse_unfinished(month, host)?;
    let mut session = Session::new(url, &settings.id_url, &client_id, host);
    let partner = session.partner_id()?;
    let (mut from_key, mut keys, mut pages, mut promised) = (None, BTreeSet::new(), 0_u64, None);
    loop {
        session.host.progress(format!("asking for the billing usage of {month}, page {}", pages + 1))?;
        let response = session.send(&request(url, settings, month, &partner, from_key.as_deref()))?;
        if response.status() == 404 && pages == 0 {
            return Err(nothing_there(&mut session, &response, month));
        }
        if !response.is_success() {
            return Err(session.refused(&response, "for the billing usage"));
        }
        let bytes = session.host.bytes(&response, PAGE_LIMIT)?;
        let page = Page::from_json(&bytes)?;
        pages += 1;
        promised = promised.or(page.pages.total);
        let next = page.pages.next_key.filter(|key| !key.is_empty());
        session.host.keep(&format!("billing-usage-{pages:04}.json"), BILLING_USAGE, &response)?;
        let Some(key) = next else { break };
        if !keys.insert(key.clone()) {
            return Err(Problem::data(format!(
                "page {pages} leads back to one that was there: its nextKey came before"
            )));
        }
        from_key = Some(key);
    }
    match promised {
        Some(total) if total != pages => {
            Err(Problem::data(format!("the billing usage has {total} pages, and {pages} came")))
        }
        _ => Ok(()),
    }
}

fn request(url: &str, settings: &Settings, month: Month, partner: &str, from_key: Option<&str>) -> Request {
    let first = month.first_day();
    let request = Request::get(format!("{url}/partner/v1/billing/usage/{}/{}", first.year(), first.month()))
        .query("pageTotal", "true")
        .header("Accept", "application/json")
        .header("X-Partner-ID", partner);
    let request = match settings.page_size {
        Some(size) => request.query("pageSize", size.to_string()),
        None => request,
    };
    match from_key {
        Some(key) => request.query("pageFromKey", key),
        None => request,
    }
}

/// A month that is not over still grows.
fn refuse_unfinished(month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
    if host.now()? >= seconds(month.next().first_day()) {
        return Ok(());
    }
    Err(Problem::not_yet(format!("{month} is not over (UTC): its usage still grows")))
}

/// From the beginning of 1970 to that of a day, UTC.
fn seconds(date: Date) -> i64 {
    let epoch = Month::new(1970, 1).map(Month::first_day);
    epoch.map_or(0, |epoch| date.duration_since(epoch).as_secs())
}

/// A 404 in the vendor's own form says that there are no data; any other one that nothing is at this address.
fn nothing_there(session: &mut Session<'_, '_>, response: &Response, month: Month) -> Problem {
    let body = session.host.bytes(response, 64 << 10);
    match body.map(|body| serde_json::from_slice::<ErrorAnswer>(&body)) {
        Ok(Ok(_)) => Problem::not_yet(format!("Sophos has no billing data for {month}"))
            .advise("Run it again later. A partner without customers on monthly usage never has any."),
        _ => session.refused(response, "for the billing usage"),
    }
}

#[cfg(test)]
mod tests {
    use ratebook_plugin::Month;

    #[test]
    fn seconds_count_from_1970() {
        let first = |year, month| super::seconds(Month::new(year, month).unwrap().first_day());
        assert_eq!((first(1970, 1), first(1970, 2), first(2026, 4)), (0, 31 * 86_400, 1_775_001_600));
    }
}
