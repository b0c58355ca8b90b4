//! `manifest.json`: what a month's result is made of and from. Written last; what it does not name does not exist.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Month};
use ratebook_rating::Counts as LineFates;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::counts::Counts;
use super::month::MonthFolder;
use super::rules::RuleTexts;
use crate::config::{KeptSettings, Source};
use crate::disk::hex;
use crate::failure::{Exit, Failure};
use crate::fetch::PayloadFile;
use crate::files::{Published, read_if_there};
use crate::plugins::Found;
use crate::seal::{Sealed, unsealed};
use crate::store::FORMAT;

/// What a finished month is made of and from. The fields stand in the order in which they are written: sorted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The bills, currency by currency.
    pub bills: BTreeMap<Currency, BillTotals>,
    /// What became of the lines.
    pub counts: LineFates,
    /// What rated them.
    pub engine: Engine,
    /// Every file, by its path in the month's folder.
    pub files: BTreeMap<String, FileEntry>,
    /// The month.
    pub month: Month,
    /// The sources whose usage is missing, because that was allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partial: Vec<String>,
    /// SHA-256 of every rules file, by its path.
    pub rules: BTreeMap<String, String>,
    /// The root rules file.
    pub rules_root: String,
    /// SHA-256 of this document with an empty seal.
    pub seal: String,
    /// Where the lines come from.
    pub sources: BTreeMap<String, SourceEntry>,
    /// The version of the tables' format.
    pub tables: u32,
}

/// The program that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Engine {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Engine {
    /// This program.
    pub(super) fn this() -> Engine {
        Engine { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }

    /// Name and version.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

/// A file as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEntry {
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

impl FileEntry {
    /// A file that was published.
    pub(super) fn of(published: &Published) -> FileEntry {
        FileEntry { bytes: published.bytes, sha256: published.sha256.clone() }
    }
}

/// The bills of one currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BillTotals {
    /// How many.
    pub bills: u64,
    /// Their sum.
    pub total: String,
}

/// A source as it was when the month was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SourceEntry {
    /// What its payloads held.
    pub counts: Counts,
    /// Its payloads.
    pub payloads: Vec<PayloadFile>,
    /// The plugin that mapped them.
    pub plugin: PluginEntry,
    /// The settings that its lines depend on.
    pub settings: KeptSettings,
}

/// A plugin as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PluginEntry {
    /// Its id.
    pub id: String,
    /// SHA-256 of its library.
    pub sha256: String,
    /// Its version.
    pub version: String,
}

impl PluginEntry {
    /// The plugin of a source, in the file where it was found.
    pub(super) fn of(source: &Source, found: &Found) -> PluginEntry {
        let version = found.manifest.as_ref().map(|manifest| manifest.version.clone());
        PluginEntry {
            id: source.plugin.clone(),
            sha256: found.sha256.clone(),
            version: version.unwrap_or_default(),
        }
    }
}

impl Sealed for Manifest {
    fn seal(&mut self) -> &mut String {
        &mut self.seal
    }
}

impl Manifest {
    /// Reads the manifest of a month, if it has one, with the SHA-256 of its bytes.
    ///
    /// # Errors
    /// If it is not as it was written.
    pub(crate) fn read(month: &MonthFolder) -> Result<Option<(Manifest, String)>, Failure> {
        let path = month.manifest();
        let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
        let damaged = |why: String| {
            let failure = Failure::new(Exit::Data, "E-DAMAGED", why).at(path.display().to_string());
            failure.fix("Copy it back from where it is kept, or rate the month again.")
        };
        let manifest: Manifest = unsealed(&bytes).map_err(|why| damaged(format!("the manifest: {why}")))?;
        if manifest.month != month.month {
            return Err(damaged(format!("the manifest is of {}, not of {}", manifest.month, month.month)));
        }
        if manifest.tables > FORMAT {
            let later =
                format!("the tables are of version {}, this ratebook knows {FORMAT}", manifest.tables);
            return Err(Failure::new(Exit::Data, "E-DATA", later)
                .at(path.display().to_string())
                .fix("Use the ratebook that made the month, or a later one."));
        }
        Ok(Some((manifest, hex(&Sha256::digest(&bytes)))))
    }

    /// The rules files that are not now as the month was rated with: changed, new or gone.
    pub(crate) fn rules_changed<'r>(&'r self, now: &'r RuleTexts) -> Vec<&'r str> {
        let differ = now.iter().filter(|(name, file)| self.rules.get(*name) != Some(&file.sha256));
        let gone = self.rules.keys().filter(|name| !now.contains_key(*name));
        differ.map(|(name, _)| name).chain(gone).map(String::as_str).collect()
    }
}
