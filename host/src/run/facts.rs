//! What a few lines are about, looked up again for people.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use ratebook_line::BillableLine;

use crate::disk;

/// Who and what a line is about, by its number.
#[derive(Debug, Default)]
pub(crate) struct LineFacts(BTreeMap<u64, String>);

impl LineFacts {
    /// Looks lines up in files of JSON Lines, whose lines are counted through. What cannot be read again is left
    /// out: facts are for people, not for results.
    pub(crate) fn look_up(
        files: &[PathBuf],
        wanted: impl Iterator<Item = u64>,
        say: impl Fn(&BillableLine<'_>) -> String,
    ) -> LineFacts {
        let mut facts: BTreeMap<u64, String> = wanted.map(|line| (line, String::new())).collect();
        let Some((&last, _)) = facts.last_key_value() else { return LineFacts(facts) };
        let mut number = 0;
        for file in files {
            let Ok(file) = disk::open_file(file) else { break };
            let mut input = BufReader::with_capacity(256 << 10, file);
            let mut text = String::new();
            while number <= last && input.read_line(&mut text).is_ok_and(|count| count > 0) {
                if let Some(fact) = facts.get_mut(&number) {
                    *fact = serde_json::from_str(&text).map(|line| say(&line)).unwrap_or_default();
                }
                text.clear();
                number += 1;
            }
        }
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

/// Who and what: source, tenant, SKU, quantity.
pub(super) fn subject(line: &BillableLine<'_>) -> String {
    let mut text = String::new();
    let parts = [&line.source, &line.tenant, &line.tenant_name, &line.sku_id, &line.meter];
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

/// Where a line stands in the archive: source, payload, record.
pub(super) fn origin(line: &BillableLine<'_>) -> String {
    let source = line.source.as_deref().unwrap_or_default();
    match &line.origin {
        Some(origin) => format!("{source}, record {} of payload sha256 {}", origin.row, origin.payload),
        None => source.to_owned(),
    }
}
