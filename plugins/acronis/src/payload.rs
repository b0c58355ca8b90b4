//! What Acronis sends, in its own words, not yet judged; and which of it a file is.

pub(crate) mod api;
pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod portal;
pub(crate) mod prices;
mod row;
pub(crate) mod tenants;

#[cfg(test)]
pub(crate) use row::KNOWN;
pub(crate) use row::{Row, place_of};

use crate::formats::{CSV_V2, JSON_V2, PORTAL_CSV, PRICE_LIST, TENANTS};

/// Says which format a file is in, from its first bytes.
pub(crate) fn recognize(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head));
    let first = text.lines().next().unwrap_or_default();
    if ["tenant.id", "usage.absolute.production"].iter().all(|name| first.contains(name)) {
        return Some(CSV_V2);
    }
    let has = |name: &str| text.contains(&format!("\"{name}\""));
    if text.trim_start().starts_with('{') {
        return if has("price_lists") {
            Some(PRICE_LIST)
        } else if has("items") && (has("parent_id") || has("paging")) {
            Some(TENANTS)
        } else {
            has("tenants").then_some(JSON_V2)
        };
    }
    text.lines().take(portal::HEADER_WITHIN).any(portal::is_header_line).then_some(PORTAL_CSV)
}
