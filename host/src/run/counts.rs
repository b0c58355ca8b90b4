//! How much there was in a source's payloads.

use std::collections::BTreeMap;
use std::path::Path;

use ratebook_line::{NumberField, TextField};
use serde::{Deserialize, Serialize};

use super::costs::{Costs, add_costs};
use crate::failure::{Exit, Failure};
use crate::store::{LinesReader, each_skipped};

/// How much there was in a source's payloads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// What the vendor charges for the lines, as far as it says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub costs: Costs,
    /// Billable lines.
    pub lines: u64,
    /// Records of all payloads.
    pub records: u64,
    /// Skipped records by reason.
    pub skipped: BTreeMap<String, u64>,
}

impl Counts {
    /// Counts what an earlier run has written.
    ///
    /// # Errors
    /// If it cannot be read; if a sum cannot be held exactly.
    pub(super) fn of_files(lines: &Path, skipped: &Path) -> Result<Counts, Failure> {
        let mut counts = Counts::default();
        let lines = LinesReader::open(lines)?;
        for block in 0..lines.blocks() {
            let block = lines.block_of(block, &[TextField::Currency], &[NumberField::TotalCost])?;
            counts.lines += block.rows() as u64;
            let currencies = block.currencies().map_err(|error| lines.damaged(&error))?;
            add_costs(&mut counts.costs, &block, &currencies).map_err(|(_, error)| {
                Failure::new(Exit::Data, "E-DATA", format!("the sum of the vendor's costs: {error}"))
            })?;
        }
        let mut reasons = BTreeMap::new();
        each_skipped(skipped, |skipped| {
            match reasons.get_mut(skipped.reason) {
                Some(count) => *count += 1,
                None => _ = reasons.insert(skipped.reason.to_owned(), 1),
            }
            Ok(())
        })?;
        counts.records = counts.lines + reasons.values().sum::<u64>();
        counts.skipped = reasons;
        Ok(counts)
    }
}

/// Why there is no line.
pub(super) fn nothing_billable(counts: &Counts) -> String {
    if counts.records == 0 {
        return "the payload holds no records".to_owned();
    }
    let reasons: Vec<String> =
        counts.skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    format!("all {} records were skipped ({})", counts.records, reasons.join(", "))
}
