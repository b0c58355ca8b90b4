//! Asks Metallic for one month's usage and keeps the answers: the summary, or accounts and their usage page by page.

mod pages;
mod session;

use std::io::Read;

use ratebook_plugin::{Host, Month, Payload, Problem, Request, describe};

use crate::config::{Settings, Usage};
use crate::formats::{ACCOUNT_USAGE, ACCOUNTS, USAGE_SUMMARY};
use pages::List;
use session::Session;

/// Metallic API reference, "Get Aggregator Usage": the largest page.
const USAGE_PAGE_SIZE: u32 = 1000;

/// Collects one month.
pub(crate) fn usage(
    url: &str,
    settings: &Settings,
    month: Month,
    host: &mut Host<'_>,
) -> Result<(), Problem> {
    settings.access_token.clone()?;
    let usage = settings.usage.as_ref().map_err(Clone::clone)?;
    let mut session = Session::new(url, settings, host);
    match usage {
        Usage::Summary => usage_summary(&mut session, month),
        Usage::Accounts { usage_path, accounts_page_size } => {
            let accounts = List {
                request: session.get("/api/v1/partner/accounts"),
                what: "the list of accounts",
                name: "accounts",
                format: ACCOUNTS,
                page_size: *accounts_page_size,
            };
            let usage = List {
                request: session.get(usage_path).query("usageMonth", month.first_day().to_string()),
                what: "the usage by account",
                name: "account-usage",
                format: ACCOUNT_USAGE,
                page_size: USAGE_PAGE_SIZE,
            };
            accounts.keep_all(&mut session)?;
            usage.keep_all(&mut session)
        }
    }
}

/// Metallic API reference, "Get Usage Summary". The month is always sent: the default is the current one.
fn usage_summary(session: &mut Session<'_, '_>, month: Month) -> Result<(), Problem> {
    let path = "/api/v1/partner/usage/summary";
    let request: Request = session.get(path).query("usageMonth", month.first_day().to_string());
    session.host.progress(format!("asking for the usage summary of {month}"))?;
    let response = session.ask(&request)?;
    let mut head = Vec::new();
    session
        .host
        .body(&response)
        .take(4096)
        .read_to_end(&mut head)
        .map_err(|error| Payload::read_error(&error))?;
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::data(format!("expected the usage summary as JSON, got {}", describe(&head))));
    }
    session.host.keep("usage-summary.json", USAGE_SUMMARY, &response).map(|_| ())
}
