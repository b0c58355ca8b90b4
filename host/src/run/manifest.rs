//! `manifest.json`: what a month's result is made of and from. Written last.

use std::collections::BTreeMap;
use std::io::Write as _;

use ratebook_line::{Currency, Decimal};
use ratebook_rating::Counts as LineFates;
use serde::Serialize;

use super::rows::{BillRow, RatedMonth};
use super::rules::RuleTexts;
use super::{Counts, Normalized, Stages};
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::PayloadFile;
use crate::files::{Draft, Published};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'m> {
    bills: BTreeMap<String, Totals>,
    counts: LineFates,
    engine: Engine,
    files: BTreeMap<String, FileEntry>,
    month: String,
    rules: BTreeMap<&'m str, &'m str>,
    rules_root: &'m str,
    sources: BTreeMap<&'m str, SourceEntry<'m>>,
}

#[derive(Serialize)]
struct Engine {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct FileEntry {
    bytes: u64,
    sha256: String,
}

/// The bills of one currency.
#[derive(Default, Serialize)]
struct Totals {
    bills: u64,
    total: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceEntry<'m> {
    counts: &'m Counts,
    payloads: &'m [PayloadFile],
    plugin: PluginEntry,
}

#[derive(Serialize)]
struct PluginEntry {
    id: String,
    sha256: String,
    version: String,
}

impl Stages<'_> {
    /// Writes the manifest of a finished run, unless it stands there already.
    ///
    /// # Errors
    /// If it could not be written.
    pub(crate) fn finish(
        &self,
        rules: &RuleTexts,
        normalized: &[Normalized],
        rated: &RatedMonth<'_>,
    ) -> Result<Published, Failures> {
        let mut files = BTreeMap::new();
        let mut file = |published: &Published| {
            let entry = FileEntry { bytes: published.bytes, sha256: published.sha256.clone() };
            files.insert(self.folder.relative(&published.path), entry);
        };
        file(&rated.bills);
        file(&rated.priced);
        for (name, rules) in rules {
            let path = self.folder.rules(name);
            let mut draft = Draft::new(&path)?;
            draft
                .write_all(rules.text.as_bytes())
                .map_err(|error| Failure::storage(&path, "write", &error))?;
            file(&self.folder.publish(draft)?);
        }
        let (mut sources, mut payload_files) = (BTreeMap::new(), BTreeMap::new());
        for (source, normalized) in self.sources.iter().zip(normalized) {
            file(&normalized.lines);
            file(&normalized.skipped);
            let plugin = self.plugin(source)?;
            let found = plugin.found();
            let version =
                found.manifest.as_ref().map(|manifest| manifest.version.clone()).unwrap_or_default();
            let plugin = PluginEntry { id: source.plugin.clone(), sha256: found.sha256.clone(), version };
            let payloads = normalized.payloads.as_slice();
            sources
                .insert(source.name.as_str(), SourceEntry { counts: &normalized.counts, payloads, plugin });
            for payload in payloads {
                let entry = FileEntry { bytes: payload.bytes, sha256: payload.sha256.clone() };
                payload_files.insert(format!("payloads/{}/{}", source.name, payload.file), entry);
            }
        }
        files.append(&mut payload_files);
        let manifest = Manifest {
            bills: totals(&rated.rows.bills)?,
            counts: rated.rows.counts,
            engine: Engine { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            files,
            month: self.folder.month.to_string(),
            rules: rules.iter().map(|(name, file)| (name.as_str(), file.sha256.as_str())).collect(),
            rules_root: &self.workspace.rules,
            sources,
        };
        let path = self.folder.manifest();
        let mut text = serde_json::to_string_pretty(&manifest)
            .map_err(|error| Failure::storage(&path, "write", &error.into()))?;
        text.push('\n');
        let mut draft = Draft::new(&path)?;
        draft.write_all(text.as_bytes()).map_err(|error| Failure::storage(&path, "write", &error))?;
        Ok(draft.publish()?)
    }
}

fn totals(bills: &[BillRow]) -> Result<BTreeMap<String, Totals>, Failure> {
    let mut sums: BTreeMap<Currency, (u64, u32, Decimal)> = BTreeMap::new();
    for bill in bills {
        let sum = sums.entry(bill.currency).or_insert((0, bill.places, Decimal::ZERO));
        sum.0 += 1;
        sum.2 = sum.2.checked_add(bill.total).map_err(|error| {
            Failure::new(
                Exit::Review,
                "E-NUMBER",
                format!("the sum of the bills in {}: {error}", bill.currency),
            )
        })?;
    }
    let text = |places, total: Decimal| total.to_fixed(places).unwrap_or_else(|| total.to_string());
    Ok(sums
        .into_iter()
        .map(|(currency, (bills, places, total))| {
            (currency.to_string(), Totals { bills, total: text(places, total) })
        })
        .collect())
}
