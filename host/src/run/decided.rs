//! The rules that decided adjustments, kept beside them: what waited is decided by the first rules that do not hold it.

use std::collections::BTreeMap;

use ratebook_rating::Rulebook;
use serde::{Deserialize, Serialize};

use super::kept_rules::load_texts;
use super::month::MonthFolder;
use super::rules::RuleTexts;
use crate::failure::{Exit, Failure, Failures};
use crate::files::{json_text, read_if_there, write_file};

/// `decided.json`: what adjustments of a closed month were decided by. The fields stand in the order in which they are
/// written: sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DecidedBy {
    /// Lines that waited before and are decided by these rules: billed, or dropped.
    pub decided: u64,
    /// Lines that keep waiting.
    pub held: u64,
    /// SHA-256 of every rules file, by its path.
    pub rules: BTreeMap<String, String>,
    /// The root rules file.
    pub rules_root: String,
}

impl DecidedBy {
    /// Writes it, and the rules, into the folder of adjustments.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(crate) fn write(&self, folder: &MonthFolder, texts: &RuleTexts) -> Result<(), Failure> {
        for (name, rules) in texts {
            write_file(&folder.rules(name), rules.text.as_bytes())?;
        }
        write_file(&folder.decided(), json_text(self)?.as_bytes()).map(drop)
    }

    /// Reads it; none if the adjustments were made by vendors' corrections alone, before rules were kept with them.
    ///
    /// # Errors
    /// If it is not as it was written.
    pub(crate) fn read(folder: &MonthFolder) -> Result<Option<DecidedBy>, Failure> {
        let path = folder.decided();
        let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            let what = format!("this is not what adjustments were decided by: {error}");
            Failure::new(Exit::Data, "E-DAMAGED", what)
                .at(path.display().to_string())
                .fix("Copy the month back from where it is kept.")
        })
    }
}

/// The rules in a folder of adjustments; none if it has none.
///
/// # Errors
/// If they are not as they were.
pub(crate) fn deciding_rules(folder: &MonthFolder) -> Result<Option<Rulebook>, Failures> {
    let Some(by) = DecidedBy::read(folder)? else { return Ok(None) };
    Ok(Some(load_texts(folder, &by.rules, &by.rules_root)?.0))
}
