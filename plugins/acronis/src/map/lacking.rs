//! What both kinds of report may lack, and what is said of it.

use ratebook_plugin::{Level, Lines, Problem};

/// What to do if there is no SKU.
pub(super) const NO_SKU_ADVICE: &str = "Not every partner gets SKUs in reports: ask Acronis to enable show_skus for the partner, \
                             or set keep_without_sku = true and price by meter.";

/// Every row has its reason, but a month without a line is worth a look.
pub(super) fn warn_if_none(lines: u64, rows: u64, out: &mut Lines<'_>) -> Result<(), Problem> {
    if lines > 0 {
        return Ok(());
    }
    out.log(Level::Warning, format!("all {rows} rows were skipped: are tenant_id, level and kinds right?"))
}

/// A cell, if there is something in it.
pub(super) fn present(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
