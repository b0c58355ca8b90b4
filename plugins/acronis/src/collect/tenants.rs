//! Fetches the tenants beneath the root, deleted ones too, and keeps each page.

use std::collections::BTreeSet;

use ratebook_plugin::{Problem, Request};

use super::keep::keep;
use super::session::Session;
use crate::formats::TENANTS;
use crate::payload::tenants::{LONGEST, Page};

/// Keeps all pages. Usage of a tenant that was deleted meanwhile is still billed, so deleted ones are asked for.
pub(super) fn fetch(session: &mut Session<'_, '_>, root: &str) -> Result<(), Problem> {
    let list = session.api("tenants");
    let mut request = Request::get(&list)
        .query("subtree_root_id", root)
        .query("allow_deleted", "true")
        .query("lod", "full");
    let mut cursors = BTreeSet::new();
    loop {
        let page = cursors.len() + 1;
        session.host.progress(format!("reading the tenants, page {page}"))?;
        let response = session.send(request)?;
        if !response.is_success() {
            let refused = session.refused(&response, "for the tenants beneath the root");
            return Err(match response.status() {
                401 | 403 => refused.advise(
                    "Give the API client a role that reads the root's tenants, or set tenants = false: lines then have \
                     no partner, and usage of tenants above each other is not found.",
                ),
                _ => refused,
            });
        }
        let read = Page::read(&session.host.bytes(&response, LONGEST)?)?;
        keep(session, &format!("tenants-{page}.json"), TENANTS, &response)?;
        let Some(after) = read.next() else { return Ok(()) };
        if !cursors.insert(after.to_owned()) {
            return Err(Problem::data(format!("page {page} of the tenants leads back to an earlier one")));
        }
        request = Request::get(&list).query("after", after);
    }
}
