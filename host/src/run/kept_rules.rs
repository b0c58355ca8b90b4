//! The rules that a month was rated with, kept beside its bills.

use std::collections::BTreeMap;

use ratebook_rating::{MemoryFiles, Rulebook};
use sha2::{Digest, Sha256};

use super::manifest::Manifest;
use super::month::MonthFolder;
use super::rules::{RuleText, RuleTexts, rules_failures};
use crate::disk::hex;
use crate::failure::{Exit, Failure, Failures};
use crate::files::read_if_there;

/// Reads the rules that a month was rated with, which its manifest names.
///
/// # Errors
/// If there is no finished run of the month, or its rules are not as they were.
pub(crate) fn load_kept_rules(month: &MonthFolder) -> Result<(Rulebook, RuleTexts), Failures> {
    let Some((manifest, _)) = Manifest::read(month)? else {
        let failure = Failure::new(Exit::Data, "E-DATA", "there is no finished run of this month");
        let failure = failure.at(month.manifest().display().to_string());
        return Err(failure.fix(format!("Make one: ratebook run --month {}", month.month)).into());
    };
    load_texts(month, &manifest.rules, &manifest.rules_root)
}

/// Reads the rules that are kept in a folder, given their digests.
///
/// # Errors
/// If they are not as they were.
pub(super) fn load_texts(
    folder: &MonthFolder,
    digests: &BTreeMap<String, String>,
    root: &str,
) -> Result<(Rulebook, RuleTexts), Failures> {
    let (mut files, mut texts) = (MemoryFiles::new(), RuleTexts::new());
    for (name, sha256) in digests {
        let file = folder.rules(name);
        let bytes = read_if_there(&file)?
            .ok_or_else(|| Failure::storage(&file, "read", &std::io::ErrorKind::NotFound.into()))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if hex(&Sha256::digest(&bytes)) != *sha256 {
            let failure =
                Failure::new(Exit::Data, "E-DAMAGED", "this is not the file that the month was rated with");
            return Err(failure.at(file.display().to_string()).fix("Rate the month again.").into());
        }
        files = files.with(name, &text);
        texts.insert(name.clone(), RuleText { sha256: sha256.clone(), text });
    }
    let rulebook = ratebook_rating::load(root, &files).map_err(|error| rules_failures(&error))?;
    Ok((rulebook, texts))
}
