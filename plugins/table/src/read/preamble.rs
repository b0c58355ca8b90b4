//! What a payload must say above its header.

use ratebook_plugin::Problem;

use super::record::said;
use crate::config::Settings;
use crate::skip::Filter;

/// Refuses a payload that does not say above its header what a filter compares with.
pub(super) fn check_preamble(settings: &Settings, preamble: &[(String, String)]) -> Result<(), Problem> {
    let keys = settings.filters.iter().filter_map(Filter::preamble);
    let missing: Vec<&str> = keys.filter(|key| said(preamble, key).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Problem::data(format!(
        "a filter compares with what the file says above its header as {}, and it says nothing there",
        missing.join(", ")
    ))
    .advise("Export the file with those lines, or replace the filter: equals = \"...\" in place of equals_preamble."))
}
