//! What a few lines are about, looked up again for people.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ratebook_line::BillableLine;

use crate::rating::some_lines;

/// Who and what a line is about, by its number.
#[derive(Debug, Default)]
pub(crate) struct LineFacts(BTreeMap<u64, String>);

impl LineFacts {
    /// Looks lines up in files whose lines are counted through. What cannot be read again is left out: facts are for
    /// people, not for results.
    pub(crate) fn look_up(
        files: &[PathBuf],
        wanted: impl Iterator<Item = u64>,
        say: impl Fn(&BillableLine<'_>) -> String,
    ) -> LineFacts {
        let wanted: BTreeSet<u64> = wanted.collect();
        let mut facts = BTreeMap::new();
        let _ = some_lines(files, &wanted, |number, line| {
            facts.insert(number, say(line));
            Ok(())
        });
        LineFacts(facts)
    }

    /// Who and what lines are about.
    pub(crate) fn of_subjects(files: &[PathBuf], wanted: impl Iterator<Item = u64>) -> LineFacts {
        LineFacts::look_up(files, wanted, subject)
    }

    /// Who and what a line is about, as far as it is known.
    pub(crate) fn of(&self, line: u64) -> String {
        self.0.get(&line).cloned().unwrap_or_default()
    }
}

/// Who and what: source, tenant (as a customer lists it, with the vendor), SKU, quantity.
pub(super) fn subject(line: &BillableLine<'_>) -> String {
    let mut text = String::new();
    let vendor = line.vendor.as_deref().unwrap_or_default();
    let tenant = line.tenant.as_ref().map(|tenant| format!("{vendor}:{tenant}"));
    let parts = [
        line.source.as_deref(),
        tenant.as_deref(),
        line.tenant_name.as_deref(),
        line.sku_id.as_deref(),
        line.meter.as_deref(),
    ];
    for part in parts.into_iter().flatten() {
        text += part;
        text += "  ";
    }
    if let Some(quantity) = line.billable_quantity.or(line.consumed_quantity) {
        text += &quantity.to_string();
        text.push(' ');
    }
    text += line.billing_unit.as_deref().unwrap_or_default();
    text.trim_end().to_owned()
}

/// Where a line stands in the archive: source, payload, record. `file` says which file a payload of a source is.
pub(super) fn origin<'f>(line: &BillableLine<'_>, file: impl Fn(&str, &str) -> Option<&'f str>) -> String {
    let source = line.source.as_deref().unwrap_or_default();
    let Some(origin) = &line.origin else { return source.to_owned() };
    match file(source, &origin.payload) {
        Some(file) => {
            format!("{source}, record {} of {file}, payload sha256 {}", origin.row, origin.payload)
        }
        None => format!("{source}, record {} of payload sha256 {}", origin.row, origin.payload),
    }
}
