//! Fetches what Acronis charges us, where the API client may read it.

use ratebook_plugin::{Level, Month, Problem, Request};

use super::keep::keep;
use super::session::Session;
use crate::config::{PriceSettings, UsePrices};
use crate::formats::PRICE_LIST;
use crate::payload::prices::{LONGEST, of_month};

/// Keeps the month's price list, or says that there is none to be had.
pub(super) fn fetch(
    session: &mut Session<'_, '_>,
    root: &str,
    month: Month,
    settings: &PriceSettings,
) -> Result<(), Problem> {
    if settings.wanted == UsePrices::Off {
        return Ok(());
    }
    session.host.progress("reading the price list")?;
    let request = Request::get(session.price_api("effective_price_lists"))
        .query("tenant_id", root)
        .query("months", month.to_string());
    let response = session.send(request)?;
    if response.is_success() {
        let bytes = session.host.bytes(&response, LONGEST)?;
        of_month(&[bytes], month, settings.list.as_deref())?;
        return keep(session, "price-list.json", PRICE_LIST, &response);
    }
    let refused = session.refused(&response, "for the price list");
    // 404: there is none for the tenant, or the data centre has no such call.
    if !matches!(response.status(), 401 | 403 | 404) {
        return Err(refused);
    }
    if settings.wanted == UsePrices::Auto {
        let text = format!("{refused}: lines have no vendor cost from the price list");
        return session.host.log(Level::Note, text);
    }
    Err(refused.advise(
        "The price list needs an API client with the scope price_list_reader; prices = \"auto\" goes without it.",
    ))
}
